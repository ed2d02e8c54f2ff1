"""The registry's bucket, and what uploads leave in it."""
