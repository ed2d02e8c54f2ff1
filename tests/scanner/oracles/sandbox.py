"""Closes a process for good: little memory, no files, no processes, no network."""

import resource
import sys
from collections.abc import Callable

CPU_SECONDS = 3600
FILE_BYTES = 64 * 1024 * 1024
FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.startfile", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
    "os.chmod", "os.chown", "os.truncate", "os.kill", "os.putenv", "shutil.", "ctypes.dlopen",
    "webbrowser.", "urllib.", "ftplib.", "smtplib.", "pty.spawn", "sqlite3.", "builtins.input",
)  # fmt: skip
"""Prefixes of audit events that no loader may raise once the sandbox is closed."""


class Escape(BaseException):
    """A loader did something that has an effect; no `except Exception` of a loader hides it."""


def close(memory: int, writable: Callable[[object], bool] = lambda _: False) -> list[str]:
    """Limit this process from here on, and return the list that escapes are recorded in.

    Args:
        memory: most address space, in bytes.
        writable: returns whether a path, or the number of an open file, may be written.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    escapes: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and _writes(arguments) and not writable(arguments[0])
        if writes or event.startswith(FORBIDDEN):
            escapes.append(f"{event} {arguments!r:.80}")
            raise Escape(event)

    sys.addaudithook(watch)
    return escapes


def _writes(arguments: tuple[object, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    by_mode = isinstance(mode, str) and not set("wax+").isdisjoint(mode)
    return by_mode or (mode is None and isinstance(flags, int) and flags & 0b11 != 0)
