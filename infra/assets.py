"""The two assets of a deployment, identified by a hash of their inputs."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra import bundle
from infra.botocore_data import SERVICES
from infra.bundle import Platform

RECIPE: Final = "3"
"""Increment this when `infra.bundle` builds something different from the same files."""


@jsii.implements(ILocalBundling)
class _Local:
    """Bundling by a Python function, which the CDK calls only if it has no asset with the hash."""

    def __init__(self, build: Callable[[Path], None]) -> None:
        self._build = build

    def try_bundle(self, output_dir: str, *_options: Any, **_more: Any) -> bool:
        """Build into the folder and return true: there is no container to fall back on."""
        self._build(Path(output_dir))
        return True


def sources(platform: Platform) -> lambda_.Code:
    """Return the code of our own packages, importable under the same names as in the checkout."""
    return _code(
        bundle.PACKAGES[0], lambda out: bundle.build_sources(platform, out), sources_hash(platform)
    )


def dependencies(platform: Platform) -> lambda_.Code:
    """Return the content of the layer: the locked dependencies in `python/`."""
    return _code(
        bundle.LOCK.parent,
        lambda out: bundle.build_dependencies(platform, out),
        dependencies_hash(platform),
    )


def sources_hash(platform: Platform, *folders: Path) -> str:
    """Return a hash of the platform and of the deployed files' names and bytes, nothing else."""
    named = (
        f"{file.relative_to(folder).as_posix()} {_sha256(file.read_bytes())}"
        for folder in folders or bundle.PACKAGES
        for file in bundle.source_files(folder)
    )
    return _hash(platform, *named)


def dependencies_hash(platform: Platform, lock: Path = bundle.LOCK) -> str:
    """Return a hash of the platform, the lock, and what is left out of the layer."""
    kept = (*sorted(SERVICES), *sorted(bundle.DIST_INFO), *bundle.UNUSED)
    return _hash(platform, _sha256(lock.read_bytes()), *kept)


def _hash(platform: Platform, *content: str) -> str:
    byte_code = "with byte code" if platform.compiler else "without byte code"
    inputs = (RECIPE, platform.python, platform.wheels or "this machine", byte_code, *content)
    return _sha256("\n".join(inputs).encode())


def _code(path: Path, build: Callable[[Path], None], asset_hash: str) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(path),
        asset_hash=asset_hash,
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(image=DockerImage.from_registry("unused"), local=_Local(build)),
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
