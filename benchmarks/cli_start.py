"""Start-up time of command lines: wall and CPU milliseconds of `TOOL --version` and of imports.

Each run is a new process with warm caches; the best of the rounds counts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from benchmarks.peers import environment_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROUNDS: Final = 5


def main() -> None:
    """Print the table."""
    rows: list[tuple[str, Path | str, Sequence[str]]] = [
        ("python -c pass", sys.executable, ("-c", "pass")),
        ("import modelguard", sys.executable, ("-c", "import modelguard")),
        ("modelguard --version", sys.executable, ("-m", "modelguard", "--version")),
    ]
    for tool, requirement in (
        ("mlflow", "mlflow>=3"),
        ("dvc", "dvc>=3"),
        ("bentoml", "bentoml>=1"),
    ):
        python = environment_of(tool, requirement, *(("boto3",) if tool == "mlflow" else ()))
        if python:
            rows.append((f"{tool} --version", python, ("-m", tool, "--version")))
    print("| command | wall ms | CPU ms |\n|---|---|---|")
    for title, program, arguments in rows:
        runs = [_run([str(program), *arguments]) for _ in range(ROUNDS)]
        wall_ms, cpu_ms = (min(times) for times in zip(*runs, strict=True))
        print(f"| {title} | {wall_ms:,.0f} | {cpu_ms:,.0f} |", flush=True)


def _run(command: list[str]) -> tuple[float, float]:
    before, started_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    wall_s = time.perf_counter() - started_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall_s * 1000, cpu_s * 1000


if __name__ == "__main__":
    main()
