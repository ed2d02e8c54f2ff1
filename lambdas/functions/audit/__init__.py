"""GET /audit and /models/{id}/audit."""
