"""Formats that are no pickle and no container."""
