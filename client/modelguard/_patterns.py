"""Which files patterns select: for --include, --exclude and .modelguardignore.

`*` matches any characters, including slashes; `?` and `[abc]` match one. A pattern without a slash
matches names in every directory (`/name` only in the topmost one), one with a slash matches paths,
and one that matches a directory matches all that is in it. `name/` matches directories only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from modelguard._errors import LocalFileError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

IGNORE_FILE: Final = ".modelguardignore"


@dataclass(frozen=True, slots=True)
class Patterns:
    """Selects the paths that an `include` pattern matches, if there are any, and no `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def select(self, path: str) -> bool:
        """Return whether a path, relative and with slashes, is selected."""
        included = not self.include or any(_matches(path, each) for each in self.include)
        return included and not any(_matches(path, each) for each in self.exclude)

    def ignoring(self, patterns: Iterable[str]) -> Patterns:
        """Return the same patterns with more to exclude."""
        return Patterns(self.include, (*self.exclude, *patterns))


def read_ignore_file(directory: Path) -> tuple[str, ...]:
    """Return the patterns in a directory's .modelguardignore; blank lines and comments are not.

    Raises:
        LocalFileError: It cannot be read, or has a pattern of a kind that is not supported.
    """
    path = directory / IGNORE_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise LocalFileError(f"{path} cannot be read") from error
    patterns = tuple(line.strip() for line in lines if line.strip() and line[0] != "#")
    if negated := [each for each in patterns if each.startswith("!")]:
        raise LocalFileError(
            f"{path} has the pattern {negated[0]}, which is not supported", hint="remove the '!'"
        )
    return patterns


def _matches(path: str, pattern: str) -> bool:
    """Return whether a pattern matches a file or a directory that it is in."""
    parts = path.split("/")
    depth = len(parts) - 1 if pattern.endswith("/") else len(parts)
    candidates = ["/".join(parts[:count]) for count in range(1, depth + 1)]
    if "/" not in pattern.rstrip("/"):
        candidates = parts[:depth]
    return any(fnmatchcase(each, pattern.strip("/")) for each in candidates)
