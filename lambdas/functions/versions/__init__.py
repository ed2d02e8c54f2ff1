"""The endpoints of versions: list, delete, and aliases."""
