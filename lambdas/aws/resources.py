"""The stack's bucket and table, as the environment names them."""

import os

from lambdas.aws import clients
from lambdas.aws.access_tokens import DynamoTokens
from lambdas.aws.answers import DynamoAnswers
from lambdas.aws.bucket import S3Bucket
from lambdas.aws.deletions import DynamoDeletions
from lambdas.aws.edits import DynamoEdits
from lambdas.aws.history import DynamoHistory
from lambdas.aws.inspections import DynamoInspections
from lambdas.aws.leftovers import S3Leftovers
from lambdas.aws.listings import DynamoListings
from lambdas.aws.parts import S3Parts
from lambdas.aws.ranges import ObjectSource
from lambdas.aws.sessions import DynamoSessions
from lambdas.aws.sweeps import DynamoSweep
from lambdas.aws.table import DynamoTable
from lambdas.aws.trail import DynamoTrail
from lambdas.contract import (
    ENV_BUCKET,
    ENV_DEFAULTS,
    ENV_GUARD_POLICY,
    ENV_REGION,
    ENV_TABLE,
)
from lambdas.registry.gate import Policy
from lambdas.registry.version import File


def bucket() -> S3Bucket:
    """Return the registry's bucket."""
    return S3Bucket(clients.s3(_setting(ENV_REGION)), _setting(ENV_BUCKET))


def table() -> DynamoTable:
    """Return the registry's table."""
    return DynamoTable(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def parts() -> S3Parts:
    """Return the registry's bucket, as upload sessions use it."""
    return S3Parts(clients.s3(_setting(ENV_REGION)), _setting(ENV_BUCKET))


def leftovers() -> S3Leftovers:
    """Return the registry's bucket, as the clean-up uses it."""
    return S3Leftovers(clients.s3(_setting(ENV_REGION)), _setting(ENV_BUCKET))


def sessions() -> DynamoSessions:
    """Return the registry's table, as upload sessions use it."""
    return DynamoSessions(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def history() -> DynamoHistory:
    """Return the registry's table, as the readers of all versions use it."""
    return DynamoHistory(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def sweeps() -> DynamoSweep:
    """Return the registry's table, as the clean-up uses it."""
    return DynamoSweep(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def listings() -> DynamoListings:
    """Return the registry's listings."""
    return DynamoListings(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def edits() -> DynamoEdits:
    """Return what edits the registry's records."""
    return DynamoEdits(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def deletions() -> DynamoDeletions:
    """Return what deletes from the registry's table."""
    return DynamoDeletions(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def trail() -> DynamoTrail:
    """Return the audit trail."""
    return DynamoTrail(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def access_tokens() -> DynamoTokens:
    """Return the registry's bearer tokens."""
    return DynamoTokens(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def answers() -> DynamoAnswers:
    """Return the first answers to writes with an Idempotency-Key."""
    return DynamoAnswers(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def inspections() -> DynamoInspections:
    """Return the registry's table, as inspections use it."""
    return DynamoInspections(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def object_source(file: File) -> ObjectSource:
    """Return the bytes of a file, as the scanner reads them."""
    return ObjectSource(clients.s3(_setting(ENV_REGION)), _setting(ENV_BUCKET), file)


def guard_policy() -> Policy:
    """Return what may be served besides clean versions."""
    return Policy(os.environ.get(ENV_GUARD_POLICY) or Policy.STANDARD)


def warm() -> None:
    """Make the clients while a Lambda initializes; elsewhere they are made at their first use."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        bucket()
        table()


def _setting(name: str) -> str:
    return os.environ.get(name) or ENV_DEFAULTS[name]
