"""What a push promises: no version for nothing, no alias on what is not cleared, no surprise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from modelguard import Client, ConflictError, ForbiddenError, InvalidRequestError, PendingError
from modelguard.cli._app import app
from tests.client.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to push, and a user with settings of their own, who need not wait."""
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))
    monkeypatch.setenv("MODELGUARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MODELGUARD_URL", "http://registry")
    for variable in ("MODELGUARD_TOKEN", "MODELGUARD_AUTH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("modelguard._client._FIRST_POLL_S", 0.001)
    monkeypatch.setattr("modelguard._client._LAST_POLL_S", 0.001)
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "b.txt").write_text("b")
    return folder


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def run(registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the folder's parent against the registry."""
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr("modelguard._client.HttpTransport", lambda: registry)
    return lambda arguments: CliRunner().invoke(app, arguments.split(), input="")


def test_the_newest_version_again_is_no_new_version(run: Run, registry: Registry) -> None:
    # GIVEN a pushed directory
    assert run("push model -n m").stdout.startswith("m:1  2 B in 2 files")

    # WHEN it is pushed again THEN it is the same version, and that is said
    again = run("push model -n m")
    assert (again.exit_code, again.stdout.split()[0]) == (0, "m:1")
    assert "--force" in again.stderr
    # AND a new one is made when that is wanted, or something differs
    assert run("push model -n m --force").stdout.startswith("m:2")
    assert run("push model/a.txt -n m").stdout.startswith("m:3")
    # AND what was pushed before the newest version is not the newest
    assert run("push model -n m").stdout.startswith("m:4")
    # AND another type is another artifact
    assert run("push model -n m -t code").stdout.startswith("m:1")
    assert len(registry.stored["model", "m"]) == 4


@pytest.mark.parametrize("renamed", ["c.txt", "sub.txt"])
def test_a_renamed_or_changed_file_makes_a_version(run: Run, folder: Path, renamed: str) -> None:
    # GIVEN a pushed directory WHEN a file is renamed, or changes and keeps its size
    run("push model -n m")
    (folder / "a.txt").rename(folder / renamed)
    assert run("push model -n m").stdout.startswith("m:2")
    (folder / renamed).write_text("z")
    assert run("push model -n m").stdout.startswith("m:3")


@pytest.mark.parametrize("alias", ["1", "latest", "a b", "a/b", "-a", "a--b", "x" * 65, "ä", "a\n"])
def test_a_wrong_alias_is_refused_before_a_byte_is_sent(
    registry: Registry, folder: Path, alias: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Client("http://registry", transport=registry).push(folder, name="m", alias=alias)
    assert caught.value.code == "INVALID_REQUEST"
    assert repr(alias) in caught.value.message
    assert registry.log == []


@pytest.mark.parametrize("name", ["org/model", "a--b", "", "ä", "x" * 97, "../x", "a\n"])
def test_a_wrong_name_is_quoted_and_nothing_is_sent(
    registry: Registry, folder: Path, name: str
) -> None:
    # GIVEN a name that the registry would refuse WHEN it is used THEN it is quoted
    client = Client("http://registry", transport=registry)
    for use in (
        lambda: client.push(folder, name=name),
        lambda: client.pull(name, to=folder / "out"),
        lambda: client.delete(name),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            use()
        assert caught.value.code == "INVALID_NAME"
        assert repr(name) in caught.value.message
    assert registry.log == []
    if name == "org/model":
        assert "for example org-model" in caught.value.hint


def test_an_alias_waits_for_the_verdict(run: Run, registry: Registry) -> None:
    # GIVEN an inspection that takes a while WHEN a push sets an alias
    registry.pending = 3
    pushed = run("push model -n m --alias prod")

    # THEN it is set once the version is clean
    assert pushed.exit_code == 0
    assert pushed.stdout.rstrip().endswith("clean")
    assert registry.aliases["model", "m"] == {"prod": 1}


@pytest.mark.parametrize("verdict", ["malicious", "suspicious", "inconclusive", "failed"])
@pytest.mark.parametrize("pending", [0, 2])
def test_an_alias_does_not_move_to_what_is_refused(
    run: Run, registry: Registry, folder: Path, verdict: str, pending: int
) -> None:
    # GIVEN a clean version with an alias, and a push that will be refused
    run("push model -n m --alias prod")
    registry.verdict, registry.pending = verdict, pending
    (folder / "a.txt").write_text("bad")

    # WHEN it is to get the alias THEN the status is 4, and the alias stays where it was
    pushed = run("push model -n m --alias prod")
    assert pushed.exit_code == 4
    assert "version 2 is stored" in pushed.stderr
    assert "modelguard show m:2" in pushed.stderr
    assert registry.aliases["model", "m"] == {"prod": 1}


@pytest.mark.parametrize(
    ("options", "verdict", "pending", "status"),
    [
        ("", "clean", 0, 0),
        ("", "unknown", 0, 0),
        ("", "clean", 9, 0),
        ("", "malicious", 0, 4),
        ("", "malicious", 9, 0),
        ("--wait", "clean", 3, 0),
        ("--wait", "malicious", 3, 4),
        ("--wait=5", "suspicious", 3, 4),
        ("--wait 5", "clean", 3, 0),
        ("--wait 0", "clean", 10**9, 5),
        ("--wait=0.01", "clean", 10**9, 5),
        ("--wait=0.01 --alias prod", "clean", 10**9, 5),
    ],
)
def test_the_exit_status_is_the_verdict(
    run: Run, registry: Registry, options: str, verdict: str, pending: int, status: int
) -> None:
    # GIVEN an inspection with an outcome WHEN something is pushed THEN its status says it
    registry.verdict, registry.pending = verdict, pending
    for order in (f"push {options} model -n m", f"push model {options} -n n"):
        pushed = run(order)
        assert pushed.exit_code == status, pushed.output
        assert pushed.stderr == "" or "Traceback" not in pushed.stderr


def test_the_sdk_says_why_an_alias_is_not_set(registry: Registry, folder: Path) -> None:
    client = Client("http://registry", transport=registry)
    registry.pending = 10**9
    with pytest.raises(PendingError) as pending:
        client.push(folder, name="m", alias="prod", wait_s=0.01)
    assert "modelguard alias m:1 prod" in pending.value.hint
    registry.pending, registry.verdict = 0, "malicious"
    with pytest.raises(ForbiddenError):
        client.push(folder, name="n", alias="prod")


def test_rm_of_a_type_leaves_the_others(run: Run, registry: Registry) -> None:
    # GIVEN a name with versions of three types
    for kind in ("model", "code", "dataset"):
        for content in (b"1", b"2"):
            registry.add({"f": content}, artifact_type=kind)

    # WHEN one type is deleted THEN the others are as they were
    deleted = run("rm m -t dataset -y")
    assert (deleted.exit_code, deleted.stderr) == (
        0, "deleted 2 versions of m (2 of type dataset)\n",
    )  # fmt: skip
    counts = {kind: len(versions) for (kind, _), versions in registry.stored.items() if versions}
    assert counts == {"model": 2, "code": 2}
    # AND a type that is not there deletes nothing
    registry.log.clear()
    assert run("rm m -t dataset -y").exit_code == 3
    assert registry.wrote() == []
    # AND the type `model` is a type like the others, when it is named
    assert run("rm m -t model -y").exit_code == 0
    assert run("rm m -y --json").stdout.count('"code"') == 2
    assert not any(registry.stored.values())


def test_rm_shows_what_it_deletes_and_does_not_guess(run: Run, registry: Registry) -> None:
    # GIVEN two versions, and no terminal to ask at
    registry.add({"f": b"1"})
    registry.add({"f": b"22"}, artifact_type="code")
    registry.log.clear()

    # WHEN deletions are asked for THEN each names exactly what it would delete, and deletes nothing
    for arguments, shown in (
        ("rm m", ["model m:1", "code m:1"]),
        ("rm m:1", ["model m:1"]),
        ("rm m:latest -t code", ["code m:1"]),
        ("rm m -t code", ["code m:1"]),
    ):
        refused = run(arguments)
        assert refused.exit_code == 2
        assert [line.split("  ")[1] for line in refused.stderr.splitlines()[:-1]] == shown
    assert registry.wrote() == []


@pytest.mark.parametrize("arguments", ["rm m -y", "rm m -t model -y", "rm m:1 -y"])
def test_rm_does_not_delete_what_an_alias_names(
    run: Run, registry: Registry, arguments: str
) -> None:
    # GIVEN a version with an alias WHEN it is deleted in any way
    registry.add({"f": b"1"})
    registry.aliases["model", "m"] = {"prod": 1}
    refused = run(arguments)

    # THEN it stays, and the status says that trying again does not help
    assert refused.exit_code == 1
    assert registry.stored["model", "m"]
    # AND what no alias names can go
    registry.add({"f": b"2"}, artifact_type="code")
    assert run("rm m -t code -y").exit_code == 0


def test_whole_names_with_aliases_raise_in_the_sdk(registry: Registry) -> None:
    registry.add({"f": b"1"})
    registry.aliases["model", "m"] = {"prod": 1}
    client = Client("http://registry", transport=registry)
    with pytest.raises(ConflictError, match=r"prod \(m:1\)"):
        client.delete("m")
    with pytest.raises(ConflictError, match=r"prod \(m:1\)"):
        client.delete_type("m", "model")


def test_moving_an_alias_says_where_it_was(run: Run, registry: Registry) -> None:
    registry.add({"f": b"1"})
    registry.add({"f": b"2"})
    assert run("alias m:1 prod").stderr == "prod points at m:1\n"
    assert run("alias m prod").stderr == "prod points at m:2 (was 1)\n"
    assert json.loads(run("alias m --json").stdout) == {"prod": 2}
    registry.add({"f": b"3"}, verdict="malicious")
    assert run("alias m prod").exit_code == 4
    registry.add({"f": b"4"}, pending=9)
    assert run("alias m prod").exit_code == 5
