"""POST, GET and DELETE of upload sessions."""
