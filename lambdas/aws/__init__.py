"""Adapters to DynamoDB and S3; nothing else in `lambdas` calls AWS."""
