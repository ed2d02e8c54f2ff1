"""Builds what Lambda runs, without Docker: the sources, and a folder of locked dependencies."""

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
"""What is deployed: each is importable by its folder's name."""

DIST_INFO: Final = frozenset({"METADATA"})
"""Vulnerability scanners read it to see which packages a layer holds."""
UNUSED: Final = ("bin", ".lock", "boto3/examples")


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the code will run; `wheels` is uv's name of the platform, None is this machine's.

    `compiler` is an interpreter whose byte code that place can load, if there is one here.
    """

    python: str
    wheels: str | None
    compiler: str | None

    @classmethod
    def of(cls, config: Config) -> Self:
        """Lambda on arm64; or the engine's interpreter, which is the one that deploys to it."""
        own = f"{sys.version_info.major}.{sys.version_info.minor}"
        if config.target == "local":
            return cls(python=own, wheels=None, compiler=sys.executable)
        python = "3.13"
        compiler = sys.executable if own == python else _installed(python)
        return cls(python=python, wheels="aarch64-manylinux_2_28", compiler=compiler)

    def install_command(self, lock: Path, target: Path) -> list[str]:
        """Install the locked wheels into a folder: every hash is checked, nothing is compiled."""
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
    """Install below `python/`, remove what no function reads, and add byte code."""
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
    """The files that are deployed, in a stable order; byte code of this machine is not."""
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
    """Add byte code: Lambda's folders are read-only, it would compile at every cold start.

    `unchecked-hash` files hold no time stamp, and `deployed_at` replaces the path of this machine:
    the same input gives the same bytes, and an import does not look at the source.
    """
    if platform.compiler is None:
        sys.stderr.write(
            f"No Python {platform.python} here: building without byte code, cold starts will be "
            f"slower. `uv python install {platform.python}` adds one.\n"
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
