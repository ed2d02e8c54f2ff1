"""Console output of the commands: progress and errors on stderr, results on stdout."""

import contextlib
import sys
import time
from collections.abc import Iterator


class CommandError(Exception):
    """A command cannot continue; the message is all that the user needs."""


def say(message: str) -> None:
    """Print one line of progress immediately."""
    print(f"==> {message}", file=sys.stderr, flush=True)


def detail(message: str) -> None:
    """Print one indented line below the last line of progress."""
    print(f"    {message}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(message: str) -> Iterator[None]:
    """Announce a step and print how many seconds it took."""
    say(message)
    started_s = time.monotonic()
    yield
    detail(f"done in {time.monotonic() - started_s:.1f} s")


@contextlib.contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn a CommandError or Ctrl-C into a message and an exit status."""
    try:
        yield
    except CommandError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")
