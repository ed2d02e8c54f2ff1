"""Builds what Lambda runs, without Docker: the sources and the layer of locked dependencies."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from uv import find_uv_bin

from infra import botocore_data
from infra.config import Config

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements" / "lambda.txt"
PACKAGES: Final = (ROOT / "lambdas", ROOT / "scanner" / "modelguard_scanner")
"""The deployed packages, each importable under its folder's name."""

DIST_INFO: Final = frozenset({"METADATA"})
"""The only metadata kept: vulnerability scanners read it to identify a layer's packages."""
UNUSED: Final = ("bin", ".lock", "boto3/examples")


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the code will run; `wheels` is uv's name for the platform, or None for this machine.

    `compiler` is a local interpreter whose byte code that platform can load, if there is one.
    """

    python: str
    wheels: str | None
    compiler: str | None

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return Lambda on arm64 or, for the local engine, the interpreter running this."""
        own = f"{sys.version_info.major}.{sys.version_info.minor}"
        if config.target == "local":
            return cls(python=own, wheels=None, compiler=sys.executable)
        python = "3.13"
        compiler = sys.executable if own == python else _installed(python)
        return cls(python=python, wheels="aarch64-manylinux_2_28", compiler=compiler)

    def install_command(self, lock: Path, target: Path) -> list[str]:
        """Return the command that installs the locked wheels into a folder, verifying hashes."""
        where = ["--python-platform", self.wheels] if self.wheels else []
        return [
            find_uv_bin(),
            "pip",
            "install",
            "--quiet",
            "--no-config",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            *where,
            *("--python-version", self.python),
            *("--target", str(target)),
            *("--requirements", str(lock)),
        ]


def build_dependencies(platform: Platform, output: Path, *, lock: Path = LOCK) -> None:
    """Install into `python/`, remove what no function reads, and add byte code."""
    packages = output / "python"
    subprocess.run(platform.install_command(lock, packages), check=True)  # noqa: S603 - our own
    prune(packages)
    compile_all(platform, packages, "/opt/python")


def build_sources(platform: Platform, output: Path) -> None:
    """Copy the packages under their own names, and add byte code."""
    for package in PACKAGES:
        for file in source_files(package):
            copy = output / file.relative_to(package.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    compile_all(platform, output, "/var/task")


def source_files(sources: Path) -> list[Path]:
    """Return the files to deploy in a stable order, without this machine's byte code."""
    return sorted(
        file
        for file in sources.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    )


def prune(packages: Path) -> None:
    """Remove service models, metadata and tools that no function reads."""
    for folder in packages.glob("botocore/data"):
        botocore_data.slim(folder)
    for folder in packages.glob("*.dist-info"):
        _keep_only(folder, DIST_INFO)
    for name in UNUSED:
        _remove(packages / name)


def compile_all(platform: Platform, folder: Path, deployed_at: str) -> None:
    """Add byte code, because Lambda's folders are read-only and every cold start would compile.

    `unchecked-hash` files contain no time stamp, and `deployed_at` replaces this machine's path, so
    that the output is reproducible and imports do not check the source.
    """
    if platform.compiler is None:
        sys.stderr.write(
            f"Python {platform.python} was not found: building without byte code, so cold starts "
            f"will be slower. Run `.venv/bin/uv python install {platform.python}` to add it.\n"
        )
        return
    mode = ["-q", "--invalidation-mode", "unchecked-hash"]
    paths = ["-s", str(folder), "-p", deployed_at, str(folder)]
    command = [platform.compiler, "-m", "compileall", *mode, *paths]
    subprocess.run(command, check=True)  # noqa: S603 - our own


def _installed(python: str) -> str | None:
    command = [find_uv_bin(), "python", "find", "--no-project", "--no-python-downloads", python]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return found.stdout.strip() or None


def _keep_only(folder: Path, names: frozenset[str]) -> None:
    for entry in folder.iterdir():
        if entry.name not in names:
            _remove(entry)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
