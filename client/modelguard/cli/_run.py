"""What every command does around its work: a client, a progress bar, errors in one line."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelguard._client import JOBS, Client
from modelguard._errors import ModelGuardError
from modelguard.cli import _exit, _output
from modelguard.cli._bar import Bar

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def registry(
    url: str | None, *, as_json: bool, quiet: bool = False, jobs: int = JOBS
) -> Iterator[Client]:
    """Give a client to a block; what the block raises ends the process with its exit status."""
    bar = Bar(quiet=quiet)
    with failures(as_json=as_json):
        try:
            with Client(url, progress=bar, jobs=jobs) as client:
                yield client
        finally:
            bar.end()


@contextmanager
def failures(*, as_json: bool) -> Iterator[None]:
    """Turn errors into one line on stderr and an exit status."""
    try:
        yield
        sys.stdout.flush()
    except ModelGuardError as error:
        _output.failure(error, as_json=as_json)
        sys.exit(_exit.status_of(error))
    except KeyboardInterrupt:
        _output.notice("interrupted; the same command goes on where it was")
        sys.exit(_exit.INTERRUPTED)
    except BrokenPipeError:
        # `| head` has what it wanted; Python would complain at its end about what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_exit.OK)
