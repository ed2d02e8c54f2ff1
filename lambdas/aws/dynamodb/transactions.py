"""Atomic conditional writes, together with their audit event and stored answer."""

from typing import TYPE_CHECKING, Any, Final
from zlib import compress

from botocore.exceptions import ClientError

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.audit_trail import event_put
from lambdas.aws.dynamodb.layout import ANSWER, key
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
    """Make all writes or none; a single update avoids a transaction, which would cost double.

    Raises:
        ContendedError: Concurrent changes, and nothing else, prevented the writes.
        RegistryError: IN_PROGRESS if another attempt has taken over the key; DYNAMODB_ERROR,
            THROTTLED.
    """
    table = next(iter(writes[0].values()))["TableName"]
    items = list(writes)
    if event:
        items.append({"Put": event_put(table, event)})
    if stored_answer:
        items.append(_answer_update(table, stored_answer))
    with dynamodb_failures():
        try:
            if len(items) == 1 and "Update" in items[0]:
                client.update_item(**items[0]["Update"])
            else:
                client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if stored_answer and cancellation_reasons(error)[-1:] == ["ConditionalCheckFailed"]:
                raise InProgressError(
                    "Another request with this Idempotency-Key has taken over"
                ) from error
            if is_contended(error):
                raise ContendedError from error
            raise


def is_contended(error: ClientError) -> bool:
    """Return whether concurrent changes, and nothing else, prevented a write."""
    if error_code(error) in _CONTENDED_CALL:
        return True
    codes = set(cancellation_reasons(error)) - {"None"}
    return bool(codes) and codes <= _CONTENDED


def is_condition_failure(error: ContendedError) -> bool:
    """Return whether a condition prevented the write, rather than a concurrent transaction."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return False
    codes = {error_code(cause), *cancellation_reasons(cause)}
    return bool(codes & {"ConditionalCheckFailed", "ConditionalCheckFailedException"})


def _answer_update(table: str, stored_answer: StoredAnswer) -> Any:
    """Return the Update that stores the answer, if this attempt still holds the key."""
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
