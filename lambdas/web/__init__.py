"""HTTP: what the handlers share."""
