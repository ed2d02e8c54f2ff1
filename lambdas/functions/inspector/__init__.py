"""Inspects committed versions, driven by the table's stream."""
