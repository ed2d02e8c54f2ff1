"""What surrounds every command: a client, a progress bar, one-line errors."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from modelguard._client import JOBS, Client, InsecureTransportWarning
from modelguard._errors import LocalFileError, ModelGuardError
from modelguard.cli import _exit, _options, _output
from modelguard.cli._bar import Bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelguard._auth import Auth

_INTERRUPTED: Final = "interrupted; run the same command to resume"


@contextmanager
def registry(
    url: str | None,
    *,
    as_json: bool,
    quiet: bool = False,
    jobs: int = JOBS,
    auth: Auth | None = None,
) -> Iterator[Client]:
    """Provide a client; an error in the block ends the process with its exit status."""
    bar = Bar(quiet=quiet)
    with failures(as_json=as_json), _leaving_at_once(bar):
        try:
            profile = _options.profile()
            with Client(url, profile=profile, auth=auth, progress=bar, jobs=jobs) as client:
                yield client
        finally:
            bar.end()


@contextmanager
def failures(*, as_json: bool) -> Iterator[None]:
    """Turn errors into one line on stderr and an exit status."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", InsecureTransportWarning)
            warnings.showwarning = _show_warning
            yield
        sys.stdout.flush()
    except ModelGuardError as error:
        _output.failure(error, as_json=as_json)
        sys.exit(_exit.status_of(error))
    except KeyboardInterrupt:
        _output.notice(_INTERRUPTED)
        sys.exit(_exit.INTERRUPTED)
    except BrokenPipeError:
        _drop_output()  # such as `| head`, which has read enough
        sys.exit(_exit.OK)
    except OSError as error:
        _drop_output()
        _output.failure(LocalFileError(error.strerror or str(error)), as_json=as_json)
        sys.exit(_exit.OTHER)


@contextmanager
def _leaving_at_once(bar: Bar) -> Iterator[None]:
    """Make Ctrl-C end the process at once, like a kill, from which every transfer can resume.

    Python would otherwise wait for all threads, one of which may be busy for minutes.
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


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    _output.notice(f"warning: {message}")


def _drop_output() -> None:
    """Discard unwritten output, which Python would otherwise try to write at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
