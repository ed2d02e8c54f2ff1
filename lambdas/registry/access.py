"""Authorization: the one place that decides what a caller may do, by scopes on name patterns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from lambdas.registry.errors import ForbiddenError, InvalidRequestError
from lambdas.registry.names import is_model_name, is_prefix


class Scope(IntEnum):
    """What may be done with a name; each scope includes the ones before it."""

    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A scope on one name or, when `prefix` is true, on every name that starts with `name`."""

    scope: Scope
    name: str
    prefix: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `scope:pattern`, where the pattern is a name, a prefix followed by `*`, or `*`.

        Raises:
            InvalidRequestError: The text has another form.
        """
        scope, _, pattern = text.partition(":")
        prefix = pattern.endswith("*")
        name = pattern[:-1] if prefix else pattern
        well_formed = is_prefix(name) if prefix else is_model_name(name)
        if scope.upper() not in Scope.__members__ or scope != scope.lower() or not well_formed:
            raise InvalidRequestError(
                "A grant must be 'read', 'write' or 'admin', a colon, and a name, a name prefix "
                "followed by '*', or '*'",
                field="grants",
            )
        return cls(Scope[scope.upper()], name, prefix)

    def __str__(self) -> str:
        return f"{self.scope.name.lower()}:{self.name}{'*' if self.prefix else ''}"

    def covers(self, name: str) -> bool:
        """Return whether the pattern matches a name."""
        return name.startswith(self.name) if self.prefix else name == self.name


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A range of names to list: the name `start` alone if `exact`, else all that start with it."""

    start: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What one caller may do.

    `grants` is None where the gateway alone decides, by AWS policies or by letting everyone in.
    """

    grants: tuple[Grant, ...] | None = None

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Return the access that these grants add up to."""
        return cls(tuple(Grant.parse(text) for text in texts))

    def allows(self, scope: Scope, name: str) -> bool:
        """Return whether the scope is granted on a name.

        Whatever belongs to no model has the empty name, which a grant on all names covers.
        """
        if self.grants is None:
            return True
        return any(grant.scope >= scope and grant.covers(name) for grant in self.grants)

    def require(self, scope: Scope, name: str) -> None:
        """Raise FORBIDDEN unless the scope is granted, whether or not the name exists."""
        if not self.allows(scope, name):
            raise ForbiddenError(f"The token does not grant {scope.name.lower()} on this name")

    def readable(self, prefix: str) -> tuple[KeyRange, ...]:
        """Return the readable ranges of names under a prefix, sorted and without overlaps."""
        if self.grants is None:
            return (KeyRange(prefix),)
        granted = {names for grant in self.grants for names in _within(grant, prefix)}
        kept: list[KeyRange] = []
        for names in sorted(granted, key=_sort_key):
            if not any(not other.exact and names.start.startswith(other.start) for other in kept):
                kept.append(names)
        return tuple(kept)


def _within(grant: Grant, prefix: str) -> Iterator[KeyRange]:
    """Yield the range that a grant makes readable under a prefix, if any."""
    if not grant.prefix:
        if grant.name.startswith(prefix):
            yield KeyRange(grant.name, exact=True)
    elif grant.name.startswith(prefix):
        yield KeyRange(grant.name)
    elif prefix.startswith(grant.name):
        yield KeyRange(prefix)


def _sort_key(names: KeyRange) -> tuple[str, bool]:
    """Sort a prefix before the single name that equals it, because the prefix covers the name."""
    return names.start, names.exact
