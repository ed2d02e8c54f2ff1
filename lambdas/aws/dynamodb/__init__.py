"""The registry's table: its layout, and the adapters that read and write it."""
