"""POST, GET and DELETE /tokens."""
