"""POST /artifact/{artifact_type}."""
