"""Uploads: small ones in the request, large ones in sessions."""
