"""What every handler shares."""
