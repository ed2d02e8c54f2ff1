"""The registry's infrastructure as CDK constructs."""
