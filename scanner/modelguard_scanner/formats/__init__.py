"""Formats that are neither pickles nor containers."""
