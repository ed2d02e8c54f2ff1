"""What AWS calls: one folder per row of the contract."""
