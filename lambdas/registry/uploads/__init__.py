"""Uploads: small ones in the request itself, large ones in upload sessions."""
