"""What is deployed: the registry as CDK constructs."""
