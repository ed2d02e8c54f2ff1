"""The sweep: removes what ended uploads, sessions and deletes have left."""
