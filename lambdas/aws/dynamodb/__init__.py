"""The registry's table in DynamoDB: its layout, and the adapters that read and write it."""
