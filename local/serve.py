"""The engine's process: ministack, as `python -P local/serve.py STATE_DIRECTORY [--with-parent]`.

Functions run on an interpreter that has the standard library and nothing else, as on AWS: what they
import is what was deployed, never the checkout or a package that happens to be installed here.
The directory on the command line identifies the process.
"""

import fcntl
import os
import signal
import sys
import threading
import venv
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


def bare_interpreter(home: Path) -> str:
    """Make an environment without packages below the directory; return its interpreter's path."""
    folder = home / "python"
    venv.create(folder, clear=True, symlinks=True)
    return str(folder / "bin" / "python")


if __name__ == "__main__":
    home = Path(sys.argv[1])
    held = own(home)
    sys.executable = bare_interpreter(home)  # by which the engine starts functions
    if sys.argv[2:] == ["--with-parent"]:
        threading.Thread(target=stop_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    main()
