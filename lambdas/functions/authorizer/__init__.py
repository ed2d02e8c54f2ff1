"""The gateway's authorizer for bearer tokens."""
