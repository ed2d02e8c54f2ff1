"""/models and /models/{id}."""
