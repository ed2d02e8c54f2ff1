"""The locks pin everything by hash, agree with each other and pyproject, and name no host."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT, lock

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("build", "dev", "honest", "honest-all", "lambda", "scanners", "uv")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def entries(name: str) -> list[str]:
    """The lock's entries, each with its continuation lines joined and its comments left out."""
    lines = [line for line in lock_text(name).splitlines() if not line.lstrip().startswith("#")]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


def pins(name: str) -> set[tuple[str, str, str]]:
    """Name, version and environment marker of every entry."""
    found = set()
    for entry in entries(name):
        requirement = Requirement(entry.split(" --hash=")[0])
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        marker = str(requirement.marker or "")
        found.add((canonicalize_name(requirement.name), pin.version, marker))
    return found


def group(name: str) -> list[str]:
    members: list[Any] = PYPROJECT["dependency-groups"][name]
    wanted: list[str] = []
    for member in members:
        wanted += group(member["include-group"]) if isinstance(member, dict) else [member]
    return wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_hashes(name: str) -> None:
    # GIVEN a lock WHEN its entries are read
    found = entries(name)

    # THEN each is a version with at least one SHA-256 and nothing else
    assert found
    entry = re.compile(r"\S+==\S+( ; [^\n]+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [line for line in found if not entry.fullmatch(line)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_lock_names_a_host_or_a_machines_path(name: str) -> None:
    # GIVEN a lock THEN there is no URL, no option of an index and no absolute path in it
    assert not re.search(r"://|--(extra-)?index|--find-links|(^|\s)/", lock_text(name))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("lambda", PYPROJECT["project"]["dependencies"]),
        ("dev", PYPROJECT["project"]["dependencies"] + group("dev")),
        ("uv", [line for line in group("dev") if line.startswith("uv>")]),
        ("honest", lock.HONEST_LIBRARIES),
        ("honest-all", lock.HONEST_ALL_LIBRARIES),
        ("scanners", lock.SCANNERS),
    ],
)
def test_each_lock_satisfies_what_it_is_made_from(name: str, wanted: Sequence[str]) -> None:
    # GIVEN what pyproject.toml, or the command that locks, asks for
    versions = {pinned: version for pinned, version, _ in pins(name)}

    # THEN the lock pins each of it at a version that is allowed
    assert wanted
    for requirement in map(Requirement, wanted):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize("name", ["lambda", "uv"])
def test_what_is_deployed_is_what_the_tests_run(name: str) -> None:
    # GIVEN the Lambda layer's lock, or uv's own THEN the development lock holds the same pins
    version_of = {pinned: version for pinned, version, _ in pins("dev")}
    assert {pinned: version_of[pinned] for pinned, _, _ in pins(name)} == {
        pinned: version for pinned, version, _ in pins(name)
    }


def test_both_sets_of_honest_files_are_written_by_the_same_versions() -> None:
    # GIVEN the lock of the small libraries THEN that of all holds the same pins
    assert pins("honest") <= pins("honest-all")


def test_torch_and_what_it_runs_on_are_in_no_lock_of_honest_files() -> None:
    # GIVEN the lock of all libraries THEN nothing in it depends on the machine's GPU
    names = {name for name, _, _ in pins("honest-all")}
    assert not {name for name in names if name == "torch" or name.startswith("nvidia-")}
