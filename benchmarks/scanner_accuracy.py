"""How often the scanner is right, next to picklescan, fickling, modelscan and modelaudit.

Usage: python -m benchmarks.scanner_accuracy [--all]

All judge the same files in one run, at most SAMPLE of each set, evenly spaced. Malicious ones are
the tests' payloads and the corpora of MODELGUARD_CORPORA; they are read, never loaded. Honest ones
are written by real libraries (`make honest`; with `--all` by the large ones too). The others are
installed from requirements/scanners.txt into an environment of their own.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from modelguard_scanner import FileSource, scan

from tests.scanner.honest import all_honest
from tests.scanner.labelled import CORPORA, Labelled, labelled
from tests.scanner.payloads import all_payloads
from tools import honest
from tools.lock import SCANNERS_LOCK
from tools.tool_environment import ToolEnvironment

OTHERS: Final = ("picklescan", "fickling", "modelscan", "modelaudit")
ENVIRONMENT: Final = ToolEnvironment("scanners", SCANNERS_LOCK)
SAMPLE: Final = 100
SUFFIXES: Final = (
    (b"PK", ".zip"), (b"\x93NUMPY", ".npy"), (b"\x89HDF", ".h5"), (b"GGUF", ".gguf"),
    (b"\x1f\x8b", ".gz"), (b"BZh", ".bz2"), (b"7z", ".7z"), (b"{", ".json"),
)  # fmt: skip
SCALE: Final = {
    "clean": "passed", "unknown": "passed", "inconclusive": "failed",
    "suspicious": "flagged", "malicious": "flagged",
}  # fmt: skip
"""Our verdicts in the words of the others."""


def write(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write files under numbered names with the suffix that others go by."""
    folder.mkdir()
    paths = []
    for number, (name, data) in enumerate(files.items()):
        suffix = next((end for magic, end in SUFFIXES if data.startswith(magic)), ".pkl")
        suffix = ".pb" if "savedmodel" in name else ".keras" if "keras" in name else suffix
        suffix = ".pt" if "torch zip" in name else suffix
        paths.append(folder / f"{number:03}{suffix}")
        paths[-1].write_bytes(data)
    return paths


def ours(paths: Iterable[Path]) -> list[str]:
    """Return this repository's verdicts."""
    verdicts = []
    for path in paths:
        with FileSource(path) as source:
            verdicts.append(str(scan(source, path=path.name).verdict))
    return verdicts


def theirs(tool: str, paths: list[Path]) -> list[str]:
    """Return another scanner's outcomes: `flagged`, `passed` or `failed`."""
    script = Path(__file__).with_name("scanner_others.py")
    command = [ENVIRONMENT.bin / "python", script, tool]
    env = {**os.environ, "PROMPTFOO_DISABLE_TELEMETRY": "1"}
    outcomes: list[str] = []
    while left := paths[len(outcomes) :]:
        listed = "".join(f"{path}\n" for path in left)
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, input=listed, env=env
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("VERDICT ")]
        outcomes += [line.split()[1] for line in lines]
        if len(lines) < len(left):  # it ended at a file
            outcomes.append("failed")
    return outcomes


def sets(folder: Path, *, everything: bool) -> dict[str, list[Path]]:
    """Return the files of each set, malicious sets first."""
    written = labelled(honest.files(honest.ALL if everything else honest.SMALL))
    unseen = labelled(CORPORA / "unseen")
    found = {
        "malicious: generated": write(all_payloads(), folder / "payloads"),
        "malicious: picklescan's": sorted((CORPORA / "picklescan" / "malicious").glob("*")),
        "malicious: unseen": [
            file.path
            for file in unseen
            if file.name.startswith("mal/") and not file.accepts("clean")
        ],
        "honest: generated": write(all_honest(), folder / "honest"),
        "honest: libraries": _plain(written),
        "honest: picklescan's": sorted((CORPORA / "picklescan" / "benign").glob("*")),
        "honest: unseen": _plain(file for file in unseen if file.name.startswith("ben/")),
    }
    return {title: _sample(paths) for title, paths in found.items() if paths}


def report(title: str, paths: list[Path]) -> None:
    """Print a row for each scanner: how it judges one set, and how long it takes."""
    for tool in ("modelguard", *OTHERS):
        started_s = time.monotonic()
        verdicts = ours(paths) if tool == "modelguard" else theirs(tool, paths)
        seconds = time.monotonic() - started_s
        counts = Counter(SCALE.get(verdict, verdict) for verdict in verdicts)
        columns = " | ".join(f"{counts[outcome]:5}" for outcome in ("passed", "failed", "flagged"))
        detail = ""
        if tool == "modelguard":
            detail = ", ".join(f"{count} {name}" for name, count in Counter(verdicts).most_common())
        name = f"{title} ({len(paths)})" if tool == "modelguard" else ""
        print(f"| {name:30} | {tool:10} | {columns} | {seconds:6.1f} | {detail} |", flush=True)


def main(*, everything: bool = False) -> None:
    """Install what is needed and print one table."""
    ENVIRONMENT.install()
    (honest.ALL if everything else honest.SMALL).install()
    print("| set (files) | scanner | passed | not read | flagged | seconds | our verdicts |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for title, paths in sets(Path(folder), everything=everything).items():
            report(title, paths)


def _plain(files: Iterable[Labelled]) -> list[Path]:
    """Return the honest files that carry no code, for which nothing but `clean` is best."""
    return [file.path for file in files if file.best == "clean"]


def _sample(paths: list[Path]) -> list[Path]:
    step = max(1, len(paths) / SAMPLE)
    return [paths[int(number * step)] for number in range(int(len(paths) / step))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the large libraries too")
    main(everything=parser.parse_args().all)
