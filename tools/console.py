"""What the commands say: progress and errors on stderr, results on stdout."""

import contextlib
import sys
import time
from collections.abc import Iterator


class CommandError(Exception):
    """A command cannot go on; its message is all the user needs to read."""


def say(message: str) -> None:
    """Print one line of progress at once."""
    print(f"==> {message}", file=sys.stderr, flush=True)


def detail(message: str) -> None:
    """Print one line below the last one of progress."""
    print(f"    {message}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(message: str) -> Iterator[None]:
    """Announce a piece of work and say how many seconds it took."""
    say(message)
    started_s = time.monotonic()
    yield
    detail(f"done in {time.monotonic() - started_s:.1f} s")


@contextlib.contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn a CommandError or Ctrl-C into one line and an exit status."""
    try:
        yield
    except CommandError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")
