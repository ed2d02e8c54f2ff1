"""The guard inside the service: what the scanner says, as the registry keeps it."""
