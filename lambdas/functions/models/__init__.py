"""The endpoints of models: list, read, edit, delete."""
