"""Conditional writes: all of them together with their event and a stored answer, or none."""

from typing import TYPE_CHECKING, Any, Final
from zlib import compress

from botocore.exceptions import ClientError

from lambdas.aws.dynamodb.audit_trail import kept
from lambdas.aws.dynamodb.layout import ANSWER, key
from lambdas.aws.dynamodb.values import typed
from lambdas.aws.failures import cancellation_reasons, dynamodb_failures, error_code
from lambdas.contract.table import TABLE_TTL_ATTRIBUTE
from lambdas.registry.audit import AuditEvent
from lambdas.registry.errors import InProgressError
from lambdas.registry.ports import ContendedError, StoredAnswer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONTENDED: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONTENDED_CALL: Final = frozenset(
    {
        "ConditionalCheckFailedException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


def write_all(
    client: "DynamoDBClient",
    writes: list[Any],
    stored_answer: StoredAnswer | None = None,
    event: AuditEvent | None = None,
) -> None:
    """Make all writes or none; a lone update needs no transaction, which would cost double.

    Raises:
        ContendedError: when somebody else's change, and nothing else, was in the way.
        RegistryError: IN_PROGRESS when another attempt holds the key; DYNAMODB_ERROR, THROTTLED.
    """
    table = next(iter(writes[0].values()))["TableName"]
    noted = [*writes, {"Put": kept(table, event)}] if event else writes
    marked = [*noted, _marked(table, stored_answer)] if stored_answer else noted
    with dynamodb_failures():
        try:
            if len(marked) == 1 and "Update" in marked[0]:
                client.update_item(**marked[0]["Update"])
            else:
                client.transact_write_items(TransactItems=marked)
        except ClientError as error:
            if stored_answer and cancellation_reasons(error)[-1:] == ["ConditionalCheckFailed"]:
                raise InProgressError("Another attempt took over the Idempotency-Key") from error
            if is_contended(error):
                raise ContendedError from error
            raise


def is_contended(error: ClientError) -> bool:
    """Tell whether somebody else's change, and nothing else, stopped a write."""
    if error_code(error) in _CONTENDED_CALL:
        return True
    codes = set(cancellation_reasons(error)) - {"None"}
    return bool(codes) and codes <= _CONTENDED


def is_unmet(error: ContendedError) -> bool:
    """Tell whether it was a condition that stopped a write, and not another transaction."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return False
    codes = {error_code(cause), *cancellation_reasons(cause)}
    return bool(codes & {"ConditionalCheckFailed", "ConditionalCheckFailedException"})


def _marked(table: str, stored_answer: StoredAnswer) -> Any:
    """Return the write that keeps the answer, if this attempt still holds the key."""
    return {
        "Update": {
            "TableName": table,
            "Key": key(stored_answer.key, ANSWER),
            "UpdateExpression": "SET answer = :answer, #expires_at = :expires_at REMOVE holder",
            "ConditionExpression": "holder = :holder",
            "ExpressionAttributeNames": {"#expires_at": TABLE_TTL_ATTRIBUTE},
            "ExpressionAttributeValues": typed(
                {
                    ":answer": compress(stored_answer.answer),
                    ":expires_at": stored_answer.expires_at,
                    ":holder": stored_answer.holder,
                }
            ),
        }
    }
