"""Commands that an operator runs against a deployed registry, with their own AWS credentials."""
