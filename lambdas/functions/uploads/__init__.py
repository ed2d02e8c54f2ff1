"""/artifact/{artifact_type}/uploads: upload sessions."""
