"""The catalogue: browsing, editing and deleting what is committed."""
