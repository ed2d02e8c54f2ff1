"""`make honest`: honest files, written by real libraries in an environment of their own.

`--all` takes the large libraries too. The files are kept in .local/ until the generator or its lock
changes.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tools import ROOT
from tools.console import CommandError, friendly_errors, step
from tools.lock import HONEST_ALL_LOCK, HONEST_LOCK, TORCH
from tools.tool_environment import ToolEnvironment

GENERATOR: Final = "tests.scanner.libraries"
SMALL: Final = ToolEnvironment("honest", HONEST_LOCK)
ALL: Final = ToolEnvironment("honest-all", HONEST_ALL_LOCK, (TORCH,))


def files(environment: ToolEnvironment = SMALL) -> Path:
    """Return the folder of files, written anew if the generator or its environment changed.

    Raises:
        CommandError: A maker failed.
    """
    folder, stamp = environment.home / "files", environment.home / "written"
    wanted = _generator_digest(environment)
    with (environment.home / "files.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return folder
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--all"] if environment is ALL else []
        command = [str(environment.bin / "python"), "-m", GENERATOR, str(folder), *options]
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with step("writing honest files"):
            done = subprocess.run(
                command, check=False, cwd=ROOT, env=env, text=True, capture_output=True
            )
        if done.returncode:
            raise CommandError(f"not every maker succeeded:\n{done.stderr}")
        stamp.write_text(wanted)
    return folder


def main() -> None:
    """Install what the libraries need, write the files, and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the large libraries too")
    with friendly_errors():
        environment = ALL if parser.parse_args().all else SMALL
        environment.install()
        print(files(environment))


def _generator_digest(environment: ToolEnvironment) -> str:
    digest = hashlib.sha256(environment.stamp.encode())
    for path in sorted((ROOT / Path(*GENERATOR.split("."))).glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
