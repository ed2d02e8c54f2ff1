"""A stack of an earlier commit, filled over HTTP, is upgraded by this tree and loses nothing."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from local import cdk_runner, stack
from local.engine import Engine, free_port
from tests.support.over_http import Api
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE_VARIABLE = "MODELGUARD_UPGRADE_FROM"
"""A git revision to upgrade from, instead of the last tag or the commit before."""
KINDS = ("model", "code", "dataset")
BIG = os.urandom(4_400_000)


def git(*arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, capture_output=True
    ).stdout


def earlier_revision() -> str:
    """Return the revision to upgrade from: the variable's, else the last tag, else HEAD~1."""
    for revision in (os.environ.get(BASE_VARIABLE), "--tag", "HEAD~1"):
        try:
            if revision == "--tag":
                return git("describe", "--tags", "--abbrev=0").decode().strip()
            if revision:
                return git("rev-parse", "--verify", "--quiet", revision).decode().strip()
        except (subprocess.CalledProcessError, OSError):
            continue
    pytest.skip("there is no git history to upgrade from")


@pytest.fixture(scope="module")
def earlier_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The earlier commit's files."""
    archive = git("archive", "--format=zip", earlier_revision())
    folder = tmp_path_factory.mktemp("earlier")
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def own_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("upgraded"))
    engine.start(free_port(), with_parent=True)
    yield engine
    engine.stop()


@dataclass(frozen=True)
class Stored:
    """What a client knows of an upload: where it is, its bytes, and the answer to it."""

    kind: str
    name: str
    content: bytes
    answer: dict[str, Any]


def store(api: Api, kind: str, name: str, content: bytes) -> Stored:
    answer = api.upload(name, content, kind=kind)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return Stored(kind, name, content, body)


def deploy_from(tree: Path, engine: Engine, output: Path) -> stack.Stack:
    """Deploy another tree's stack with this one's tools."""
    output.mkdir()
    cdk_runner.run(engine, output, "bootstrap", f"aws://{stack.ACCOUNT}/us-east-1", cwd=output)
    options = ["--context", "target=local", "--output", str(output / "cdk.out")]
    cdk_runner.run(engine, output, "deploy", "--all", *stack.DEPLOY_OPTIONS, *options, cwd=tree)
    return stack.describe(engine)


def test_an_upgrade_loses_nothing_and_moves_nothing(
    earlier_tree: Path, own_engine: Engine, tmp_path: Path
) -> None:
    # GIVEN a stack of the earlier commit with several versions of everything
    before = deploy_from(earlier_tree, own_engine, tmp_path / "earlier")
    stored = [
        store(Api(before.api_url), kind, name, f"{kind} {name} {number}".encode() * 100)
        for kind in KINDS
        for name in ("alpha", "beta")
        for number in range(3)
    ]
    stored.append(store(Api(before.api_url), "model", "big", BIG))

    # WHEN this tree is deployed over it
    after = stack.deploy(own_engine, tmp_path / "current")

    # THEN address, bucket and table are the same
    assert after == before
    # AND every version has the bytes and the metadata it had
    api = Api(after.api_url)
    for one in stored:
        version = {"version": one.answer["version"]}
        answer = api.fetch(one.name, kind=one.kind, params=version)
        assert (answer.status_code, answer.content) == (200, one.content), one
        wanted = {**version, "metadata_only": "true"}
        metadata = api.fetch(one.name, kind=one.kind, params=wanted).json()
        for member in ("version", "sha256", "size", "s3_key", "files", "created_at"):
            assert metadata[member] == one.answer[member], (one, member)
    # AND numbering continues where it was
    again = store(api, "model", "alpha", b"after the upgrade")
    assert again.answer["version"] == 4


def test_destroying_the_stack_keeps_its_data(own_engine: Engine, tmp_path: Path) -> None:
    # GIVEN a stack of this tree with data
    deployed = stack.deploy(own_engine, tmp_path / "kept")
    kept = store(Api(deployed.api_url), "model", "kept", b"outlives the stack")

    # WHEN it is destroyed
    output = tmp_path / "destroyed"
    output.mkdir()
    context = ["--context", "target=local", "--output", str(output / "cdk.out")]
    cdk_runner.run(own_engine, output, "destroy", "--all", "--force", *context)

    # THEN the stack is gone, and object and record are there
    assert stack.status(own_engine) in {"", "DELETE_COMPLETE"}
    clients = {
        service: stack.boto3.client(
            service,
            endpoint_url=own_engine.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        for service in ("s3", "dynamodb")
    }
    found = clients["s3"].get_object(Bucket=deployed.bucket, Key=kept.answer["s3_key"])
    assert found["Body"].read() == kept.content
    record = {"name": {"S": "kept"}, "item": {"S": "record"}}
    assert clients["dynamodb"].get_item(TableName=deployed.table, Key=record)["Item"]
