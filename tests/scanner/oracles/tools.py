"""Runs archive tools that are programs, from a process that was started before the sandbox closes.

The programs only list and print: they write nothing but their standard output.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 10


class Tools:
    """One helper process that runs a program on one file after another."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the helper; the sandbox allows no further process."""
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def run(self, program: str, options: list[str], data: bytes) -> tuple[int, bytes]:
        """Return exit code and output of `program` on a file of these bytes; -1 without one.

        `{}` among the options stands for the file.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return -1, b""
        head = json.dumps([program, options, len(data)]).encode() + b"\n"
        process.stdin.write(head + data)
        process.stdin.flush()
        code, size = json.loads(process.stdout.readline())
        return code, process.stdout.read(size)


def main() -> None:
    """Serve requests from standard input until it ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        environment = {"PATH": os.environ.get("PATH", "/usr/bin"), "LC_ALL": "C.UTF-8"}
        while line := sys.stdin.buffer.readline():
            program, options, size = json.loads(line)
            path.write_bytes(sys.stdin.buffer.read(size))
            found = shutil.which(program)
            code, out = -1, b""
            if found:
                command = [found, *(str(path) if one == "{}" else one for one in options)]
                try:
                    done = subprocess.run(
                        command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                        timeout=SECONDS, env=environment, cwd=folder,
                    )  # fmt: skip
                    code, out = done.returncode, done.stdout
                except subprocess.TimeoutExpired:
                    code = 1
            sys.stdout.buffer.write(json.dumps([code, len(out)]).encode() + b"\n" + out)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
