"""A page of a listing."""

from dataclasses import dataclass
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item]):
    """Items in order, at most the requested number, and whether more follow."""

    items: tuple[_Item, ...]
    more: bool
