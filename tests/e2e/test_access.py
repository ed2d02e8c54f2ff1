"""The deployed stack with each kind of authorization: signatures, tokens, none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import Credentials

from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.limits import TOKEN_CACHE_SECONDS
from local import cdk_runner, stack
from local.engine import REGION, Engine, client_environment, free_port
from tests.support.over_http import Api
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

CALLER = Credentials("local", "local")
ROUTES = [
    pytest.param(route, id=f"{route.method} {route.path}")
    for spec in FUNCTIONS
    for route in spec.routes
]


class Door(Api):
    """An API that takes signatures, tokens or both; every caller may sign."""

    def create_token(self, *grants: str) -> dict[str, Any]:
        answer = self.ask("POST", "/tokens", signer=CALLER, json={"grants": list(grants)})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture(scope="module")
def own_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with two more stages on it, which the other tests must not see."""
    engine = Engine(tmp_path_factory.mktemp("access"))
    engine.start(free_port(), with_parent=True)
    output = engine.home / "cdk"
    output.mkdir()
    cdk_runner.run(engine, output, "bootstrap", f"aws://{stack.ACCOUNT}/{REGION}", cwd=output)
    yield engine
    engine.stop()


def deployed(engine: Engine, auth: str) -> Door:
    output = engine.home / auth
    output.mkdir()
    context = [
        word for pair in ("target=local", f"stage={auth}", f"auth={auth}") for word in ("-c", pair)
    ]
    options = [*stack.DEPLOY_OPTIONS, *context, "--output", str(output / "cdk.out")]
    cdk_runner.run(engine, output, "deploy", "--all", *options)
    return Door(stack.describe(engine, f"ModelGuard-{auth}").api_url)


@pytest.fixture(scope="module")
def by_token(own_engine: Engine) -> Door:
    return deployed(own_engine, "token")


@pytest.fixture(scope="module")
def by_signature(own_engine: Engine) -> Door:
    return deployed(own_engine, "iam")


def path_of(route: Any) -> str:
    path = str(route.path)
    for variable, value in (("artifact_type", "model"), ("upload_id", "0" * 32), ("id", "bert")):
        path = path.replace(f"{{{variable}}}", value)
    return path.replace("{alias}", "prod").replace("{token_id}", "0" * 16)


def code(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) >= {"error", "error_code"}
    assert answer.headers["x-request-id"]
    return answer.status_code, body["error_code"]


@pytest.mark.parametrize("route", ROUTES)
def test_without_credentials_only_health_answers(
    route: Any, by_token: Door, by_signature: Door
) -> None:
    tokenless = by_token.ask(route.method, path_of(route))
    unsigned = by_signature.ask(route.method, path_of(route))

    if route.public:
        assert (tokenless.status_code, unsigned.status_code) == (200, 200)
        return
    expected = 404 if route.need == "signature" else 401
    assert (tokenless.status_code, unsigned.status_code) == (expected, 403)
    if route.method != "HEAD":
        assert code(unsigned) == (403, "FORBIDDEN")
        assert code(tokenless) == (expected, "NOT_FOUND" if expected == 404 else "FORBIDDEN")


def test_a_signed_request_is_answered_and_its_caller_recorded(by_signature: Door) -> None:
    assert by_signature.upload("bert", signer=CALLER).status_code == 200
    answer = by_signature.ask("GET", "/artifacts/model/bert", signer=CALLER)
    assert answer.content == b"weights"
    events = by_signature.ask("GET", "/models/bert/audit", signer=CALLER).json()["events"]
    assert [event["action"] for event in events] == ["download", "upload"]


def test_a_token_does_what_it_grants_and_no_more(by_token: Door) -> None:
    writer = by_token.create_token("write:team-a-*")["token"]
    reader = by_token.create_token("read:*")["token"]
    admin = by_token.create_token("admin:*")["token"]

    assert by_token.upload("team-a-bert", token=writer).status_code == 200

    assert code(by_token.upload("team-b-bert", token=writer)) == (403, "FORBIDDEN")
    assert code(by_token.upload("team-a-bert", token=reader)) == (403, "FORBIDDEN")
    read = by_token.ask("GET", "/artifacts/model/team-a-bert", token=reader)
    assert read.content == b"weights"
    assert by_token.upload("team-b-bert", token=admin).status_code == 200
    listed = by_token.ask("GET", "/models", token=writer).json()["models"]
    assert [model["name"] for model in listed] == ["team-a-bert"]
    hidden = by_token.ask("GET", "/models/team-b-bert", token=writer)
    absent = by_token.ask("GET", "/models/team-b-none", token=writer)
    assert code(hidden) == code(absent) == (403, "FORBIDDEN")
    assert code(by_token.ask("DELETE", "/models/team-a-bert", token=writer)) == (403, "FORBIDDEN")
    assert by_token.ask("DELETE", "/models/team-b-bert", token=admin).status_code == 204


def test_the_audit_trail_says_who_downloaded_which_version(by_token: Door) -> None:
    admin = by_token.create_token("admin:audited")
    reader = by_token.create_token("read:audited")
    by_token.upload("audited", b"one", token=admin["token"])
    by_token.upload("audited", b"two", token=admin["token"])

    read = by_token.ask("GET", "/artifacts/model/audited?version=1", token=reader["token"])
    refused = by_token.upload("audited", b"three", token=reader["token"])

    answer = by_token.ask("GET", "/models/audited/audit", token=admin["token"])
    upload, download, *uploads = answer.json()["events"]
    assert (download["action"], download["version"]) == ("download", 1)
    assert download["actor"] == f"token:{reader['token_id']}"
    assert download["request_id"] == read.headers["x-request-id"]
    assert download["address"] == "127.0.0.1"
    assert (upload["action"], upload["error_code"]) == ("upload", "FORBIDDEN")
    assert upload["request_id"] == refused.headers["x-request-id"]
    assert [event["version"] for event in uploads] == [2, 1]
    assert code(by_token.ask("GET", "/models/audited/audit", token=reader["token"]))[0] == 403


@pytest.mark.parametrize("token", ["nonsense", "mgt_" + "0" * 16 + "_" + "A" * 43])
def test_a_token_that_the_registry_did_not_issue_is_401(by_token: Door, token: str) -> None:
    answer = by_token.ask("GET", "/models", token=token)
    assert code(answer) == (401, "FORBIDDEN")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_is_refused_within_a_minute(by_token: Door) -> None:
    # GIVEN a token that the gateway knows
    made = by_token.create_token("read:*")
    assert by_token.ask("GET", "/models", token=made["token"]).status_code == 200

    revoked = by_token.ask("DELETE", f"/tokens/{made['token_id']}", signer=CALLER)
    assert revoked.status_code == 204

    wait_until(
        lambda: by_token.ask("GET", "/models", token=made["token"]).status_code == 401,
        timeout_s=TOKEN_CACHE_SECONDS + 10,
    )
    log = by_token.ask("GET", "/audit", token=by_token.create_token("admin:*")["token"]).json()
    done = [(event["action"], event["token_id"]) for event in log["events"]]
    assert ("revoke_token", made["token_id"]) in done


def test_the_client_makes_a_token_and_works_with_it(
    by_token: Door, own_engine: Engine, tmp_path: Path
) -> None:
    environment = {
        **client_environment(own_engine.url),
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "MODELGUARD_URL": by_token.url,
    }

    def modelguard(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "modelguard", *arguments],
            check=False,
            cwd=tmp_path,
            env=environment | more,
            capture_output=True,
            text=True,
        )

    (tmp_path / "m.bin").write_bytes(b"weights")

    made = modelguard("token", "create", "--grant", "admin:from-cli")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    pushed = modelguard("push", "m.bin", "--name", "from-cli", MODELGUARD_TOKEN=token)

    assert pushed.returncode == 0, pushed.stderr
    elsewhere = modelguard("push", "m.bin", "--name", "other", MODELGUARD_TOKEN=token)
    assert elsewhere.returncode != 0
    assert "Traceback" not in elsewhere.stderr
    log = modelguard("audit", "from-cli", "--json", MODELGUARD_TOKEN=token)
    assert log.returncode == 0, log.stderr
    assert "upload" in json.dumps(json.loads(log.stdout))
    listed = modelguard("token", "list", "--json")
    assert token not in listed.stdout
    token_id = token.split("_")[1]
    assert token_id in listed.stdout
    assert modelguard("token", "revoke", token_id).returncode == 0
