"""What every command does around its work: a client, a progress bar, errors in one line."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from modelguard._client import JOBS, Client
from modelguard._errors import LocalFileError, ModelGuardError
from modelguard.cli import _exit, _output
from modelguard.cli._bar import Bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelguard._auth import Auth

_INTERRUPTED: Final = "interrupted; the same command goes on where it was"


@contextmanager
def registry(
    url: str | None,
    *,
    as_json: bool,
    quiet: bool = False,
    jobs: int = JOBS,
    auth: Auth | None = None,
) -> Iterator[Client]:
    """Give a client to a block; what the block raises ends the process with its exit status."""
    bar = Bar(quiet=quiet)
    with failures(as_json=as_json), _leaving_at_once(bar):
        try:
            with Client(url, auth=auth, progress=bar, jobs=jobs) as client:
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
        _output.notice(_INTERRUPTED)
        sys.exit(_exit.INTERRUPTED)
    except BrokenPipeError:
        _drop_output()  # `| head` has what it wanted
        sys.exit(_exit.OK)
    except OSError as error:
        _drop_output()
        _output.failure(LocalFileError(f"This machine refused: {error}"), as_json=as_json)
        sys.exit(_exit.OTHER)


@contextmanager
def _leaving_at_once(bar: Bar) -> Iterator[None]:
    """Let Ctrl-C end the process where it is, as a kill does: no transfer loses anything by it.

    Python would wait for all threads, of which one may hash or wait for an inspection for long.
    """

    def leave(*_: object) -> None:
        with suppress(Exception):
            bar.end()
        os.write(sys.stderr.fileno(), f"{_INTERRUPTED}\n".encode())
        os._exit(_exit.INTERRUPTED)

    before = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _drop_output() -> None:
    """Forget what was not written; Python would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
