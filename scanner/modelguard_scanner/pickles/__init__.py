"""Reads pickles as data: its own walk over the opcodes, which never calls what they name."""
