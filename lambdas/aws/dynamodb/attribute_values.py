"""Conversion between Python values and DynamoDB's typed attribute values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values in DynamoDB's typed form."""
    return {key: _serialize(value) for key, value in values.items()}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's values as plain Python values."""
    return {key: _native(_deserialize(value)) for key, value in item.items()}


def _native(value: Any) -> Any:
    """Convert boto3's own types, Decimal and Binary, to native ones."""
    if isinstance(value, dict):
        return {key: _native(member) for key, member in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.__bytes__() if isinstance(value, Binary) else value
