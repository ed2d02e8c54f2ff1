"""The registry's bucket in S3: stored objects, uploads in progress, and leftovers."""
