"""Runs an oracle in child processes, and goes on after a case that ends one."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack
from threading import Timer

from tests.scanner.oracles import child, oracle
from tools import honest

ROOT = Path(__file__).parents[3]
STALLED_SECONDS = 60.0
"""A child that is that late hangs."""
INSTALL_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A file on which scanner and loader differ."""

    oracle: str
    seed: int
    index: int
    message: str
    data: bytes


@dataclass(slots=True)
class Run:
    """What one run of an oracle found."""

    cases: int = 0
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)


def interpreter(name: str) -> str:
    """Return the Python that has an oracle's loaders; their environment is installed if need be.

    Raises:
        CommandError: it could not be installed.
    """
    if not getattr(oracle.load(name), "libraries", False):
        return sys.executable
    honest.SMALL.install(timeout_s=INSTALL_SECONDS)
    return str(honest.SMALL.bin / "python")


def run(
    name: str,
    seed: int,
    *,
    count: int = 1 << 62,
    seconds: float = 1e9,
    python: str = sys.executable,
) -> Run:
    """Run cases of one oracle until `count` or `seconds` is reached.

    A case that kills or stalls its child is a difference too: a scanner must survive its files.
    """
    result = Run()
    start = time.monotonic()
    while result.cases < count and time.monotonic() - start < seconds:
        left = seconds - (time.monotonic() - start)
        _run_child(result, name, seed, (count - result.cases, left), python)
        if len(result.differences) >= child.MAX_DIFFERENCES:
            break
    result.seconds = time.monotonic() - start
    return result


def minimal(found: Difference, seconds: float = 20.0, python: str = sys.executable) -> Difference:
    """Return the same kind of difference on the smallest file that shows it."""
    done = subprocess.run(
        _command(python, found.oracle, "--minimise", "--seconds", str(seconds)),
        cwd=ROOT, env=_environment(), input=found.data, capture_output=True, check=False,
        timeout=seconds + STALLED_SECONDS,
    )  # fmt: skip
    if done.returncode or not done.stdout:
        return found
    said = json.loads(done.stdout.splitlines()[-1])
    if said["difference"] is None:
        return found
    small = bytes.fromhex(said["data"])
    return Difference(found.oracle, found.seed, found.index, said["difference"], small)


def _run_child(result: Run, name: str, seed: int, budget: tuple[int, float], python: str) -> None:
    count, seconds = budget
    with tempfile.NamedTemporaryFile() as progress:
        progress.write(bytes(child.PROGRESS_BYTES))
        progress.flush()
        command = _command(
            python, name, f"--seed={seed}", f"--start={result.cases}", f"--count={count}",
            f"--seconds={seconds}", f"--progress={progress.name}",
        )  # fmt: skip
        with subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            killer = Timer(min(seconds, 3600.0) + STALLED_SECONDS, process.kill)
            killer.start()
            out, error = process.communicate()
            killer.cancel()
        ended = False
        for line in out.splitlines():
            said = json.loads(line)
            if "done" in said:
                result.cases += said["done"]
                ended = True
            else:
                data = bytes.fromhex(said["data"])
                result.differences.append(
                    Difference(name, seed, said["index"], said["difference"], data)
                )
        if not ended:
            left = Path(progress.name).read_bytes()
            at, size = unpack("<QQ", left[:16])
            why = error.decode(errors="replace").strip().splitlines()[-1:] or ["killed"]
            message = f"crash: the child ended with {process.returncode}, {why[0]}"
            data = left[16 : 16 + size]
            result.differences.append(Difference(name, seed, at, message, data))
            result.cases = at + 1


def _command(python: str, name: str, *options: str) -> list[str]:
    return [python, "-m", "tests.scanner.oracles.child", name, *options]


def _environment() -> dict[str, str]:
    return {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'scanner'}",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/bin",
    }
