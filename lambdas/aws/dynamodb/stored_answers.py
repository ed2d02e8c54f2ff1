"""Stored answers to writes with an Idempotency-Key, in DynamoDB."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import decompress

from botocore.exceptions import ClientError

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import ANSWER, key
from lambdas.aws.failures import dynamodb_failures, error_code
from lambdas.contract.table import TABLE_PARTITION_KEY, TABLE_TTL_ATTRIBUTE
from lambdas.registry.errors import InProgressError
from lambdas.registry.idempotency import Claim, EarlierAttempt

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoAnswerStore:
    """Implements `lambdas.registry.idempotency.AnswerStore`; DynamoDB deletes expired answers."""

    client: "DynamoDBClient"
    name: str

    def claim(self, claim: Claim) -> EarlierAttempt | None:
        """Write the holder, unless the item has another attempt's holder or an answer."""
        held = {
            "fingerprint": claim.fingerprint,
            "holder": claim.holder,
            "held_until": claim.held_until,
            TABLE_TTL_ATTRIBUTE: claim.expires_at,
        }
        with dynamodb_failures():
            try:
                self.client.put_item(
                    TableName=self.name,
                    Item={**key(claim.key, ANSWER), **typed(held)},
                    # Expired items remain readable until DynamoDB deletes them.
                    ConditionExpression=(
                        "attribute_not_exists(#name) OR #expires_at <= :now OR (fingerprint = "
                        ":fingerprint AND attribute_exists(holder) AND held_until <= :now)"
                    ),
                    ExpressionAttributeNames={
                        "#name": TABLE_PARTITION_KEY,
                        "#expires_at": TABLE_TTL_ATTRIBUTE,
                    },
                    ExpressionAttributeValues=typed(
                        {":now": claim.now, ":fingerprint": claim.fingerprint}
                    ),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) == "TransactionConflictException":
                    raise InProgressError(
                        "The first request with this Idempotency-Key is still in progress"
                    ) from error
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return _earlier_attempt(error, claim)
        return None

    def release(self, claim: Claim) -> None:
        """Delete the item, provided that this attempt still holds it."""
        with dynamodb_failures():
            try:
                self.client.delete_item(
                    TableName=self.name,
                    Key=key(claim.key, ANSWER),
                    ConditionExpression="holder = :holder",
                    ExpressionAttributeValues=typed({":holder": claim.holder}),
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise


def _earlier_attempt(error: ClientError, claim: Claim) -> EarlierAttempt | None:
    """Return the attempt that holds the key.

    None if it is this very attempt, which happens when botocore has sent the claim twice.
    """
    response: Any = error.response
    item = plain(response["Item"])
    if item.get("holder") == claim.holder:
        return None
    answer = item.get("answer")
    return EarlierAttempt(item["fingerprint"], None if answer is None else decompress(answer))
