"""Pulls into a directory that others use as well: other pulls, and people."""

from __future__ import annotations

import errno
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from modelguard import Client, LocalFileError
from modelguard._work import make_work_directory, open_in_work
from tests.client.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = {"a.txt": b"a1", "sub/b.txt": b"b1", "same.txt": b"same"}
SECOND = {"a.txt": b"a2", "c.txt": b"c2", "same.txt": b"same"}


class Notes:
    """A listener that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def begin(self, what: str, total_bytes: int) -> None:
        pass

    def advance(self, n_bytes: int) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def registry() -> Registry:
    """A registry with two versions of `m`, and a dataset of the same name."""
    registry = Registry()
    registry.add(FIRST)
    registry.add(SECOND)
    registry.add({"a.txt": b"data"}, artifact_type="dataset")
    return registry


def client(registry: Registry, notes: Notes | None = None) -> Client:
    return Client("http://registry", transport=registry, progress=notes)


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    return {path: each for path, each in named.items() if not path.startswith(".modelguard/")}


@pytest.mark.parametrize("count", [2, 4, 8])
def test_pulls_into_one_directory_all_succeed(
    registry: Registry, tmp_path: Path, count: int
) -> None:
    # WHEN several pulls of one version share a directory
    with ThreadPoolExecutor(count) as pool:
        pulled = list(pool.map(lambda _: client(registry).pull("m", 2, to=tmp_path), range(count)))

    # THEN all succeed, the files are right, and each was fetched once
    assert len(pulled) == count
    assert contents(tmp_path) == SECOND
    metadata = count
    assert len(registry.log) == metadata + len(SECOND)


def test_a_pull_that_waits_says_so(registry: Registry, tmp_path: Path) -> None:
    # GIVEN a pull that holds the directory's lock
    lock = make_work_directory(tmp_path) / "lock"
    descriptor = open_in_work(lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    notes = Notes()

    # WHEN another one begins, and the first one ends once the other waits
    def release(text: str) -> None:
        notes.notes.append(text)
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    notes.note = release  # type: ignore[method-assign]
    client(registry, notes).pull("m", to=tmp_path)
    os.close(descriptor)

    # THEN it says what it waits for, and ends
    assert notes.notes == [f"waiting for another pull into {tmp_path}"]
    assert contents(tmp_path) == SECOND


def test_a_file_system_without_locks_is_no_hindrance(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a network file system without locks
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)

    # WHEN several pulls share a directory THEN all succeed, and leave nothing unfinished
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: client(registry).pull("m", to=tmp_path), range(4)))
    assert contents(tmp_path) == SECOND
    left = {path.name for path in (tmp_path / ".modelguard").iterdir()}
    assert left <= {"lock", "origins.json"}


@pytest.mark.parametrize("made", ["a file", "a read-only file", "a link", "a broken link"])
def test_a_file_that_was_not_pulled_is_not_replaced(
    registry: Registry, tmp_path: Path, made: str
) -> None:
    # GIVEN something of the user's where a file of the version goes
    folder, precious = tmp_path / "out", tmp_path / "precious"
    folder.mkdir()
    precious.write_bytes(b"precious")
    place = folder / "a.txt"
    if "link" in made:
        place.symlink_to(precious if made == "a link" else tmp_path / "nowhere")
    else:
        place.write_bytes(b"precious")
        place.chmod(0o444 if "read-only" in made else 0o644)

    # WHEN the version is pulled THEN it is named, nothing is fetched, and it stays
    with pytest.raises(LocalFileError, match=r"a\.txt in .* not pulled") as caught:
        client(registry).pull("m", to=folder)
    assert "--overwrite" in caught.value.hint
    assert len(registry.log) == 1
    assert [path.name for path in folder.iterdir() if path.name != ".modelguard"] == ["a.txt"]

    # AND it is replaced when that is wanted, without following a link
    client(registry).pull("m", to=folder, overwrite=True)
    assert contents(folder) == SECOND
    assert precious.read_bytes() == b"precious"


def test_a_newer_version_replaces_what_the_older_one_brought(
    registry: Registry, tmp_path: Path
) -> None:
    # GIVEN a pulled version, one file of which was changed
    client(registry).pull("m", 1, to=tmp_path)
    (tmp_path / "sub" / "b.txt").write_bytes(b"changed")
    (tmp_path / "mine.txt").write_bytes(b"mine")
    notes = Notes()

    # WHEN the next version is pulled, which lacks it
    pulled = client(registry, notes).pull("m", 2, to=tmp_path)

    # THEN the changed file stays and is named, and so does the user's own
    assert contents(tmp_path) == {**SECOND, "sub/b.txt": b"changed", "mine.txt": b"mine"}
    assert pulled.kept == (tmp_path / "sub" / "b.txt",)
    assert any("sub/b.txt" in note for note in notes.notes)

    # AND going back removes what the second version alone has
    (tmp_path / "sub" / "b.txt").unlink()
    pulled = client(registry, notes).pull("m", 1, to=tmp_path)
    assert contents(tmp_path) == {**FIRST, "mine.txt": b"mine"}
    assert pulled.removed == (tmp_path / "c.txt",)
    assert any("removed c.txt" in note for note in notes.notes)


def test_a_changed_file_is_not_replaced_by_its_own_version(
    registry: Registry, tmp_path: Path
) -> None:
    client(registry).pull("m", to=tmp_path)
    (tmp_path / "a.txt").write_bytes(b"edited")
    with pytest.raises(LocalFileError, match=r"a\.txt"):
        client(registry).pull("m", to=tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == b"edited"


def test_an_interrupted_upgrade_goes_on(registry: Registry, tmp_path: Path) -> None:
    # GIVEN a pull of the second version over the first that failed in the middle
    client(registry).pull("m", 1, to=tmp_path)
    broken = dict(registry.stored["model", "m"][2].files)
    registry.stored["model", "m"][2].files = {**SECOND, "c.txt": b"c2"}
    send = registry.send

    def fail(request: object) -> object:
        if "c.txt" in request.url:  # type: ignore[attr-defined]
            raise LocalFileError("interrupted")
        return send(request)  # type: ignore[arg-type]

    registry.send = fail  # type: ignore[method-assign,assignment]
    with pytest.raises(LocalFileError, match="interrupted"):
        Client("http://registry", transport=registry, jobs=1).pull("m", 2, to=tmp_path)
    registry.send = send  # type: ignore[method-assign]
    assert broken == SECOND

    # WHEN either version is pulled again THEN nothing is in the way
    client(registry).pull("m", 2, to=tmp_path)
    assert contents(tmp_path) == SECOND
    client(registry).pull("m", 1, to=tmp_path)
    assert contents(tmp_path) == FIRST


def test_artifact_types_have_directories_of_their_own(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a model and a dataset of one name WHEN both are pulled without a directory
    monkeypatch.chdir(tmp_path)
    client(registry).pull("m")
    pulled = client(registry).pull("m", artifact_type="dataset")

    # THEN they go to a separate directory, whose name no model can have
    assert pulled.directory == Path("m--dataset")
    assert contents(tmp_path / "m") == SECOND
    assert contents(tmp_path / "m--dataset") == {"a.txt": b"data"}

    # AND in one directory, neither replaces a file of the other
    with pytest.raises(LocalFileError, match=r"a\.txt"):
        client(registry).pull("m", artifact_type="dataset", to="m")


def test_verify_names_extra_files(registry: Registry, tmp_path: Path) -> None:
    # GIVEN a pulled directory with something else in it
    client(registry).pull("m", to=tmp_path)
    (tmp_path / "sub" / "more").mkdir(parents=True)
    (tmp_path / "sub" / "more" / "extra.py").write_text("x")
    (tmp_path / ".hidden").write_text("x")

    # WHEN it is verified THEN that is named, and nothing differs
    (outcome,) = client(registry).verify(tmp_path)
    assert (outcome.ok, outcome.extra) == (True, ("sub/more/extra.py",))


PATHS = ("a", "b", "dir/c", "dir/sub/d")
versions = st.dictionaries(st.sampled_from(PATHS), st.sampled_from([b"1", b"22", b"3"]), min_size=1)


class SharedDirectory(RuleBasedStateMachine):
    """Pulls and a user work in one directory; nothing of the user's is ever lost."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(os.environ["MODELGUARD_TEST_FOLDER"]) / os.urandom(8).hex()
        self.folder.mkdir()
        self.registry = Registry()
        self.users: dict[str, bytes] = {}
        """What the user wrote, unless a pull was told to replace it."""

    @rule(files=versions)
    def push(self, files: Mapping[str, bytes]) -> None:
        self.registry.add(files)

    @rule(path=st.sampled_from([*PATHS, "mine", "dir/mine"]), n=st.integers(0, 9))
    def write(self, path: str, n: int) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        self.users[path] = b"user %d" % n
        (self.folder / path).write_bytes(self.users[path])

    @rule(path=st.sampled_from(PATHS))
    def remove(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)
        self.users.pop(path, None)

    @rule(back=st.integers(0, 2), only=st.sampled_from([None, *PATHS]), overwrite=st.booleans())
    def pull(self, back: int, only: str | None, overwrite: bool) -> None:  # noqa: FBT001
        stored = self.registry.stored.get(("model", "m"), {})
        number = max(stored, default=0) - back
        if number not in stored or (only and only not in stored[number].files):
            return
        files = {
            path: stored[number].files[path] for path in ([only] if only else stored[number].files)
        }
        blocked = any(path in self.users for path in files)
        try:
            client(self.registry).pull("m", number, to=self.folder, file=only, overwrite=overwrite)
        except LocalFileError:
            assert blocked
            assert not overwrite
            return
        assert overwrite or not blocked
        for path in files:
            self.users.pop(path, None)
        if not only:
            assert contents(self.folder) == {**files, **self.users}
        assert files.items() <= contents(self.folder).items()
        (outcome,) = client(self.registry).verify(self.folder)
        assert outcome.ok

    @invariant()
    def nothing_of_the_users_is_lost(self) -> None:
        assert self.users.items() <= contents(self.folder).items()


def test_nothing_of_the_users_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    monkeypatch.setenv("MODELGUARD_TEST_FOLDER", str(tmp_path))
    run_state_machine_as_test(
        SharedDirectory, settings=settings(max_examples=25, stateful_step_count=15, deadline=None)
    )
