"""Scans one file and prints what that took; a process of its own per file, as peaks never fall.

Usage: python tests/scanner/measured_scan.py FILE MAX_SECONDS
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SCANNER = Path(__file__).parents[2] / "scanner"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time in seconds, and peak memory above that of the imported package in MiB."""

    verdict: str
    seconds: float
    memory: float
    found: str
    """The worst finding's message."""


def measured(path: Path, *, max_seconds: float) -> Cost:
    """Scan a file in a new interpreter."""
    command = [sys.executable, __file__, str(path), str(max_seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Cost(**json.loads(done.stdout))


def peak_mb() -> float:
    """Return this process's peak resident memory in MiB, which unlike ru_maxrss resets on exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(path: str, max_seconds: float) -> None:
    """Scan the file and print its cost as JSON."""
    from modelguard_scanner import FileSource, Limits, scan  # noqa: PLC0415  # measured

    base, start = peak_mb(), time.process_time()
    with FileSource(path) as source:
        report = scan(source, path=Path(path).name, limits=Limits(max_seconds=max_seconds))
    spent = {"seconds": time.process_time() - start, "memory": peak_mb() - base}
    found = next((finding.message for finding in report.findings), "")
    sys.stdout.write(json.dumps({"verdict": report.verdict, **spent, "found": found}))


if __name__ == "__main__":
    sys.path.insert(0, str(SCANNER))
    main(sys.argv[1], float(sys.argv[2]))
