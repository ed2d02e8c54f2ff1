"""The engine's harness finds, stops and heals it, whatever happened to its process."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from local import stack
from local.engine import HOST, REGION, Engine, free_port
from tests.support.waiting import wait_until
from tools import ROOT
from tools.console import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[Engine]:
    """An engine that a test may hurt; not started."""
    engine = Engine(tmp_path / "home of engine")
    yield engine
    engine.stop()


def s3_of(engine: Engine) -> S3Client:
    session = boto3.Session("local", "local", None, REGION)
    return session.client("s3", endpoint_url=engine.url)


def write_record(engine: Engine, text: str) -> None:
    engine.home.mkdir(parents=True, exist_ok=True)
    (engine.home / "engine.json").write_text(text)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_listens_on_the_loopback_interface_only(spare: Engine) -> None:
    # WHEN an engine runs
    spare.start(free_port(), with_parent=True)

    # THEN every socket that listens on its port is bound to 127.0.0.1
    rows = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A"]
    here = [address for address in listening if address.endswith(f":{spare.port:04X}")]
    assert here == [f"0100007F:{spare.port:04X}"]
    # AND its process listens nowhere else
    inodes = {row[9] for row in rows if row[3] == "0A"}
    opened = [str(fd.readlink()) for fd in Path(f"/proc/{spare.pid}/fd").iterdir()]
    assert len([link for link in opened if link[8:-1] in inodes]) == 1


def test_keeps_its_data_through_a_stop_and_a_start(spare: Engine) -> None:
    # GIVEN an object in an engine
    spare.start(free_port(), with_parent=True)
    s3_of(spare).create_bucket(Bucket="kept")
    s3_of(spare).put_object(Bucket="kept", Key="model/a/b.bin", Body=bytes(range(256)))

    # WHEN it is stopped and started on another port
    assert spare.stop()
    assert not spare.healthy()
    spare.start(free_port(), with_parent=True)

    # THEN the object is there
    answer = s3_of(spare).get_object(Bucket="kept", Key="model/a/b.bin")
    assert answer["Body"].read() == bytes(range(256))


def test_functions_see_nothing_of_the_users_environment(
    spare: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a user with credentials and an import path
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    # WHEN the engine starts, whose environment its functions inherit
    environment = spare._environment(4566)

    # THEN none of it is in there
    assert {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH"}.isdisjoint(environment)


def test_functions_import_what_was_deployed_and_nothing_of_this_checkout(spare: Engine) -> None:
    # GIVEN names of packages that the engine's own environment has, the checkout's among them
    names = ["lambdas", "modelguard_scanner", "modelguard", "local", "boto3", "pydantic"]
    assert all(find_spec(name) for name in names)

    # WHEN a function is asked which of them it can import, and its own module
    spare.start(free_port(), with_parent=True)
    found = importable_in_a_function(spare, [*names, "index", "json"])

    # THEN it is its own module and the standard library, as on AWS
    assert found == ["index", "json"]


def importable_in_a_function(engine: Engine, names: list[str]) -> list[str]:
    code = (
        "from importlib.util import find_spec\n"
        "def handler(names, context):\n"
        "    return [name for name in names if find_spec(name)]\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    functions = boto3.Session("local", "local", None, REGION).client(
        "lambda", endpoint_url=engine.url
    )
    functions.create_function(
        FunctionName="probe",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{stack.ACCOUNT}:role/probe",
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    answer = functions.invoke(FunctionName="probe", Payload=json.dumps(names).encode())
    found: list[str] = json.load(answer["Payload"])
    return found


def test_a_pid_that_another_process_got_is_not_touched(spare: Engine) -> None:
    # GIVEN a record that names a process which is not the engine
    with subprocess.Popen(["/bin/sleep", "60"]) as other:
        write_record(spare, json.dumps({"pid": other.pid, "port": 4566}))

        # WHEN the engine is looked for and stopped
        stopped = spare.stop()

        # THEN it counts as stopped, and the other process lives
        assert not stopped
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": -1, "port": null}'])
def test_a_damaged_record_counts_as_stopped(spare: Engine, text: str) -> None:
    # GIVEN a record that a crash cut off
    write_record(spare, text)

    # THEN there is no engine, and one can be started
    assert spare.pid == 0
    spare.start(free_port(), with_parent=True)
    assert spare.healthy()


def test_starts_again_after_it_was_killed(spare: Engine) -> None:
    # GIVEN an engine whose process was killed
    spare.start(free_port(), with_parent=True)
    os.kill(spare.pid, signal.SIGKILL)
    wait_until(lambda: spare.pid == 0)

    # WHEN it is started again on the same port
    spare.start(spare.port, with_parent=True)

    # THEN it answers
    assert spare.healthy()


def test_says_that_a_port_is_taken(spare: Engine) -> None:
    # GIVEN a port that is in use
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        # THEN it is not offered as free
        assert free_port(port) != port
        # AND starting there fails with the engine's own words
        with pytest.raises(CommandError, match=f"{HOST}:{port} is already in use"):
            spare.start(port, with_parent=True)


def test_stops_when_the_tests_that_started_it_are_killed(spare: Engine) -> None:
    # GIVEN an engine that another process started for itself
    program = (
        "import sys; from pathlib import Path; from local.engine import Engine, free_port;"
        "Engine(Path(sys.argv[1])).start(free_port(), with_parent=True); print('up', flush=True);"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(spare.home)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "up\n"
        assert spare.pid

        # WHEN that process is killed
        parent.kill()

        # THEN the engine stops by itself
        wait_until(lambda: spare.pid == 0)


def test_two_engines_never_share_a_directory(spare: Engine) -> None:
    # GIVEN an engine whose record got lost
    spare.start(free_port(), with_parent=True)
    pid = spare.pid
    record = (spare.home / "engine.json").read_text()

    # WHEN another one is started on its directory THEN it refuses and names the first
    with pytest.raises(CommandError, match=rf"an engine \(pid {pid}\) already uses"):
        Engine(spare.home).start(free_port(), with_parent=True)
    write_record(spare, record)
    assert spare.healthy()


def test_empties_an_engine_on_which_no_deployment_was_completed(spare: Engine) -> None:
    # GIVEN a stack that exists only as an unexecuted change set, and a leftover bucket
    spare.start(free_port(), with_parent=True)
    s3_of(spare).create_bucket(Bucket="left-behind")
    stack.cloudformation(spare).create_change_set(
        StackName=stack.STACK_NAME,
        ChangeSetName="interrupted",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}',
    )
    wait_until(lambda: stack.status(spare) == "REVIEW_IN_PROGRESS")

    # WHEN it is healed
    stack.recover(spare)

    # THEN nothing stands in the way of a deployment
    assert stack.status(spare) == ""
    assert s3_of(spare).list_buckets()["Buckets"] == []


def test_keeps_the_data_of_a_complete_stack(spare: Engine) -> None:
    # GIVEN a complete stack, and data
    spare.start(free_port(), with_parent=True)
    s3_of(spare).create_bucket(Bucket="data")
    stack.cloudformation(spare).create_stack(
        StackName=stack.STACK_NAME,
        TemplateBody='{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}',
    )
    wait_until(lambda: stack.is_up(spare))

    # WHEN it is healed
    stack.recover(spare)

    # THEN everything is still there
    assert stack.is_up(spare)
    assert len(s3_of(spare).list_buckets()["Buckets"]) == 2


def test_a_missing_stack_is_named(spare: Engine) -> None:
    # GIVEN an empty engine
    spare.start(free_port(), with_parent=True)

    # THEN describing the deployment fails with its name
    with pytest.raises(CommandError, match=f"no complete {stack.STACK_NAME} stack"):
        stack.describe(spare)
