"""The catalogue: browsing, editing and deleting committed models and versions."""
