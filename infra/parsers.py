"""Parsers of context values; the message of a ValueError says what is allowed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.routes import Route

LOG_RETENTION_DAYS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
"""The periods up to two years that CloudWatch Logs offers."""


@dataclass(frozen=True, slots=True)
class RouteThrottle:
    """A route's limits: requests per second on average, and requests at once."""

    method: str
    path: str
    rate: int
    burst: int

    def __str__(self) -> str:
        return f"{self.method} {self.path}={self.rate}/{self.burst}"


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return a parser that accepts one of these words."""

    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return str(value)

    return parse


def matching(pattern: str, meaning: str) -> Callable[[Any], str]:
    """Return a parser that accepts text matching the whole pattern, which `meaning` describes."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(meaning)
        return value

    return parse


def names(pattern: str, meaning: str) -> Callable[[Any], tuple[str, ...]]:
    """Return a parser that accepts a list, or text separated by commas, of matching names."""

    def parse(value: Any) -> tuple[str, ...]:
        listed = value.split(",") if isinstance(value, str) else value
        if not isinstance(listed, list | tuple):
            raise ValueError(meaning)  # noqa: TRY004 - the caller turns it into a message
        parse_name = matching(pattern, meaning)
        return tuple(parse_name(name) for name in listed if name)

    return parse


def some_of(*choices: str) -> Callable[[Any], tuple[str, ...]]:
    """Return a parser that accepts a list, or text separated by commas, of these words."""
    return names("|".join(map(re.escape, choices)), f"some of {', '.join(choices)}")


def flag(value: Any) -> bool:
    """Parse true or false, ignoring case."""
    parsed = {"true": True, "false": False}.get(str(value).lower())
    if parsed is None:
        raise ValueError("true or false")
    return parsed


def integer(low: int, high: int) -> Callable[[Any], int]:
    """Return a parser that accepts whole numbers from `low` to `high`."""

    def parse(value: Any) -> int:
        if not re.fullmatch(r"\d{1,9}", str(value)) or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(value)

    return parse


def days(value: Any) -> int:
    """Parse a retention period that CloudWatch Logs offers, in days."""
    if str(value) not in map(str, LOG_RETENTION_DAYS):
        raise ValueError(f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}")
    return int(value)


def origins(value: Any) -> tuple[str, ...]:
    """Parse web origins, given as a list or separated by commas."""
    listed = value.split(",") if isinstance(value, str) else value
    if isinstance(listed, list | tuple):
        parse = matching(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", "origins like https://example.org")
        return tuple(parse(origin) for origin in listed if origin)
    raise ValueError("a list of origins, or origins separated by commas")


def per_function(low: int, high: int) -> Callable[[Any], tuple[tuple[str, int], ...]]:
    """Return a parser of whole numbers by function, given as `Name=1,Other=2` or as a map."""
    number = integer(low, high)
    names = [spec.name for spec in FUNCTIONS]

    def parse(value: Any) -> tuple[tuple[str, int], ...]:
        given = _pairs(value)
        if unknown := given.keys() - set(names):
            raise ValueError(f"function names instead of {sorted(unknown)}: {', '.join(names)}")
        return tuple((name, number(given[name])) for name in names if name in given)

    return parse


def route_throttles(value: Any) -> tuple[RouteThrottle, ...]:
    """Parse `METHOD path=rate/burst`, separated by commas, or a map."""
    routes = {f"{r.method} {r.path}": r for function in FUNCTIONS for r in function.routes}
    given = _pairs(value)
    if unknown := given.keys() - set(routes):
        raise ValueError(f"routes instead of {sorted(unknown)}: {', '.join(routes)}")
    return tuple(_throttle(route, given[key]) for key, route in routes.items() if key in given)


def _throttle(route: Route, text: Any) -> RouteThrottle:
    rate, slash, burst = str(text).partition("/")
    if not slash:
        raise ValueError("rate/burst, for example 'GET /models=10/20'")
    return RouteThrottle(
        route.method, route.path, integer(1, 10_000)(rate), integer(1, 5_000)(burst)
    )


def _pairs(value: Any) -> dict[str, Any]:
    """Return the pairs of a map, or of `key=value` text separated by commas."""
    if isinstance(value, Mapping):
        return dict(value)
    if not isinstance(value, str):
        raise ValueError("key=value pairs, separated by commas")  # noqa: TRY004 - as in all parsers
    split = [pair.partition("=") for pair in value.split(",") if pair]
    if not all(equals for _, equals, _ in split):
        raise ValueError("key=value pairs, separated by commas")
    pairs = {key.strip(): text.strip() for key, _, text in split}
    if len(pairs) < len(split):
        raise ValueError("each key once")
    return pairs
