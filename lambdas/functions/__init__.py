"""The Lambda functions: one folder per row of the contract."""
