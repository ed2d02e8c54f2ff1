"""A registry that is not trusted: whatever it answers, the client ends with its own errors."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import modelguard._paced
from modelguard import Client, ModelGuardError, ServerError, TransportError
from modelguard._retry import Retry
from modelguard.cli._app import app
from tests.client.fakes import Answer, Script, answer
from tests.client.hostile import raw_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from modelguard import Request

SHA256 = "ab" * 32
SHA256_OF_X = hashlib.sha256(b"x").hexdigest()
VERSION: dict[str, Any] = {
    "model_name": "m", "artifact_type": "model", "version": 1, "size": 1, "verdict": "clean",
    "files": [{"path": "f", "size": 1, "sha256": SHA256}],
    "findings": [{"file": "f", "what": "w", "where": "0", "severity": "s"}],
}  # fmt: skip
MODEL: dict[str, Any] = {
    "name": "m", "license": None, "size": 1, "tags": {"a": "b"}, "scores": {"s": {"pc": 1.0}},
    "versions": {"model": VERSION}, "aliases": {"model": {"prod": 1}},
}  # fmt: skip
TOKEN: dict[str, Any] = {"token_id": "0" * 16, "grants": ["read:*"], "token": "t"}
EVENT: dict[str, Any] = {"at": "now", "action": "edit", "actor": "a", "version": 1, "grants": []}
OFFER: dict[str, Any] = {
    "upload_id": "u",
    "files": [{"path": "f", "state": "need", "url": "http://storage/f", "headers": {"A": "b"}}],
}
EVERYTHING: dict[str, Any] = {
    **VERSION, **MODEL, **TOKEN, **OFFER, **EVENT, "version": 1,
    "models": [MODEL], "tokens": [TOKEN], "events": [EVENT], "next": "",
}  # fmt: skip

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["\ud800", "\r\nX: y", "../x", "http://[::1", "http://h:99999/", 10**400,
                       "/etc/passwd", "file:///etc/passwd", "\x1b[2J", "have", "need"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in pairs if isinstance(value, dict | list) else ():
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))
        else:
            yield (*path, key)


@st.composite
def hostile_bodies(draw: st.DrawFn) -> bytes:
    """A valid body with junk at some places, or no JSON at all."""
    body = copy.deepcopy(draw(st.sampled_from([EVERYTHING, VERSION, MODEL, OFFER])))
    for path in draw(st.lists(st.sampled_from(list(places(body))), min_size=0, max_size=3)):
        with suppress(KeyError, IndexError, TypeError):
            place = body
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = draw(junk)
    text = json.dumps(body).encode()
    return draw(st.just(text) | st.just(text[: len(text) // 2]) | st.binary(max_size=9))


hostile_answers = st.builds(
    Answer,
    st.sampled_from([200, 200, 200, 201, 206, 302, 400, 404, 409, 500, 503]),
    hostile_bodies(),
    st.dictionaries(
        st.sampled_from(["location", "retry-after", "content-range", "x-request-id"]),
        st.sampled_from(["http://[::1", "http://h:99999/", "ftp://h/", "http://storage/f",
                         "9" * 999,
                         "-1", "NaN", "²", "bytes 0-0/1", "x\r\ny", ""]),
    ),
)  # fmt: skip


class Hostile(Script):
    """Gives the same answers again and again."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self._all = answers

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        if len(self.requests) > 30_000:
            raise AssertionError("the client goes on and on")
        given = self._all[(len(self.requests) - 1) % len(self._all)]
        return Answer(given.status, given.body, given.headers)


def uses(client: Client, folder: Path) -> list[Callable[[], object]]:
    return [
        client.check,
        lambda: list(client.list()),
        lambda: client.get("m"),
        lambda: client.update("m", license="MIT"),
        lambda: list(client.versions("m")),
        lambda: client.version("m"),
        lambda: client.create_token(["read:*"]),
        lambda: list(client.tokens()),
        lambda: list(client.audit("m")),
        lambda: client.set_alias("m", "prod", 1),
        lambda: client.pull("m", to=folder / "out", wait_s=0),
        lambda: client.open("m", wait_s=0).read(),
        lambda: client.push(folder / "f", name="m"),
        lambda: client.push(folder / "large", name="m"),
        lambda: client.verify(folder, "m"),
        lambda: client.delete("m"),
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers=st.lists(hostile_answers, min_size=1, max_size=3))
def test_whatever_is_answered_only_our_errors_come_out(
    answers: list[Answer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    # GIVEN a registry that answers anything, and a directory with something to push
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "f").write_bytes(b"x")
    with (folder / "large").open("wb") as large:
        large.truncate(5_000_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Retry, "_pause_s", lambda *_: 0)
        patch.setattr("modelguard._api._MAX_PAGES", 9)
        patch.setenv("MODELGUARD_CACHE", str(folder / "cache"))
        patch.setenv("MODELGUARD_CONFIG", str(folder / "config.json"))
        client = Client("http://registry", transport=Hostile(*answers))

        # WHEN everything is tried THEN it works or fails as documented
        for use in uses(client, folder):
            with suppress(ModelGuardError):
                use()

    # AND nothing was written outside the directories for it
    assert {path.name for path in folder.iterdir()} <= {"f", "large", "out", "cache"}


COMMANDS = [
    "ls", "ls --json", "show m", "show m --json", "versions m", "alias m", "alias m prod",
    "rm m -y", "rm m -t code -y", "audit m", "update m --tag a=b", "rescan m", "whoami",
    "push f -n m", "push large -n m --alias prod", "pull m -o out --wait 0",
    "pull m -o - --wait 0", "verify out -n m",
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers=st.lists(hostile_answers, min_size=1, max_size=3))
def test_every_command_ends_with_lines_and_a_status(
    answers: list[Answer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    # GIVEN a registry that answers anything
    folder = tmp_path_factory.mktemp("commands")
    (folder / "f").write_bytes(b"x")
    with (folder / "large").open("wb") as large:
        large.truncate(5_000_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(Retry, "_pause_s", lambda *_: 0)
        patch.setattr("modelguard._api._MAX_PAGES", 9)
        patch.setattr("modelguard._client.WAIT_S", 0.01)
        patch.setattr("modelguard._client.HttpTransport", lambda: Hostile(*answers))
        patch.setenv("MODELGUARD_URL", "http://registry")
        patch.setenv("MODELGUARD_CACHE", str(folder / "cache"))
        patch.setenv("MODELGUARD_CONFIG", str(folder / "config.json"))
        for command in COMMANDS:
            # WHEN a command runs
            result = CliRunner().invoke(app, command.split())

            # THEN it ends by itself, and nothing that it prints controls a terminal
            assert result.exception is None or isinstance(result.exception, SystemExit), command
            assert result.exit_code in {0, 1, 3, 4, 5, 6, 7}
            if "-o -" not in command:
                text = (result.stdout + result.stderr).replace("\n", "")
                assert text.isprintable()


@pytest.mark.parametrize(
    "content",
    [
        b'{"size": Infinity}', b'{"size": NaN}', b'{"size": 1e999}', b"[" * 200_000,
        b'{"a":' * 100_000, b'{"path": "\\ud800"}', b'{"n": ' + b"9" * 5000 + b"}", b"\xff",
        b"null",
    ],
    ids=lambda content: str(content[:20]),
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400])
def test_what_is_not_json_is_an_error(content: bytes, status: int) -> None:
    with pytest.raises(ModelGuardError):
        Client("http://registry", transport=Hostile(Answer(status, content))).get("m")


@pytest.mark.parametrize(
    "files", [[], None, 3, [{}], [{"path": "f", "size": -1, "sha256": SHA256}]]
)
def test_a_version_without_proper_files_is_an_error(files: object, tmp_path: Path) -> None:
    script = Hostile(answer(VERSION | {"files": files}))
    with pytest.raises(ServerError, match="not a ModelGuard registry"):
        Client("http://registry", transport=script).pull("m", to=tmp_path)


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "/etc/passwd", "state": "need", "url": "http://storage/f", "headers": {}},
        {"path": "large", "url": "http://storage/f", "headers": {}},
        {"path": "large", "state": "need", "url": 5, "headers": {}},
        {"path": "large", "state": "need", "url": "file:///etc/passwd", "headers": {}},
        {"path": "large", "state": "need", "url": "http://s/f", "headers": {"A": "b\r\nC: d"}},
        {"path": "large", "state": "need", "parts": [{"part_number": "x", "url": "http://s/"}]},
        {"path": "large", "state": "need", "parts": [{"part_number": 10**9, "url": "http://s/"}]},
        "large",
    ],
)
def test_an_offer_that_makes_no_sense_sends_nothing(
    entry: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a registry whose offer is about another file, or has no proper request
    monkeypatch.setenv("MODELGUARD_CACHE", str(tmp_path / "cache"))
    with (tmp_path / "large").open("wb") as large:
        large.truncate(5_000_000)
    script = Hostile(answer({"upload_id": "u", "files": [entry]}))

    # WHEN a file is pushed THEN that is an error, and no byte went anywhere
    with pytest.raises(ModelGuardError):
        Client("http://registry", transport=script).push(tmp_path / "large", name="m")
    assert {request.method for request in script.requests} <= {"GET", "POST"}
    assert all(request.url.startswith("http://registry/") for request in script.requests)


@pytest.mark.parametrize(
    "location",
    ["http://[::1", "http://storage:99999/", "/relative", "file:///etc/passwd", "", "http://a b/"],
)
def test_a_redirect_to_no_url_is_an_error(location: str, tmp_path: Path) -> None:
    script = Script(answer(VERSION), Answer(302, headers={"location": location}))
    with pytest.raises(TransportError, match="redirected f to an invalid URL"):
        Client("http://registry", transport=script).pull("m", to=tmp_path)


def test_an_encrypted_registry_cannot_redirect_to_an_unencrypted_storage(tmp_path: Path) -> None:
    script = Script(answer(VERSION), Answer(302, headers={"location": "http://storage/f"}))
    with pytest.raises(TransportError, match="invalid URL"):
        Client("https://registry", transport=script).pull("m", to=tmp_path)


def test_a_listing_that_never_ends_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelguard._api._MAX_PAGES", 500)

    # GIVEN listings whose pages are empty, repeat their token, or go on for ever
    class Endless(Script):
        def __init__(self, items: list[Any], *, fresh: bool) -> None:
            super().__init__()
            self._items, self._fresh = items, fresh

        def send(self, request: Request) -> Answer:
            self.requests.append(request)
            token = os.urandom(8).hex() if self._fresh else "t"
            return answer({"models": self._items, "next": token})

    for items, fresh in (([], True), ([MODEL], False), ([MODEL], True)):
        script = Endless(items, fresh=fresh)

        # WHEN they are read to their end THEN that is an error
        with pytest.raises(ServerError, match="not a ModelGuard registry"):
            list(Client("http://registry", transport=script).list())
        assert len(script.requests) < 1_000


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BOUNDLESS = {
    "an endless chunked body": (CHUNKED, b"800\r\n" + b" " * 2048 + b"\r\n", False),
    "an endless body": (HEAD + b"\r\n", b" " * 65536, False),
    "a length of 10^15": (HEAD + b"Content-Length: 1000000000000000\r\n\r\n{", b"", True),
    "a negative length": (HEAD + b"Content-Length: -5\r\n\r\n{}", b"", True),
    "a length that is not a number": (HEAD + b"Content-Length: 5x\r\n\r\n{}", b"", True),
    "endless interim responses": (CONTINUE, CONTINUE * 999, False),
    "endless headers": (HEAD, b"X: y\r\n" * 9999, False),
    "endless trailers": (CHUNKED + b"0\r\n", b"X: y\r\n" * 9999, False),
    "long chunk extensions": (CHUNKED, b"1;" + b"x" * 60_000 + b"\r\n \r\n", False),
    "no HTTP": (b"\x00" * 99, b"", False),
    "no chunk": (CHUNKED + b"zz\r\n", b"", False),
    "a wait for ever": (
        b"HTTP/1.1 429 No\r\nRetry-After: " + b"9" * 400 + b"\r\n" + EMPTY,
        b"",
        False,
    ),
    "an endless error": (b"HTTP/1.1 400 No\r\n\r\n", b"[" * 9999, False),
}


@pytest.mark.enable_socket
@pytest.mark.parametrize(("sent", "forever", "hold"), BOUNDLESS.values(), ids=BOUNDLESS)
def test_an_answer_without_bounds_ends_soon(sent: bytes, forever: bytes, hold: bool) -> None:  # noqa: FBT001
    # GIVEN a server that sends without end, or promises what never comes
    with raw_server(sent, forever=forever, hold=hold) as url, Client(url) as client:
        began_s = time.monotonic()

        # WHEN it is asked THEN the error comes soon
        with pytest.raises(ModelGuardError) as caught:
            client.get("m")
    assert time.monotonic() - began_s < 20
    assert "\n" not in caught.value.message


@pytest.mark.enable_socket
@pytest.mark.parametrize("sent", [b"HTTP/1.1 200", HEAD + b"Content-Length: 9\r\n\r\n{"])
def test_a_server_that_falls_silent_is_left(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a server that begins an answer and holds the connection
    monkeypatch.setattr(modelguard._paced, "READ_TIMEOUT_S", 0.2)
    monkeypatch.setattr("modelguard._retry.random.uniform", lambda *_: 0)
    # WHEN it is asked THEN it is given up
    with (
        raw_server(sent, hold=True) as url,
        Client(url) as client,
        pytest.raises(TransportError, match="timed out"),
    ):
        client.get("m")


@pytest.mark.enable_socket
def test_a_body_that_trickles_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a client with little patience, and a server that sends some bytes again and again
    monkeypatch.setattr(modelguard._paced, "READ_TIMEOUT_S", 0.3)
    monkeypatch.setattr(modelguard._paced, "MIN_BYTES_PER_S", 10**9)
    monkeypatch.setattr("modelguard._retry.random.uniform", lambda *_: 0)
    head = HEAD + b"Content-Length: 1000000\r\n\r\n"
    # WHEN it is asked THEN each answer is given up when its time is over
    with (
        raw_server(head, forever=b" ", hold=True) as url,
        Client(url) as client,
        pytest.raises(TransportError, match="timed out"),
    ):
        client.get("m")


def test_a_file_whose_length_is_not_the_recorded_one_is_not_waited_for(tmp_path: Path) -> None:
    # GIVEN a registry that promises far more than the file has
    huge = Answer(200, b"x", {"content-length": "1000000000000"})
    script = Hostile(answer(VERSION), huge, huge)

    # WHEN it is pulled THEN that is an error, and nothing is read for it
    with pytest.raises(ModelGuardError):
        Client("http://registry", transport=script).pull("m", to=tmp_path)
    assert len(script.requests) <= 3


@pytest.mark.parametrize("linked", [".modelguard", f".modelguard/{SHA256_OF_X}.part",
                                    f".modelguard/{SHA256_OF_X}.done", ".modelguard/origins.json",
                                    ".modelguard/origins.new"])  # fmt: skip
def test_a_link_in_the_work_directory_is_not_followed(linked: str, tmp_path: Path) -> None:
    # GIVEN a directory whose work directory, or a file in it, is a link to elsewhere
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("p")
    place = tmp_path / "out" / linked
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere if linked == ".modelguard" else elsewhere / "precious")
    files = [{"path": "f", "size": 1, "sha256": SHA256_OF_X}]
    script = Hostile(answer(VERSION | {"files": files}), Answer(200, b"x"))

    # WHEN a version is pulled into it
    with suppress(ModelGuardError):
        Client("http://registry", transport=script).pull("m", to=tmp_path / "out")

    # THEN nothing was written through the link
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]
    assert (elsewhere / "precious").read_text() == "p"
