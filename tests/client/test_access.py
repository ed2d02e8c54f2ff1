"""Tokens and the audit trail: in the SDK, and at the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from lambdas.registry.operation import Action
from modelguard import AwsAuth, Client, ConfigError, Event, NotFoundError, Token
from modelguard.cli._app import app
from modelguard.cli._audit import ACTIONS
from tests.client.fakes import Answer, Script, answer, refusal
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[Result, Script]]

TOKEN_ID = "0123456789abcdef"
SECRET = f"mgt_{TOKEN_ID}_{'s' * 43}"
KEPT: dict[str, Any] = {
    "token_id": TOKEN_ID,
    "grants": ["read:*", "write:team-a-*"],
    "description": "CI of team a",
    "created_at": "2026-01-01T00:00:00Z",
    "created_by": "arn:aws:iam::123456789012:user/ops",
    "expires_at": "2026-04-01T00:00:00Z",
}
DOWNLOAD = {
    "at": "2026-01-02T03:04:05.678Z",
    "action": "download",
    "actor": f"token:{TOKEN_ID}",
    "address": "192.0.2.1",
    "request_id": "r1",
    "artifact_type": "model",
    "version": 3,
    "file": "weights.bin",
    "sha256": "ab" * 32,
}
REFUSED = DOWNLOAD | {"version": 2, "error_code": "ARTIFACT_MALICIOUS"}
ALIAS = {**DOWNLOAD, "action": "set_alias", "alias": "prod", "file": None}
REVOKED: dict[str, Any] = {
    "at": "2026-01-03T00:00:00.000Z",
    "action": "revoke_token",
    "actor": "arn:aws:iam::123456789012:user/ops",
    "token_id": TOKEN_ID,
}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with AWS credentials, whose `login` saved something else."""
    config = tmp_path / "config.json"
    config.write_text('{"url": "https://registry", "auth": "token", "token": "saved"}')
    monkeypatch.setenv("MODELGUARD_CONFIG", str(config))
    for variable in ("MODELGUARD_URL", "MODELGUARD_TOKEN", "MODELGUARD_AUTH", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against a registry that gives these answers."""

    def run(arguments: str, *answers: Answer) -> tuple[Result, Script]:
        script = Script(*answers)
        monkeypatch.setattr("modelguard._client.HttpTransport", lambda: script)
        return CliRunner().invoke(app, arguments.split()), script

    return run


def client(*answers: Answer) -> tuple[Client, Script]:
    script = Script(*answers)
    return Client("https://registry", auth=AwsAuth(), transport=script), script


def test_a_new_token_is_returned_once_and_left_out_of_its_repr() -> None:
    # GIVEN a registry that creates a token
    registry, script = client(answer(KEPT | {"token": SECRET}, 201))

    # WHEN one is asked for
    made = registry.create_token(("write:team-a-*", "read:*"), description="CI of team a")

    # THEN the request says what was wanted, with the default life
    (request,) = script.requests
    assert (request.method, request.url) == ("POST", "https://registry/tokens")
    assert json.loads(bytes(request.body or b"")) == {  # type: ignore[arg-type]
        "grants": ["write:team-a-*", "read:*"],
        "description": "CI of team a",
        "expires_in_days": 90,
    }
    # AND the secret is in the result and nowhere in its text
    assert made.token == SECRET
    assert made.grants == ("read:*", "write:team-a-*")
    assert SECRET not in f"{made!r} {made}"


def test_tokens_are_listed_page_by_page() -> None:
    # GIVEN two pages of tokens
    registry, _ = client(answer({"tokens": [KEPT], "next": "t"}), answer({"tokens": [KEPT]}))

    # THEN all are there
    found = list(registry.tokens())
    assert found == [Token(**{**KEPT, "grants": ("read:*", "write:team-a-*")})] * 2


def test_a_revoked_token_is_gone_and_an_unknown_one_says_where_to_look() -> None:
    # GIVEN a registry that knows one token
    registry, script = client(Answer(204), refusal(404, "TOKEN_NOT_FOUND"))

    # WHEN it is revoked twice
    registry.revoke_token(TOKEN_ID)
    with pytest.raises(NotFoundError) as caught:
        registry.revoke_token(TOKEN_ID)

    # THEN each asked for its id, and the error says what to do
    assert {each.url for each in script.requests} == {f"https://registry/tokens/{TOKEN_ID}"}
    assert "token list" in caught.value.hint


@pytest.mark.parametrize("wrong", [SECRET, "", "..", "0123456789ABCDEF", f"{TOKEN_ID}\n"])
def test_an_invalid_token_id_is_neither_sent_nor_repeated(wrong: str) -> None:
    # GIVEN a caller who mistakes the whole token for its id WHEN it is revoked
    registry, script = client()
    with pytest.raises(ConfigError) as caught:
        registry.revoke_token(wrong)

    # THEN no address and no message holds it
    assert script.requests == []
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_events_are_read_as_far_as_they_apply() -> None:
    # GIVEN a model's trail, and that of tokens
    registry, script = client(
        answer({"events": [DOWNLOAD | {"unverified": True, "novel": 1}], "next": "t&1"}),
        answer({"events": [REFUSED]}),
        answer({"events": [REVOKED]}),
    )

    # WHEN both are read
    done, refused = registry.audit("a")
    (revoked,) = registry.audit(None)

    # THEN members that do not apply are empty
    assert (done.version, done.file, done.unverified, done.refused) == (
        3, "weights.bin", True, False,
    )  # fmt: skip
    assert (refused.error_code, refused.refused) == ("ARTIFACT_MALICIOUS", True)
    assert revoked == Event(REVOKED["at"], "revoke_token", REVOKED["actor"], token_id=TOKEN_ID)
    # AND each was asked for where it is
    assert [each.url for each in script.requests] == [
        "https://registry/models/a/audit",
        "https://registry/models/a/audit?next=t%261",
        "https://registry/audit",
    ]


def test_the_actions_are_the_servers() -> None:
    # GIVEN the server's actions THEN the command line offers just these
    assert set(ACTIONS) == {action.value for action in Action}


def test_token_create_prints_the_token_alone(run: Run) -> None:
    # WHEN a token is made
    result, script = run(
        "token create --grant write:team-a-* -g read:* --description CI --days 7",
        answer(KEPT | {"token": SECRET}, 201),
    )

    # THEN stdout is the token, and stderr says that it is shown once
    assert (result.exit_code, result.stdout) == (0, f"{SECRET}\n")
    assert "not shown again" in result.stderr
    assert SECRET not in result.stderr
    # AND it was asked for with an AWS signature, although `login` saved a bearer token
    (request,) = script.requests
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert json.loads(bytes(request.body or b"")) == {  # type: ignore[arg-type]
        "grants": ["write:team-a-*", "read:*"],
        "description": "CI",
        "expires_in_days": 7,
    }


def test_token_create_in_json_has_all_of_it(run: Run) -> None:
    result, _ = run("token create -g read:* --json", answer(KEPT | {"token": SECRET}, 201))
    assert json.loads(result.stdout) == KEPT | {"token": SECRET}


def test_tokens_sign_even_where_the_saved_way_cannot(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN an environment that wants a bearer token and has none
    monkeypatch.setenv("MODELGUARD_AUTH", "token")
    monkeypatch.setenv("MODELGUARD_URL", "https://other")

    # WHEN tokens are listed THEN that does not matter
    result, _ = run("token list", answer({"tokens": [KEPT]}))
    assert result.exit_code == 0
    assert result.stdout.split("  ")[:2] == [TOKEN_ID, "read:*,write:team-a-*"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ("token create", 2),
        ("token create -g read:* --days 367", 2),
        ("token create -g read:* --days 0", 2),
        (f"token revoke {SECRET}", 2),
        ("audit bert --action stole", 2),
        ("audit --version 3", 2),
    ],
)
def test_wrong_usage_is_known_before_anything_is_sent(
    run: Run, arguments: str, status: int
) -> None:
    result, script = run(arguments)
    assert (result.exit_code, script.requests) == (status, [])
    assert SECRET not in result.stderr


def test_token_revoke_says_what_it_did(run: Run) -> None:
    # GIVEN a token WHEN it is revoked THEN that is a notice, or JSON
    result, _ = run(f"token revoke {TOKEN_ID}", Answer(204))
    assert (result.stdout, result.stderr) == (
        "", f"revoked {TOKEN_ID}; it stops working within a minute\n",
    )  # fmt: skip
    result, _ = run(f"token revoke {TOKEN_ID} --json", Answer(204))
    assert json.loads(result.stdout) == {"revoked": TOKEN_ID}
    # AND one that is not there is one line and status 3
    result, _ = run(f"token revoke {TOKEN_ID}", refusal(404, "TOKEN_NOT_FOUND"))
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1


def test_audit_shows_who_did_what_and_what_was_refused(
    run: Run,
) -> None:
    # WHEN a model's trail is shown
    result, script = run("audit bert", answer({"events": [ALIAS, DOWNLOAD, REFUSED]}))

    # THEN a line says when, what, which, who and how it ended
    rows = [[cell for cell in line.split("  ") if cell] for line in result.stdout.splitlines()]
    assert [[cell.strip() for cell in row[1:4]] + row[-1:] for row in rows] == [
        ["set_alias", "model/3", "alias prod", "done"],
        ["download", "model/3", "weights.bin", "done"],
        ["download", "model/2", "weights.bin", "refused: ARTIFACT_MALICIOUS"],
    ]
    assert f"{DOWNLOAD['at']}  " in result.stdout
    assert f"  token:{TOKEN_ID}  192.0.2.1  " in result.stdout
    # AND with the saved token, as any other request
    assert script.requests[0].headers["Authorization"] == "Bearer saved"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [ALIAS, DOWNLOAD, REFUSED]),
        ("--version 3", [ALIAS, DOWNLOAD]),
        ("--action download", [DOWNLOAD, REFUSED]),
        ("--version 3 --action download", [DOWNLOAD]),
        ("--limit 1", [ALIAS]),
    ],
)
def test_audit_filters(run: Run, options: str, expected: list[dict[str, Any]]) -> None:
    # GIVEN a trail over two pages WHEN it is filtered THEN what matches is left, newest first
    pages = answer({"events": [ALIAS, DOWNLOAD], "next": "t"}), answer({"events": [REFUSED]})
    result, _ = run(f"audit bert --json {options}", *pages)
    found = [(each["action"], each["version"]) for each in json.loads(result.stdout)]
    assert found == [(each["action"], each["version"]) for each in expected]
    assert ("are shown" in result.stderr) == ("--limit" in options)


def test_audit_without_a_name_is_about_tokens(run: Run) -> None:
    # GIVEN a token that was made and revoked
    created = REVOKED | {"action": "create_token", "grants": ["read:*"]}
    result, script = run("audit", answer({"events": [REVOKED, created]}))

    # THEN its id and grants are shown
    assert script.requests[0].url == "https://registry/audit"
    assert f"revoke_token  {TOKEN_ID}  -       " in result.stdout
    assert f"create_token  {TOKEN_ID}  read:*  " in result.stdout


def test_audit_without_an_admin_grant_is_refused(
    run: Run,
) -> None:
    result, _ = run("audit bert", refusal(403, "FORBIDDEN"))
    assert result.exit_code == 4
    assert result.stderr.startswith("error: because of FORBIDDEN; `modelguard whoami`")


def test_the_pages_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a registry that gives what the example asks for
    script = Script(
        answer(KEPT | {"token": SECRET}, 201),
        answer({"tokens": [KEPT]}),
        Answer(204),
        answer({"events": [DOWNLOAD, REFUSED]}),
        answer({"events": [REVOKED]}),
    )
    monkeypatch.setattr("modelguard._client.HttpTransport", lambda: script)
    page = (ROOT / "docs" / "client.md").read_text()
    (example,) = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    kept: list[str] = []

    # WHEN it runs THEN it keeps the token and finds what was refused
    names: dict[str, Any] = {"url": "https://registry", "keep": kept.append}
    exec(example, names)
    assert kept == [SECRET]
    assert [event.version for event in names["refused"]] == [2]
