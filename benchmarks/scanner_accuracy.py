"""Accuracy of the scanner, next to picklescan, modelscan and fickling, on the same files.

Usage: python benchmarks/scanner_accuracy.py [--python PYTHON]

PYTHON is an interpreter whose environment has the other scanners, and the libraries that create
benign files; by default an environment is created with pip, without what cannot be installed.
Malicious files are the tests' payloads and picklescan's test files (MODELGUARD_CORPORA); they are
read, never loaded. A file that another scanner cannot read counts as `failed`, not as flagged.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scanner")]

from modelguard_scanner import FileSource, Verdict, scan  # noqa: E402  # after the path is set

from tests.scanner.honest import all_honest  # noqa: E402
from tests.scanner.payloads import all_payloads  # noqa: E402

CORPORA = Path(os.environ.get("MODELGUARD_CORPORA", ROOT.parent / "shared" / "corpora"))
LIBRARIES: Final = (
    "picklescan", "modelscan", "fickling", "numpy", "scikit-learn", "joblib", "pandas", "lightgbm",
    "xgboost", "safetensors", "onnx", "h5py", "gguf", "keras", "torch",
)  # fmt: skip
SUFFIXES: Final = (
    (b"PK", ".zip"), (b"\x93NUMPY", ".npy"), (b"\x89HDF", ".h5"), (b"GGUF", ".gguf"),
    (b"\x1f\x8b", ".gz"), (b"BZh", ".bz2"), (b"7z", ".7z"), (b"{", ".json"),
)  # fmt: skip


def environment(folder: Path) -> str:
    """Create an environment and install each library that can be installed."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    for library in LIBRARIES:
        done = subprocess.run([python, "-m", "pip", "install", "-q", library], check=False)
        if done.returncode:
            print(f"could not install {library}")
    return python


def write(files: dict[str, bytes], folder: Path) -> list[Path]:
    """Write files under numbered names, with the suffixes that the other scanners rely on."""
    folder.mkdir()
    paths = []
    for number, (name, data) in enumerate(files.items()):
        suffix = next((end for magic, end in SUFFIXES if data.startswith(magic)), ".pkl")
        suffix = ".pb" if "savedmodel" in name else ".keras" if "keras" in name else suffix
        suffix = ".pt" if "torch zip" in name else suffix
        paths.append(folder / f"{number:03}{suffix}")
        paths[-1].write_bytes(data)
    return paths


def ours(paths: list[Path]) -> list[str]:
    """Return the verdicts of this repository's scanner."""
    outcomes = []
    for path in paths:
        with FileSource(path) as source:
            outcomes.append(str(scan(source, path=path.name).verdict))
    return outcomes


def theirs(tool: str, python: str, paths: list[Path]) -> list[str]:
    """Return the outcomes of another scanner, or nothing if it is not installed."""
    script = Path(__file__).with_name("scanner_others.py")
    done = subprocess.run(
        [python, str(script), tool],
        input="".join(f"{path}\n" for path in paths), capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("VERDICT ")]
    outcomes = [line.split()[1] for line in lines]
    missing = [line for line in lines if "ModuleNotFoundError" in line]
    return outcomes if len(missing) < len(paths) else []


def main() -> None:
    """Print the outcomes for each set of malicious and benign files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = arguments.python or environment(folder / "venv")
        made = folder / "made"
        made.mkdir()
        script = Path(__file__).with_name("scanner_benign.py")
        subprocess.run([python, str(script), str(made)], check=False, stderr=subprocess.DEVNULL)
        sets = {
            "malicious, generated": write(all_payloads(), folder / "payloads"),
            "malicious, picklescan's": sorted((CORPORA / "picklescan" / "malicious").glob("*")),
            "benign, generated": write(all_honest(), folder / "honest"),
            "benign, real libraries": sorted(path for path in made.iterdir() if path.is_file()),
            "benign, picklescan's": sorted((CORPORA / "picklescan" / "benign").glob("*")),
        }
        for title, paths in sets.items():
            if paths:
                table(title, paths, python)


def table(title: str, paths: list[Path], python: str) -> None:
    """Print the outcomes of each scanner for one set."""
    print(f"\n{title}: {len(paths)} files")
    outcomes = ours(paths)
    print(
        "  modelguard  " + ", ".join(f"{n} {what}" for what, n in Counter(outcomes).most_common())
    )
    wrong = Verdict.CLEAN if title.startswith("malicious") else Verdict.MALICIOUS
    for path, outcome in zip(paths, outcomes, strict=True):
        if outcome == wrong:
            print(f"    WRONG: {path.name} is {outcome}")
    for tool in ("picklescan", "modelscan", "fickling"):
        found = theirs(tool, python, paths)
        counts = ", ".join(f"{n} {what}" for what, n in Counter(found).most_common())
        print(f"  {tool:11} {counts or 'not installed'}")


if __name__ == "__main__":
    main()
