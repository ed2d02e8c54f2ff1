"""The contract: what is deployed and what it may do, shared by infra, handlers, tests and docs.

Standard library only, so that importing it is cheap for a CDK synth, a Lambda and a test alike.
"""
