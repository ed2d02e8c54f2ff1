"""What a caller may do: the one place that decides it, by scopes on patterns of names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from lambdas.registry.errors import ForbiddenError, InvalidRequestError
from lambdas.registry.names import is_model_name, is_prefix


class Scope(IntEnum):
    """What may be done with a name; each includes those before it."""

    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A scope on a name, or on all names that begin with `name` when `prefix` is true."""

    scope: Scope
    name: str
    prefix: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `scope:pattern`, where a pattern is a name, a name's beginning and `*`, or `*`.

        Raises:
            InvalidRequestError: It is written otherwise.
        """
        scope, _, pattern = text.partition(":")
        prefix = pattern.endswith("*")
        name = pattern[:-1] if prefix else pattern
        well_formed = is_prefix(name) if prefix else is_model_name(name)
        if scope.upper() not in Scope.__members__ or scope != scope.lower() or not well_formed:
            raise InvalidRequestError(
                "A grant is 'read', 'write' or 'admin', a colon, and a name, a name's beginning "
                "followed by '*', or '*'",
                field="grants",
            )
        return cls(Scope[scope.upper()], name, prefix)

    def __str__(self) -> str:
        return f"{self.scope.name.lower()}:{self.name}{'*' if self.prefix else ''}"

    def covers(self, name: str) -> bool:
        """Tell whether the pattern takes a name."""
        return name.startswith(self.name) if self.prefix else name == self.name


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Names that are listed together: one, or all that begin with `start`."""

    start: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What one caller may do.

    `grants` is None where the gateway alone decides: by AWS policies, or that anybody may.
    """

    grants: tuple[Grant, ...] | None = None

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Return the access that these grants give together."""
        return cls(tuple(Grant.parse(text) for text in texts))

    def allows(self, scope: Scope, name: str) -> bool:
        """Tell whether the scope is granted on a name.

        What belongs to no model has the empty name, which a grant on all names covers.
        """
        if self.grants is None:
            return True
        return any(grant.scope >= scope and grant.covers(name) for grant in self.grants)

    def require(self, scope: Scope, name: str) -> None:
        """Raise FORBIDDEN unless the scope is granted, whether the name exists or not."""
        if not self.allows(scope, name):
            raise ForbiddenError(f"The token does not grant {scope.name.lower()} on this name")

    def readable(self, prefix: str) -> tuple[KeyRange, ...]:
        """Return what may be read below a prefix: in the order of names, without overlaps."""
        if self.grants is None:
            return (KeyRange(prefix),)
        wanted = sorted({one for grant in self.grants for one in _within(grant, prefix)}, key=_key)
        kept: list[KeyRange] = []
        for one in wanted:
            if not any(not other.exact and one.start.startswith(other.start) for other in kept):
                kept.append(one)
        return tuple(kept)


def _within(grant: Grant, prefix: str) -> Iterator[KeyRange]:
    """Yield what a grant makes readable below a prefix, if anything."""
    if not grant.prefix:
        if grant.name.startswith(prefix):
            yield KeyRange(grant.name, exact=True)
    elif grant.name.startswith(prefix):
        yield KeyRange(grant.name)
    elif prefix.startswith(grant.name):
        yield KeyRange(prefix)


def _key(one: KeyRange) -> tuple[str, bool]:
    """Sort a prefix before the one name that it equals, which it covers."""
    return one.start, one.exact
