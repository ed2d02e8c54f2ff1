"""Bearer tokens in DynamoDB: one partition, and one item per token, which expires with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import key
from lambdas.aws.dynamodb.pages import of_partition, query_page
from lambdas.aws.dynamodb.transactions import write_all
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import (
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
    TABLE_TTL_ATTRIBUTE,
    TOKENS_PREFIX,
)
from lambdas.registry.access import Grant
from lambdas.registry.audit import AuditEvent
from lambdas.registry.page import Page
from lambdas.registry.ports import ContendedError
from lambdas.registry.tokens import AccessToken

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoTokens:
    """Implements `lambdas.registry.tokens.TokenTable`."""

    client: "DynamoDBClient"
    name: str

    def add(self, token: AccessToken, event: AuditEvent) -> None:
        """Put the token and its event; ids are random, so collisions are not expected."""
        item = {
            **key(TOKENS_PREFIX, token.token_id),
            **typed(
                {
                    "secret_hash": token.secret_hash,
                    "grants": [str(grant) for grant in token.grants],
                    "description": token.description,
                    "created_at": token.created_at,
                    "created_by": token.created_by,
                    TABLE_TTL_ATTRIBUTE: token.expires_at,
                }
            ),
        }
        write_all(self.client, [{"Put": {"TableName": self.name, "Item": item}}], event=event)

    def remove(self, token_id: str, event: AuditEvent) -> bool:
        """Delete the token and put the event, if the token exists."""
        delete = {
            "TableName": self.name,
            "Key": key(TOKENS_PREFIX, token_id),
            "ConditionExpression": "attribute_exists(#name)",
            "ExpressionAttributeNames": {"#name": TABLE_PARTITION_KEY},
        }
        try:
            write_all(self.client, [{"Delete": delete}], event=event)
        except ContendedError:
            return False
        return True

    def find(self, token_id: str) -> AccessToken | None:
        """Return a token: one consistent read."""
        with dynamodb_failures():
            answer = self.client.get_item(
                TableName=self.name, Key=key(TOKENS_PREFIX, token_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return _to_token(plain(item)) if item else None

    def page(self, after: str | None, limit: int) -> Page[AccessToken]:
        """Query the partition."""
        query = of_partition(self.name, TOKENS_PREFIX, after=after)
        return query_page(self.client, _to_token, limit, **query)


def _to_token(item: Mapping[str, Any]) -> AccessToken:
    return AccessToken(
        token_id=item[TABLE_SORT_KEY],
        secret_hash=item["secret_hash"],
        grants=tuple(Grant.parse(grant) for grant in item["grants"]),
        description=item["description"],
        created_at=item["created_at"],
        created_by=item["created_by"],
        expires_at=item[TABLE_TTL_ATTRIBUTE],
    )
