"""Logins, profiles and identity, and the commands that change something small."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from modelguard import Client, ConfigError
from modelguard._config import Settings, config_path, resolve, save
from modelguard._files import collect
from modelguard._push_state import PushState
from modelguard.cli._app import OTHER_NAMES, app
from tests.client.fakes import Answer, Script, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[Result, Script]]

TOKEN = f"mgt_{'0' * 16}_{'s' * 43}"
MODELS: dict[str, list[object]] = {"models": []}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "TOKEN", "AUTH", "PROFILE"):
        monkeypatch.delenv(f"MODELGUARD_{name}", raising=False)
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))
    monkeypatch.setenv("MODELGUARD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against a registry that gives these answers."""

    def run(arguments: str, *answers: Answer, stdin: str = "") -> tuple[Result, Script]:
        script = Script(*answers)
        monkeypatch.setattr("modelguard._client.HttpTransport", lambda: script)
        return CliRunner().invoke(app, arguments.split(), input=stdin), script

    return run


def test_several_logins_are_kept_and_chosen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a default login and one under a name
    run("login https://one", answer(MODELS))
    run("login https://two --token-stdin --profile work", answer(MODELS), stdin=TOKEN)

    # THEN each command uses the one that it is told to, with its own token
    for arguments, url, token in (
        ("ls", "https://one", ""),
        ("ls --profile work", "https://two", f"Bearer {TOKEN}"),
        ("ls --url https://two", "https://two", f"Bearer {TOKEN}"),
        ("ls --url https://three", "https://three", ""),
    ):
        _, script = run(arguments, answer(MODELS))
        (request,) = script.requests
        assert request.url.startswith(f"{url}/")
        assert request.headers.get("Authorization", "") == token
    # AND so does the SDK, and the environment
    assert (Client().url, Client(profile="work").url) == ("https://one", "https://two")
    monkeypatch.setenv("MODELGUARD_PROFILE", "work")
    assert Client().url == "https://two"
    # AND an unknown profile is named, with those that there are
    with pytest.raises(ConfigError, match="'other'") as caught:
        resolve(profile="other")
    assert "work" in caught.value.hint


def test_a_second_login_says_what_it_replaces_and_keeps_profiles(run: Run) -> None:
    save(Settings("https://two", "token", TOKEN), "work")
    run("login https://one", answer(MODELS))
    again, _ = run("login https://other", answer(MODELS))
    assert "replaced https://one" in again.stderr
    assert resolve(profile="work").token == TOKEN


def test_logout_forgets_one_login(run: Run) -> None:
    # GIVEN two logins
    save(Settings("https://one", "token", TOKEN))
    save(Settings("https://two", "token", TOKEN), "work")

    # WHEN one is deleted THEN its token is gone, and the other one's is not
    result, _ = run("logout")
    assert (result.exit_code, result.stderr) == (0, "logged out of https://one\n")
    assert resolve("https://one").token == ""
    assert resolve(profile="work").token == TOKEN
    assert run("logout")[0].exit_code == 2
    assert run("logout --profile work")[0].exit_code == 0
    assert TOKEN not in config_path().read_text()


def test_a_login_to_a_token_registry_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a registry that requires a token, and no terminal
    refused, _ = run("login https://one", refusal(401, "UNAUTHORIZED"))

    # THEN the command to type is named in full
    assert refused.exit_code == 4
    assert "modelguard login https://one --auth token" in refused.stderr
    # AND one that requires AWS signatures names that
    refused, _ = run("login https://one", refusal(403, "FORBIDDEN"))
    assert "modelguard login https://one --auth aws" in refused.stderr
    # AND at a terminal, the token is asked for
    monkeypatch.setattr("modelguard.cli._account._ask_for_token", lambda: TOKEN)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    result, script = run("login https://one", refusal(401, "UNAUTHORIZED"), answer(MODELS))
    assert result.exit_code == 0, result.output
    assert script.requests[1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert resolve().token == TOKEN


def test_whoami_says_who_what_and_until_when(run: Run) -> None:
    # GIVEN a registry that tells
    save(Settings("https://one", "token", TOKEN))
    who = {"actor": "token:0000000000000000", "grants": ["read:*"], "description": "CI",
           "expires_at": "2026-04-01T00:00:00Z", "novel": 1}  # fmt: skip

    # WHEN it is asked THEN all of it is shown, and never the token
    result, _ = run("whoami", answer(MODELS), answer(who))
    for line in ("state: accepted", "token: 0000000000000000", "grants: read:*", "description: CI",
                 "who: token:0000000000000000", "until: 2026-04-01T00:00:00Z"):  # fmt: skip
        assert f"{line}\n" in result.stdout
    assert TOKEN not in result.output
    # AND one that does not tell is no error
    for silent in (refusal(404, "NOT_FOUND"), refusal(403, "FORBIDDEN"), answer({})):
        result, _ = run("whoami", answer(MODELS), silent)
        assert result.exit_code == 0
        assert "token: 0000000000000000\n" in result.stdout
    # AND a refused token is said to be one
    result, _ = run("whoami", refusal(401, "UNAUTHORIZED"))
    assert result.exit_code == 4
    assert "expired or revoked" in result.stdout


def test_another_users_config_file_is_no_hindrance_where_it_is_not_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN a file that this user must not read
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)

    # THEN the environment's URL is enough, and without it no advice is given to delete the file
    monkeypatch.setenv("MODELGUARD_URL", "https://env")
    assert resolve().url == "https://env"
    monkeypatch.delenv("MODELGUARD_URL")
    with pytest.raises(ConfigError, match="Permission denied") as caught:
        resolve()
    assert "delete" not in caught.value.hint


@pytest.mark.parametrize(("other", "name"), OTHER_NAMES.items())
def test_names_of_other_tools_work(run: Run, other: str, name: str) -> None:
    helps = [run(f"{each} --help")[0].stdout.partition("\n")[2] for each in (other, name)]
    assert helps[0] == helps[1]


@pytest.mark.parametrize(
    ("typed", "meant"), [("psuh", "push"), ("vrify", "verify"), ("lst", "ls"), ("dowload", "pull")]
)
def test_a_misspelled_command_is_answered_with_a_suggestion(
    run: Run, typed: str, meant: str
) -> None:
    result, _ = run(f"{typed} x")
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.stderr


def test_the_version_is_shown(run: Run) -> None:
    assert run("-V")[0].stdout == run("--version")[0].stdout


def test_update_changes_what_is_given_and_keeps_other_tags(run: Run) -> None:
    # GIVEN a model with tags WHEN some are changed THEN the others are sent as they were
    save(Settings("https://one", "none"))
    model = {"name": "m", "tags": {"a": "1", "b": "2", "c": "3"}}
    result, script = run(
        "update m --tag a=x=y --remove-tag b --license MIT", answer(model), answer(model)
    )
    assert result.exit_code == 0
    assert json.loads(bytes(script.requests[1].body or b"")) == {  # type: ignore[arg-type]
        "license": "MIT", "tags": {"a": "x=y", "c": "3"},
    }  # fmt: skip
    # AND wrong usage sends nothing
    for wrong in ("update m", "update m --tag a", "update m --tag =b"):
        result, script = run(wrong)
        assert (result.exit_code, script.requests) == (2, [])


def test_rescan_asks_for_another_inspection(run: Run) -> None:
    save(Settings("https://one", "none"))
    result, script = run("rescan m:prod -t code", answer({"version": 3}, 202))
    assert result.stderr == "code m:3 will be inspected again\n"
    (request,) = script.requests
    assert (request.method, request.url) == (
        "POST", "https://one/artifacts/code/m/rescan?version=prod",
    )  # fmt: skip


def test_abort_gives_up_unfinished_pushes_of_the_name_alone(run: Run, tmp_path: Path) -> None:
    # GIVEN unfinished pushes of two names
    save(Settings("https://one", "none"))
    (tmp_path / "f").write_text("x")
    for name, upload_id in (("m", "u1"), ("n", "u2")):
        state = PushState.load(("https://one", "model", name), collect([tmp_path / "f"]))
        state.upload_id = upload_id
        state.save()

    # WHEN one is aborted THEN its session is, and the other one's is not
    result, script = run("abort m", Answer(204))
    assert result.stderr == "aborted 1 unfinished push of m\n"
    assert [(each.method, each.url) for each in script.requests] == [
        ("DELETE", "https://one/artifact/model/uploads/u1")
    ]
    # AND then there is nothing left of it
    assert run("abort m")[0].stderr == "aborted 0 unfinished pushes of m\n"
    assert run("abort n", refusal(404, "UPLOAD_NOT_FOUND"))[0].exit_code == 0


def test_versions_are_listed_with_their_aliases(run: Run) -> None:
    save(Settings("https://one", "none"))
    listed = [{"version": 2, "size": 1, "verdict": "clean"}, {"version": 1, "size": 1}]
    model = {"name": "m", "aliases": {"model": {"prod": 1, "best": 1}, "code": {"x": 2}}}
    result, _ = run("versions m", answer({"versions": listed}), answer(model))
    assert ["best,prod" in line for line in result.stdout.splitlines()] == [False, True]
    result, _ = run("versions m --json", answer({"versions": listed}), answer(model))
    assert [each["aliases"] for each in json.loads(result.stdout)] == [[], ["best", "prod"]]
    # AND a limit is said
    result, _ = run("versions m --limit 1", answer({"versions": listed}), answer(model))
    assert len(result.stdout.splitlines()) == 1
    assert "--limit" in result.stderr
