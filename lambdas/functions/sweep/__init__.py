"""The sweep, which runs on a schedule."""
