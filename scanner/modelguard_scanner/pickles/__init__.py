"""Reads pickles as data: an own walk over the opcodes that never calls what they name."""
