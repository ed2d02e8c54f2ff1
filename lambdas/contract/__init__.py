"""The one table of what is deployed and what it may do: read by infra, handlers, tests and docs.

Standard library only, so that a CDK synth, a Lambda and a test can all import it at no cost.
"""
