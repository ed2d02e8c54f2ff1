"""The clean-up that runs on a schedule."""
