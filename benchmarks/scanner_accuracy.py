"""How often the scanner is right, beside picklescan, modelscan and fickling on the same files.

Usage: python benchmarks/scanner_accuracy.py [--python PYTHON]

PYTHON is an interpreter whose environment has the libraries that make benign files and the other
scanners; without it an environment is made with pip, and what cannot be installed is left out.
Malicious files are the tests' payloads and picklescan's test files (MODELGUARD_CORPORA); they are
read, never loaded. A file that another scanner cannot read counts as `failed`, not as found.
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
    """Make an environment and install one library after the other, as far as that works."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    for library in LIBRARIES:
        done = subprocess.run([python, "-m", "pip", "install", "-q", library], check=False)
        if done.returncode:
            print(f"could not be installed: {library}")
    return python


def write(files: dict[str, bytes], folder: Path) -> list[Path]:
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


def ours(paths: list[Path]) -> list[str]:
    """Judge with this repository's scanner; on the same scale as the others."""
    outcomes = []
    for path in paths:
        with FileSource(path) as source:
            outcomes.append(str(scan(source, path=path.name).verdict))
    return outcomes


def theirs(tool: str, python: str, paths: list[Path]) -> list[str]:
    """Judge with another scanner; empty if it is not there."""
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
    """Print one table for malicious and one for benign files."""
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
    """Print how each scanner judges one set."""
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
