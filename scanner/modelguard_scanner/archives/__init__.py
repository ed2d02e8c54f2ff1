"""Containers: what lies inside is inspected like a file of its own."""
