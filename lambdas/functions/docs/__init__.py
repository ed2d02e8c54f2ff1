"""GET /health, /openapi.json and /docs."""
