"""Separate environments, below .local/, for tools whose pins would conflict with the project's."""

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from tools import ROOT
from tools.console import CommandError, step


@dataclass(frozen=True)
class ToolEnvironment:
    """An environment that holds exactly what a lock names.

    `extras` are requirements that no lock can pin by hash, because their builds differ from machine
    to machine; pip takes them from wherever it is configured to look.
    """

    name: str
    lock: str
    extras: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        """Where the environment and what is made with it are kept."""
        return ROOT / ".local" / self.name

    @property
    def bin(self) -> Path:
        """The folder of its commands."""
        return self.home / "venv" / "bin"

    @property
    def stamp(self) -> str:
        """What tells this environment from one of another lock."""
        digest = hashlib.sha256((ROOT / self.lock).read_bytes())
        digest.update(" ".join((sys.version, *self.extras)).encode())
        return digest.hexdigest()

    def install(self, *, timeout_s: float | None = None) -> None:
        """Install the lock unless it is installed; wait for another process that is installing it.

        Raises:
            CommandError: A package could not be installed, or not within `timeout_s` seconds.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        installed = self.home / "installed"
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if installed.exists() and installed.read_text() == self.stamp:
                return
            installed.unlink(missing_ok=True)
            with step(f"installing {self.lock}"):
                self._install(timeout_s)
            installed.write_text(self.stamp)

    def _install(self, timeout_s: float | None) -> None:
        uv, venv = find_uv_bin(), self.home / "venv"
        seed = ["--seed"] if self.extras else []
        commands = [
            [uv, "venv", "--quiet", "--clear", *seed, "--python", sys.executable, str(venv)],
            [
                uv,
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "--no-deps",
                "-r",
                str(ROOT / self.lock),
            ],
        ]
        if self.extras:
            commands.append([str(self.bin / "python"), "-m", "pip", "install", "-q", *self.extras])
        env = {"UV_SYSTEM_CERTS": "1", **os.environ, "VIRTUAL_ENV": str(venv)}
        for command in commands:
            try:
                done = subprocess.run(command, check=False, cwd=ROOT, env=env, timeout=timeout_s)
            except subprocess.TimeoutExpired as error:
                raise CommandError(f"{self.lock} took over {timeout_s} s to install") from error
            if done.returncode:
                raise CommandError(f"{self.lock} could not be installed")
