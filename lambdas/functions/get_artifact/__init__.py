"""GET and HEAD /artifacts/{artifact_type}/{id}."""
