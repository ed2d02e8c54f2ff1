"""What is pushed, where pulled files may go, and what an interrupted run leaves."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.contract.limits import (
    DEFAULT_TOKEN_DAYS,
    INLINE_LIMIT_BYTES,
    MAX_FILES_PER_VERSION,
    MAX_PARTS_PER_FILE,
    MAX_PATH_BYTES,
    MAX_TOKEN_DAYS,
    MIN_PART_BYTES,
    SINGLE_PUT_LIMIT_BYTES,
)
from modelguard import (
    Client,
    File,
    IntegrityError,
    InvalidRequestError,
    LocalFileError,
    TransportError,
    Version,
)
from modelguard import _limits as limits
from modelguard._download import Download
from modelguard._files import LocalFile, collect
from modelguard._form import encode_form
from modelguard._hashing import digest_of
from modelguard._origin import Origin, note_origin, read_origins
from modelguard._partial import RANGE_BYTES, Partial
from modelguard._piece import Piece
from modelguard._push_state import PushState
from modelguard._retry import Retry
from modelguard._target import target_of
from tests.client.fakes import Answer, Script, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelguard._source import Source

MIB = 1024**2


def local(path: Path) -> LocalFile:
    state = path.stat()
    return LocalFile(path.name, path, state.st_size, state.st_mtime_ns)


def metadata(*files: tuple[str, bytes]) -> Answer:
    """What the registry answers for a version of these files."""
    listed = [
        {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for path, content in files
    ]
    return answer({"model_name": "m", "artifact_type": "model", "version": 1, "files": listed})


def test_the_limits_are_the_servers() -> None:
    # GIVEN the server's table THEN the client decides by the same numbers
    assert limits.INLINE_LIMIT_BYTES == INLINE_LIMIT_BYTES
    assert limits.SINGLE_PUT_LIMIT_BYTES == SINGLE_PUT_LIMIT_BYTES
    assert limits.MIN_PART_BYTES == MIN_PART_BYTES
    assert limits.MAX_PARTS == MAX_PARTS_PER_FILE
    assert limits.MAX_FILES == MAX_FILES_PER_VERSION
    assert limits.MAX_PATH_BYTES == MAX_PATH_BYTES
    assert limits.MAX_TOKEN_DAYS == MAX_TOKEN_DAYS
    assert limits.TOKEN_DAYS == DEFAULT_TOKEN_DAYS


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, None),
        (64 * MIB, None),
        (64 * MIB + 1, 16 * MIB),
        (10_000 * 16 * MIB, 16 * MIB),
        (10_000 * 16 * MIB + 1, 17 * MIB),
        (5 * 1024**4, 525 * MIB),
    ],
)
def test_parts_are_as_small_as_the_limit_of_their_number_lets_them(
    size: int, expected: int | None
) -> None:
    assert limits.part_size_of(size) == expected


def test_a_directory_is_taken_without_hidden_files_and_caches(tmp_path: Path) -> None:
    # GIVEN a directory as people have it
    for path in ("a.txt", "sub/b.txt", ".git/config", "__pycache__/a.pyc", "sub/.DS_Store"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")

    # THEN what counts is taken, by path, and a link to a file is that file
    assert [file.path for file in collect([tmp_path])] == ["a.txt", "link.txt", "sub/b.txt"]


def test_what_cannot_be_pushed_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    # GIVEN things that are no artifact
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    (tmp_path / "b" / "x").write_text("2")
    (tmp_path / "empty").mkdir()
    (tmp_path / "back\\slash").write_text("")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "fifo")

    # THEN each has its message
    for paths, message in (
        (["a", "b"], "would both be stored as x"),
        (["empty"], "nothing to push"),
        (["back\\slash"], "not a valid path"),
        (["nowhere"], "does not exist"),
        (["broken"], "does not exist"),
        (["fifo"], "neither a file nor"),
    ):
        with pytest.raises(LocalFileError, match=message):
            collect([tmp_path / path for path in paths])


def test_digests_of_a_file_and_its_parts_come_from_one_pass(tmp_path: Path) -> None:
    # GIVEN a file of four parts and a bit
    content = b"".join(bytes([number]) * MIB for number in range(65))
    (tmp_path / "w").write_bytes(content)
    seen: list[int] = []

    # WHEN it is hashed
    digest = digest_of(local(tmp_path / "w"), seen.append)

    # THEN all digests are right, and each byte was read once
    parts = [content[at : at + 16 * MIB] for at in range(0, len(content), 16 * MIB)]
    assert digest.sha256 == hashlib.sha256(content).hexdigest()
    assert digest.parts == tuple(hashlib.sha256(part).hexdigest() for part in parts)
    assert sum(seen) == len(content)


def test_a_push_remembers_digests_of_files_that_did_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a push that hashed a file and began a session
    monkeypatch.setenv("MODELGUARD_CACHE", str(tmp_path / "cache"))
    (tmp_path / "w").write_bytes(b"x")
    file = local(tmp_path / "w")
    state = PushState.load(("url", "model", "m"), [file])
    digest = digest_of(file, lambda _: None)
    state.remember(file, digest)
    state.upload_id = "u1"
    state.save()

    # THEN the same push finds both
    again = PushState.load(("url", "model", "m"), [file])
    assert (again.upload_id, again.digest(file)) == ("u1", digest)
    # AND another name, a changed file or a damaged memory finds nothing
    assert PushState.load(("url", "model", "other"), [file]).upload_id == ""
    changed = LocalFile(file.path, file.source, file.size, file.mtime_ns + 1)
    assert again.digest(changed) is None
    again.path.write_text('{"digests"')
    assert PushState.load(("url", "model", "m"), [file]).upload_id == ""


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "/etc/x", "a//b", "./a", "", "a/", "..", "a\\..\\x", "C:/x", "a\0b",
     ".modelguard/origins.json", "link/x"],
)  # fmt: skip
def test_no_path_of_the_registry_leaves_the_directory(tmp_path: Path, path: str) -> None:
    # GIVEN a directory with a link out of it
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")

    # WHEN a hostile registry names a file THEN it is refused
    with pytest.raises(LocalFileError, match="unsafe path"):
        target_of(root, path)


def test_a_hostile_version_writes_nothing(tmp_path: Path) -> None:
    # GIVEN a version with one honest and one hostile path
    script = Script(metadata(("good", b"g"), ("../evil", b"e")))

    # WHEN it is pulled THEN nothing is fetched or written, not even the honest file
    with pytest.raises(LocalFileError, match="unsafe path"):
        Client("http://registry", transport=script).pull("m", to=tmp_path / "out")
    assert len(script.requests) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_hostile_digest_is_no_path(tmp_path: Path) -> None:
    # GIVEN a version whose digest is a path
    listed = [{"path": "f", "size": 1, "sha256": "../../evil"}]
    script = Script(
        answer({"model_name": "m", "artifact_type": "model", "version": 1, "files": listed})
    )

    # WHEN it is pulled THEN it is refused, and nothing is written
    with pytest.raises(IntegrityError, match="no valid SHA-256"):
        Client("http://registry", transport=script).pull("m", to=tmp_path / "a" / "out")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_known_before_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a disk without room
    real = os.statvfs(tmp_path)
    full = os.statvfs_result((*real[:4], 0, *real[5:]))
    monkeypatch.setattr(os, "fstatvfs", lambda _: full)

    # WHEN a download begins THEN it says so and leaves nothing
    with pytest.raises(LocalFileError, match="is full"):
        Partial(tmp_path, File("f", 1, "0" * 64))
    assert list(tmp_path.iterdir()) == []


def test_a_link_at_a_files_place_is_replaced_not_followed(tmp_path: Path) -> None:
    # GIVEN a link to a precious file where a pulled file goes
    (tmp_path / "precious").write_bytes(b"p")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "f").symlink_to(tmp_path / "precious")
    script = Script(metadata(("f", b"new")), Answer(200, b"new"))

    # WHEN it is pulled over what is there
    Client("http://registry", transport=script).pull("m", to=tmp_path / "out", overwrite=True)

    # THEN the file is there, and the precious one is as it was
    assert (tmp_path / "out" / "f").read_bytes() == b"new"
    assert not (tmp_path / "out" / "f").is_symlink()
    assert (tmp_path / "precious").read_bytes() == b"p"


@pytest.mark.parametrize("wrong", [b"nEw", b"newer"])
def test_wrong_bytes_never_get_the_name(tmp_path: Path, wrong: bytes) -> None:
    # GIVEN a registry whose bytes are not what it recorded, and an older file
    (tmp_path / "f").write_bytes(b"old")
    script = Script(metadata(("f", b"new")), Answer(200, wrong), Answer(200, wrong))

    # WHEN it is pulled THEN it fails after a second try, and the older file stays
    with pytest.raises(IntegrityError):
        Client("http://registry", transport=script).pull("m", to=tmp_path, overwrite=True)
    assert (tmp_path / "f").read_bytes() == b"old"
    assert len(script.requests) == 3


def test_equal_files_are_fetched_once_and_present_ones_not_at_all(tmp_path: Path) -> None:
    # GIVEN a version of three files, two of them equal, one there already
    (tmp_path / "there").write_bytes(b"there")
    listed = metadata(("a", b"same"), ("b/c", b"same"), ("there", b"there"))
    script = Script(listed, Answer(200, b"same"))

    # WHEN it is pulled
    pulled = Client("http://registry", transport=script).pull("m", to=tmp_path)

    # THEN one request brought all
    assert [path.read_bytes() for path in pulled.paths] == [b"same", b"same", b"there"]
    assert len(script.requests) == 2


def test_a_half_written_note_of_ranges_is_not_believed(tmp_path: Path) -> None:
    # GIVEN a download whose note of a third range a kill cut off
    file = File("f", 3 * RANGE_BYTES, "0" * 64)
    (tmp_path / f"{file.sha256}.done").write_text(f"0\n99\n{RANGE_BYTES}\n{2 * RANGE_BYTES}")

    # THEN the whole lines that are ranges count
    with Partial(tmp_path, file) as partial:
        assert partial.done == {0, RANGE_BYTES}


def test_hashing_a_truncated_range_gives_another_digest_and_no_error(tmp_path: Path) -> None:
    # GIVEN a range that is there
    content = bytes(range(256)) * (RANGE_BYTES // 256)
    file = File("f", RANGE_BYTES + 1, hashlib.sha256(content + b"x").hexdigest())
    with Partial(tmp_path, file) as partial:
        partial.write(memoryview(content), 0)
        digest = hashlib.sha256()
        partial.hash_range(0, digest)
        assert digest.hexdigest() == hashlib.sha256(content).hexdigest()

        # WHEN the file is truncated THEN its digest differs, and nothing breaks
        os.truncate(partial.path, 1)
        partial.hash_range(RANGE_BYTES, digest)
        assert digest.hexdigest() != file.sha256


def test_a_file_system_without_memory_mapping_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a file system without mappings
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr("modelguard._partial.mmap", refuse)
    content = os.urandom(3_000_000)
    with Partial(tmp_path, File("f", len(content), "0" * 64)) as partial:
        partial.write(memoryview(content), 0)

        # WHEN a range is hashed THEN its sum is right
        digest = hashlib.sha256()
        partial.hash_range(0, digest)
        assert digest.digest() == hashlib.sha256(content).digest()


def test_a_storage_that_answers_neither_range_nor_file_is_an_error(tmp_path: Path) -> None:
    # GIVEN a redirect to something that is no storage
    script = Script(
        metadata(("f", b"new")),
        Answer(302, headers={"location": "http://storage/f"}),
        Answer(206, b"new", {"content-range": "bytes 5-7/9"}),
    )

    # WHEN it is pulled THEN it says so
    with pytest.raises(TransportError, match="refused f: 206"):
        Client("http://registry", transport=script).pull("m", to=tmp_path)
    # AND the credentials of the registry were not sent there
    assert "Authorization" not in script.requests[2].headers


def test_a_url_whose_signer_has_expired_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a storage that says so with 400, as S3 does
    monkeypatch.setattr("modelguard._retry.random.uniform", lambda *_: 0)
    expired = Answer(400, b"<Error><Code>ExpiredToken</Code></Error>")
    redirect = [Answer(302, headers={"location": f"http://storage/{n}"}) for n in (1, 2)]
    whole = Answer(206, b"new", {"content-range": "bytes 0-2/3"})
    script = Script(metadata(("f", b"new")), redirect[0], expired, redirect[1], whole)

    # WHEN a file is pulled THEN a fresh URL brings it
    Client("http://registry", transport=script).pull("m", to=tmp_path)
    assert (tmp_path / "f").read_bytes() == b"new"
    # AND for a piece that is pushed, the registry is asked for another URL
    (tmp_path / "w").write_bytes(b"x")
    piece = Piece(local(tmp_path / "w"), 0, 0, 1, "http://storage/w", {})
    expired = Answer(400, b"<Error><Code>ExpiredToken</Code></Error>")
    assert not piece.put(Script(expired), lambda _: None)


def test_a_disk_that_fails_in_the_middle_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a disk on which no range can be noted
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Partial, "finish", refuse)
    script = Script(
        metadata(("f", b"new")),
        Answer(302, headers={"location": "http://storage/f"}),
        Answer(206, b"new", {"content-range": "bytes 0-2/3"}),
    )

    # WHEN a file is pulled THEN the message says that it is full
    with pytest.raises(LocalFileError, match="is full"):
        Client("http://registry", transport=script).pull("m", to=tmp_path)


def test_nothing_writes_to_a_file_that_was_given_up(tmp_path: Path) -> None:
    # GIVEN a range that fails while the next one is under way
    under_way = threading.Event()
    ended: list[int] = []

    class Failing:
        file = File("f", 2 * RANGE_BYTES, "0" * 64)
        retry = Retry(1)

        def open(self) -> None:
            """The storage has it."""

        def fetch(self, start: int, _: int, sink: Callable[[memoryview, int], None]) -> None:
            if start == 0:
                under_way.wait()
                raise LocalFileError("broken")
            under_way.set()
            time.sleep(0.1)
            sink(memoryview(b"x"), start)
            ended.append(start)

    # WHEN the download ends THEN the other range has ended before: its file's number is free now
    download = Download(
        cast("Source", Failing()), tmp_path / "f", tmp_path, lambda _: None, ahead=2
    )
    with ThreadPoolExecutor(2) as pool:
        with pytest.raises(LocalFileError, match="broken"):
            download.run(pool)
        assert ended == [RANGE_BYTES]


def test_an_open_file_that_breaks_off_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN a small file whose first answer breaks off
    class Broken(Answer):
        def readinto(self, _: memoryview) -> int:
            raise TransportError("broken")

    monkeypatch.setattr("modelguard._retry.random.uniform", lambda *_: 0)
    script = Script(metadata(("f", b"new")), Broken(), Answer(200, b"new"))

    # WHEN it is opened THEN it is whole
    with Client("http://registry", transport=script).open("m") as file:
        assert file.read() == b"new"


def test_a_pushed_version_has_the_message_it_was_pushed_with(tmp_path: Path) -> None:
    # GIVEN a registry whose answer's message says that the upload worked
    (tmp_path / "f").write_bytes(b"x")
    done = {"version": 1, "size": 1, "verdict": "clean", "message": "Artifact uploaded"}
    new = refusal(404, "MODEL_NOT_FOUND")
    script = Script(new, answer(done), new, answer(done))
    client = Client("http://registry", transport=script)

    # THEN the version's own message is the pusher's
    assert client.push(tmp_path / "f", name="m", message="first").message == "first"
    assert client.push(tmp_path / "f", name="m").message == ""


def test_a_push_whose_alias_is_refused_says_what_is_stored(tmp_path: Path) -> None:
    # GIVEN a registry that stores the version and refuses the alias
    (tmp_path / "f").write_bytes(b"x")
    done = answer({"version": 7, "size": 1, "verdict": "clean"})
    script = Script(refusal(404, "MODEL_NOT_FOUND"), done, refusal(400, "INVALID_REQUEST"))

    # WHEN it is pushed THEN the error says that it need not be pushed again
    with pytest.raises(InvalidRequestError) as caught:
        Client("http://registry", transport=script).push(tmp_path / "f", name="m", alias="prod")
    assert "version 7 is stored" in caught.value.hint
    assert "modelguard alias m:7" in caught.value.hint


def test_origins_keep_one_version_of_each_artifact(tmp_path: Path) -> None:
    # GIVEN a directory that two artifacts were pulled into, one of them twice
    (tmp_path / ".modelguard").mkdir()
    for origin in (
        Origin("u", "model", "m", 1),
        Origin("u", "code", "m", 1, {"a": "0"}, {"a": ("0", "1")}),
        Origin("u", "model", "m", 2),
    ):
        note_origin(tmp_path, origin)

    # THEN the last of each is known
    assert read_origins(tmp_path) == (
        Origin("u", "code", "m", 1, {"a": "0"}, {"a": ("0", "1")}),
        Origin("u", "model", "m", 2),
    )


def test_a_form_survives_names_that_would_end_it() -> None:
    # GIVEN a name with what headers are made of WHEN it is encoded
    _, body = encode_form({"model_name": "m"}, [('a"\r\nX: y.txt', b"x")])

    # THEN it stays one header line
    assert b'filename="a%22%0D%0AX: y.txt"\r\n' in body


def test_a_version_reads_what_a_newer_registry_adds() -> None:
    # GIVEN a response with unknown members
    body = {"version": 3, "verdict": "clean", "size": 1, "novel": {}, "files": 7}

    # THEN what is known is read
    assert Version.of(body, name="m", artifact_type="code") == Version("m", "code", 3, 1, "clean")


def test_a_broken_link_is_named_with_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "f").write_text("x")
    with pytest.raises(LocalFileError, match=r"link is a link to nowhere, which does not exist"):
        collect([tmp_path])


def test_a_name_that_is_not_unicode_is_shown_readably(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.txt")).write_text("x")
    with pytest.raises(LocalFileError, match=r"bad\\xff\.txt has a file name that is not valid"):
        collect([tmp_path])
