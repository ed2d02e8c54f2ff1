"""The client against real servers: the local engine, and the handlers over an S3 server with
ranges, with a proxy in between that does what networks do."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from benchmarks.gateway import gateway
from benchmarks.s3_server import s3_server
from modelguard import (
    Client,
    IntegrityError,
    NotFoundError,
    PendingError,
    TransportError,
)
from tests.client.fault_proxy import Exchange, Fault, FaultProxy, fault_proxy
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local import stack
    from local.engine import Engine

MIB = 1024**2
LARGE = 80 * MIB
"""Five parts of 16 MiB up, as many ranges down."""


@pytest.fixture(scope="session")
def registry_url(
    engine: Engine, deployed: stack.Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A registry whose storage answers ranges of an object version, which the engine's does not."""
    with (
        s3_server(tmp_path_factory.mktemp("weed")) as s3,
        gateway(engine, deployed.table, s3) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def large_content() -> bytes:
    block = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(MIB // 32))
    return b"".join(bytes([n]) + block[1:] for n in range(LARGE // MIB))


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with a home of their own."""
    monkeypatch.setenv("MODELGUARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))
    monkeypatch.delenv("MODELGUARD_URL", raising=False)
    monkeypatch.delenv("MODELGUARD_TOKEN", raising=False)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    with fault_proxy() as running:
        monkeypatch.setenv("http_proxy", running.url)
        yield running


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A model's name of the test's own."""
    return f"t-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}"


@pytest.fixture
def model(tmp_path: Path, large_content: bytes) -> Path:
    """A model directory: a large file, small ones, one in a folder with an awkward name."""
    folder = tmp_path / "model"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(large_content)
    (folder / "config.json").write_text('{"layers": 2}')
    (folder / "sub dir" / 'a "b" é.txt').write_bytes(bytes(range(256)))
    (folder / "empty").write_bytes(b"")
    (folder / ".hidden").write_text("no")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every visible file of a directory by its path."""
    found = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in found}
    return {key: path.read_bytes() for key, path in named.items() if not key.startswith(".")}


def is_put(exchange: Exchange) -> bool:
    return exchange.method == "PUT" and exchange.signed


def is_range(exchange: Exchange) -> bool:
    return exchange.method == "GET" and exchange.signed


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "modelguard", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), check=False, capture_output=True, text=True)


def kill_when(condition: threading.Event | None, *arguments: str, at: object) -> None:
    """Start a command and kill it, as `kill -9` does, when a condition holds."""
    assert callable(at)
    assert condition is None or not condition.is_set()
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: bool(at()) or process.poll() is not None, timeout_s=60)
        assert process.poll() is None, process.communicate()
        os.kill(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("where", ["api_url", "registry_url"])
def test_what_is_pushed_is_what_is_pulled(
    where: str, request: pytest.FixtureRequest, model: Path, name: str, tmp_path: Path
) -> None:
    # GIVEN a directory with a large file, pushed
    with Client(request.getfixturevalue(where)) as client:
        version = client.push(model, name=name, license="MIT", message="first", alias="prod")

        # WHEN it is pulled by its alias
        pulled = client.pull(name, "prod", to=tmp_path / "out")

        # THEN everything but the hidden file is there, and nothing else
        expected = {key: each for key, each in contents(model).items() if key != ".hidden"}
        assert contents(tmp_path / "out") == expected
        assert pulled.version.number == version.number == 1
        # AND it verifies, and reads like a file
        assert [each.ok for each in client.verify(tmp_path / "out")] == [True]
        with client.open(name, file="weights.bin") as file:
            file.seek(40 * MIB)
            assert file.read(3) == expected["weights.bin"][40 * MIB :][:3]


def test_pushing_again_sends_no_bytes(
    registry_url: str, proxy: FaultProxy, model: Path, name: str
) -> None:
    # GIVEN a pushed directory
    with Client(registry_url) as client:
        client.push(model, name=name)
        proxy.log.clear()

        # WHEN it is pushed again THEN the version is the same, and nothing went to the storage
        assert client.push(model, name=name).number == 1
        # AND a new one, if that is wanted, needs no byte either
        assert client.push(model, name=name, force=True).number == 2
        assert [each for each in proxy.log if each.signed] == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(answer=503),
        Fault(answer=500),
        Fault(answer=429, headers={"Retry-After": "0"}),
        Fault(answer=403),
        Fault(answer=400, body=b"<Error><Code>RequestTimeout</Code></Error>"),
        Fault(cut_request=True),
        Fault(cut_answer_at=0),
        Fault(corrupt_request=True),
    ],
    ids=lambda fault: next(key for key in fault.__slots__ if getattr(fault, key) not in (0, None)),
)
def test_a_push_arrives_through_faults(
    registry_url: str, proxy: FaultProxy, model: Path, name: str, fault: Fault
) -> None:
    # GIVEN a storage that fails three times
    proxy.first(3, fault, is_put)

    # WHEN a directory is pushed
    with Client(registry_url) as client:
        version = client.push(model, name=name)

    # THEN it arrived, and S3 checked the bytes
    expected = {key: hashlib.sha256(each).hexdigest() for key, each in contents(model).items()}
    assert {file.path: file.sha256 for file in version.files} == {
        key: each for key, each in expected.items() if key != ".hidden"
    }


@pytest.mark.parametrize(
    "fault",
    [
        Fault(answer=503),
        Fault(answer=429, headers={"Retry-After": "0"}),
        Fault(answer=403),
        Fault(cut_answer_at=3 * MIB),
        Fault(cut_answer_at=0),
        Fault(corrupt_answer=True),
    ],
    ids=["503", "429", "403", "cut", "cut at once", "corrupt"],
)
def test_a_pull_is_right_through_faults(
    registry_url: str, proxy: FaultProxy, model: Path, name: str, tmp_path: Path, fault: Fault
) -> None:
    # GIVEN a pushed directory and a storage that fails three times
    with Client(registry_url) as client:
        client.push(model, name=name)
        proxy.first(3, fault, is_range)

        # WHEN it is pulled
        client.pull(name, to=tmp_path / "out")

    # THEN the bytes are right
    assert contents(tmp_path / "out")["weights.bin"] == (model / "weights.bin").read_bytes()


def test_an_interrupted_range_resumes_where_it_stopped(
    registry_url: str, proxy: FaultProxy, model: Path, name: str, tmp_path: Path
) -> None:
    # GIVEN a range that breaks off after 3 MiB
    with Client(registry_url, jobs=1) as client:
        client.push(model, name=name)
        proxy.log.clear()
        proxy.first(1, Fault(cut_answer_at=3 * MIB), is_range)

        # WHEN it is pulled
        client.pull(name, to=tmp_path / "out", file="weights.bin")

    # THEN the next request asks for the rest alone
    assert [each.range for each in proxy.log if is_range(each)][:2] == [
        f"bytes=0-{16 * MIB - 1}",
        f"bytes={3 * MIB}-{16 * MIB - 1}",
    ]


def test_bytes_that_stay_wrong_get_no_name(
    registry_url: str, proxy: FaultProxy, model: Path, name: str, tmp_path: Path
) -> None:
    # GIVEN a network that damages every download
    with Client(registry_url) as client:
        client.push(model, name=name)
        proxy.rule = lambda exchange: Fault(corrupt_answer=True) if is_range(exchange) else None

        # WHEN it is pulled THEN it fails, and nothing of the file is left
        with pytest.raises(IntegrityError, match=r"weights\.bin"):
            client.pull(name, to=tmp_path / "out", file="weights.bin")
    assert contents(tmp_path / "out") == {}
    assert not list((tmp_path / "out").rglob("*.part"))


def test_a_storage_that_refuses_every_url_is_an_error_and_not_a_loop(
    registry_url: str, proxy: FaultProxy, model: Path, name: str
) -> None:
    # GIVEN a storage that refuses everything
    proxy.rule = lambda exchange: Fault(answer=403) if is_put(exchange) else None

    # WHEN a directory is pushed THEN it says so
    refused = pytest.raises(TransportError, match="through any of its URLs")
    with Client(registry_url) as client, refused:
        client.push(model, name=name)


def test_a_killed_push_resumes_without_sending_again(
    registry_url: str, proxy: FaultProxy, model: Path, name: str
) -> None:
    # GIVEN a push that is killed after two parts of five arrived
    hold = threading.Event()
    proxy.rule = lambda exchange: (
        Fault(hold=hold)
        if is_put(exchange) and len([e for e in proxy.done("PUT") if e.sent == 16 * MIB]) >= 2
        else None
    )
    arguments = ("push", str(model), "--name", name, "--url", registry_url, "--jobs", "1")
    kill_when(
        hold,
        *arguments,
        at=lambda: len([e for e in proxy.done("PUT") if e.sent == 16 * MIB]) >= 2,
    )
    proxy.rule = lambda _: None
    hold.set()
    wait_until(lambda: all(each.ended for each in proxy.log))
    arrived = {each.url.split("&X-Amz")[0].split("?X-Amz")[0] for each in proxy.done("PUT")}
    proxy.log.clear()

    # WHEN the same command runs again
    outcome = run(*arguments, "--json")

    # THEN it sends what had not arrived, and only that
    assert outcome.returncode == 0, outcome.stderr
    sent = sum(each.sent for each in proxy.log if is_put(each))
    assert 0 < sent <= LARGE - 2 * 16 * MIB + 1000
    assert len(arrived) >= 2
    assert not [e for e in proxy.log if e.method == "POST" and e.path.endswith("/uploads")]
    # AND the version is whole
    files = {each["path"]: each["sha256"] for each in json.loads(outcome.stdout)["files"]}
    expected = hashlib.sha256((model / "weights.bin").read_bytes()).hexdigest()
    assert files["weights.bin"] == expected


def test_a_killed_pull_resumes_without_fetching_again(
    registry_url: str, proxy: FaultProxy, model: Path, name: str, tmp_path: Path
) -> None:
    # GIVEN a pull that is killed after two ranges of five came
    with Client(registry_url) as client:
        client.push(model, name=name)
    out = tmp_path / "out"
    hold = threading.Event()
    proxy.log.clear()
    proxy.rule = lambda exchange: (
        Fault(hold=hold) if is_range(exchange) and len(proxy.done("GET")) >= 2 else None
    )
    arguments = ("pull", name, "-o", str(out), "--url", registry_url, "--jobs", "1")
    kill_when(hold, *arguments, at=lambda: sum(is_range(each) for each in proxy.log) >= 3)

    # THEN no file has its name without its bytes
    assert "weights.bin" not in contents(out)

    # WHEN the same command runs again
    proxy.rule = lambda _: None
    hold.set()
    proxy.log.clear()
    outcome = run(*arguments)

    # THEN it fetches the three ranges that were missing, and the bytes are right
    assert outcome.returncode == 0, outcome.stderr
    assert len({each.range for each in proxy.log if is_range(each)}) == 3
    assert contents(out)["weights.bin"] == (model / "weights.bin").read_bytes()
    assert not list(out.rglob("*.part"))


def test_a_pending_inspection_is_waited_for(
    registry_url: str, proxy: FaultProxy, name: str, tmp_path: Path
) -> None:
    # GIVEN a version whose inspection takes two polls
    (tmp_path / "a.txt").write_text("hello")
    pending = Fault(
        answer=409,
        headers={"Retry-After": "1"},
        body=b'{"error": "The inspection is pending", "error_code": "ARTIFACT_PENDING"}',
    )
    with Client(registry_url) as client:
        client.push(tmp_path / "a.txt", name=name)
        proxy.first(1, pending, lambda each: "file=" in each.url)

        # WHEN it is pulled THEN it waits and gets it
        client.pull(name, to=tmp_path / "out")
        assert contents(tmp_path / "out") == {"a.txt": b"hello"}

        # AND gives up when it may not wait
        proxy.first(1, pending, lambda each: "file=" in each.url)
        with pytest.raises(PendingError):
            client.pull(name, to=tmp_path / "other", wait_s=0)


def test_a_retried_small_push_is_one_version(
    api_url: str, proxy: FaultProxy, name: str, tmp_path: Path
) -> None:
    # GIVEN a registry whose first answer gets lost
    (tmp_path / "a.txt").write_text("hello")
    proxy.first(1, Fault(cut_answer_at=0), lambda each: each.method == "POST")

    # WHEN a small file is pushed
    with Client(api_url) as client:
        version = client.push(tmp_path / "a.txt", name=name)

        # THEN the retry was answered with the version that existed already
        assert len([each for each in proxy.log if each.method == "POST"]) == 2
        assert version.number == 1
        assert [each.number for each in client.versions(name)] == [1]


def test_the_catalogue_through_the_sdk(api_url: str, name: str, tmp_path: Path) -> None:
    # GIVEN two versions of a model
    (tmp_path / "a.txt").write_text("one")
    with Client(api_url) as client:
        client.push(tmp_path / "a.txt", name=name, license="MIT")
        (tmp_path / "a.txt").write_text("two")
        client.push(tmp_path / "a.txt", name=name, message="second", alias="prod")

        # THEN it is listed, shown, edited
        assert [each.name for each in client.list(name)] == [name]
        assert client.get(name).aliases == {"model": {"prod": 2}}
        assert client.update(name, description="a model", tags={"team": "a"}).tags == {"team": "a"}
        assert [each.message for each in client.versions(name)] == ["second", ""]
        # AND aliases move and go
        client.set_alias(name, "prod", 1)
        assert client.version(name, "prod").number == 1
        client.remove_alias(name, "prod")
        with pytest.raises(NotFoundError):
            client.version(name, "prod")
        # AND versions and the model are deleted
        client.delete_version(name, 1)
        assert [each.number for each in client.versions(name)] == [2]
        client.delete(name)
        with pytest.raises(NotFoundError):
            client.get(name)


def test_a_user_works_at_the_command_line(
    api_url: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a user who logged in
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.json").write_text("{}")
    (tmp_path / "m" / "weights.bin").write_bytes(bytes(1000))
    assert run("ls").returncode == 2
    assert run("login", api_url).returncode == 0

    # THEN they can push, look, pull and verify
    assert run("push", "m", "--name", name, "--dry-run").stdout.split()[0] == "config.json"
    assert run("push", "m", "--name", name, "--alias", "prod").stdout.startswith(
        f"{name}:1  1.0 kB"
    )
    assert name in run("ls", name).stdout
    assert json.loads(run("show", name, "--json").stdout)["version"]["number"] == 1
    assert run("pull", f"{name}:prod", "-o", "out").stdout.split() == [
        "out/config.json",
        "out/weights.bin",
    ]
    assert run("verify", "out").returncode == 0
    # AND a damaged file is named
    (tmp_path / "out" / "weights.bin").write_bytes(bytes(999) + b"x")
    damaged = run("verify", "out")
    assert (damaged.returncode, damaged.stdout) == (6, "weights.bin: different\n")
    # AND errors are one line and a status
    missing = run("pull", "no-such-model")
    assert missing.returncode == 3
    assert missing.stderr.count("\n") == 1
    assert missing.stderr.startswith("error: ")
    assert run("rm", name).returncode == 2  # no terminal to ask at
    assert run("rm", name, "-y").returncode == 1  # an alias points at it
    assert run("alias", name, "prod", "--remove").returncode == 0
    assert run("rm", name, "-y").returncode == 0
    assert run("show", name).returncode == 3
    assert run("ls", "--url", "http://127.0.0.1:1").returncode == 7


def test_a_second_pull_into_the_same_directory_waits_its_turn(
    registry_url: str, proxy: FaultProxy, model: Path, name: str, tmp_path: Path
) -> None:
    # GIVEN a pull that is under way
    hold = threading.Event()
    with Client(registry_url) as client:
        client.push(model, name=name)
        proxy.rule = lambda exchange: Fault(hold=hold) if is_range(exchange) else None
        arguments = ("pull", name, "-o", str(tmp_path / "out"), "--url", registry_url)
        with subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL) as first:
            wait_until(lambda: any(is_range(each) and not each.status for each in proxy.log))

            # WHEN another one begins THEN it waits, and both end well
            second = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)
            assert second.stderr is not None
            assert second.stderr.readline().startswith("waiting for another pull into")
            hold.set()
            with second:
                assert second.wait() == 0
        assert first.returncode == 0
    assert contents(tmp_path / "out")["weights.bin"] == (model / "weights.bin").read_bytes()
