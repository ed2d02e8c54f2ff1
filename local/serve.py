"""The engine's process: ministack, as `python -P local/serve.py STATE_DIRECTORY [--with-parent]`.

It is started by its path, so that the checkout is not importable and only deployed code runs. The
directory on the command line identifies the process.
"""

import fcntl
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TextIO

from ministack.app import main


def stop_with_parent() -> None:
    """Stop once the pipe on stdin closes, which happens however the parent dies."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def own(home: Path) -> TextIO:
    """Lock the directory, because two engines would overwrite each other's state.

    The lock is released when the process ends, however that happens.
    """
    lock = (home / "engine.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        sys.exit(f"an engine (pid {lock.read()}) already uses {home}")
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


if __name__ == "__main__":
    held = own(Path(sys.argv[1]))
    if sys.argv[2:] == ["--with-parent"]:
        threading.Thread(target=stop_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    main()
