"""Build or refresh `.venv` from the hash-pinned locks; runs on any Python 3.11+ before it exists.

Standard library only. A path file makes the checkout's packages importable, and a script makes the
client a command, without a build that would leave files in the tree. A stamp, written last,
identifies the locks and the path that the environment was built for; an environment without one
was never finished and is rebuilt.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "modelguard.stamp"
UV_LOCK = ROOT / "requirements" / "uv.txt"
DEV_LOCK = ROOT / "requirements" / "dev.txt"
BUILD_LOCK = ROOT / "requirements" / "build.txt"
SOURCES = ("", "client", "scanner")
"""The folders of the checkout that hold packages; what `pip install` put there comes first."""
CLIENT = VENV / "bin" / "modelguard"


def expected_stamp() -> str:
    """Return the stamp of an up-to-date environment."""
    digest = hashlib.sha256()
    for lock in (UV_LOCK, BUILD_LOCK, DEV_LOCK):
        digest.update(lock.read_bytes())
    return f"{digest.hexdigest()} {VENV}\n"


def links() -> dict[Path, bytes]:
    """Return the files that connect the environment with the checkout, and what they hold."""
    # -P: a file in the caller's directory must not pass for a module of the client.
    command = f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -P -m modelguard "$@"\n'
    files = {CLIENT: os.fsencode(command)}
    for site_packages in VENV.glob("lib/python3*/site-packages"):
        # Relative paths, because an absolute one would need the encoding of the user's locale.
        lines = [os.path.relpath(ROOT / folder, site_packages) + "\n" for folder in SOURCES]
        files[site_packages / "modelguard-checkout.pth"] = "".join(lines).encode()
    return files


def linked() -> bool:
    """Return whether those files are as they were written: pip replaces the client's command."""
    return all(path.is_file() and path.read_bytes() == held for path, held in links().items())


def link() -> None:
    """Make the checkout's packages importable and `.venv/bin/modelguard` a command."""
    for path, held in links().items():
        path.write_bytes(held)
    CLIENT.chmod(0o755)


def runs() -> bool:
    """Return whether the environment's Python starts; its base may have been uninstalled."""
    try:
        return subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def say(message: str) -> None:
    """Print one line of progress immediately."""
    print(f"==> {message}", file=sys.stderr, flush=True)


def run(command: list[str | Path], failure: str) -> None:
    """Run a command and show its progress; exit with the message `failure` if it fails."""
    env = {"UV_SYSTEM_CERTS": "1", **os.environ, "VIRTUAL_ENV": str(VENV)}
    with subprocess.Popen(
        command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            if not line.startswith((" + ", " - ", " ~ ")):  # uv's list of packages
                print(f"    {line}", end="", file=sys.stderr, flush=True)
    if process.returncode:
        sys.exit(f"error: {failure}")


def create() -> None:
    """Create an empty environment, replacing any existing one."""
    say(f"creating .venv with Python {sys.version.split()[0]}")
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    base = getattr(sys, "_base_executable", sys.executable)  # not the environment's own
    run(
        [base, "-m", "venv", VENV],
        f"{base} cannot create a virtual environment with pip: install its venv and"
        " ensurepip modules (Debian and Ubuntu: apt-get install python3-venv)",
    )


def main() -> None:
    """Bring the environment up to date with the locks, or do nothing if it is."""
    stamp = expected_stamp()
    found = STAMP.read_text() if STAMP.is_file() else ""
    if found == stamp and runs() and linked():
        return
    if not found.endswith(f" {VENV}\n") or not runs():
        create()
    STAMP.unlink(missing_ok=True)
    say("installing the locked packages (about 260 MB to download the first time)")
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install"]
    run(
        [*pip, "--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement", UV_LOCK],
        "pip could not install uv; is a package index reachable?",
    )
    sync: list[str | Path] = [VENV / "bin" / "uv", "pip", "sync", "--python", PYTHON]
    run(
        [*sync, "--require-hashes", "--build-constraints", BUILD_LOCK, DEV_LOCK],
        "uv could not install requirements/dev.txt; check the network and run the command again",
    )
    link()
    STAMP.write_text(stamp)
    say("environment ready")


if __name__ == "__main__":
    main()
