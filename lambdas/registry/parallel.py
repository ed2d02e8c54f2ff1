"""Concurrent calls to the object store."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

MAX_THREADS: Final = 16

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def parallel_map(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Return the function's results in the order of the items, computed by a few threads."""
    all_items = list(items)
    if len(all_items) < 2:  # noqa: PLR2004 - one call needs no thread
        return [function(item) for item in all_items]
    with ThreadPoolExecutor(max_workers=min(MAX_THREADS, len(all_items))) as pool:
        return list(pool.map(function, all_items))
