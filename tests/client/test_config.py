"""Which registry the client uses and how it authenticates, from arguments, environment and file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from modelguard import AwsAuth, BearerAuth, ConfigError, Request
from modelguard._config import Settings, config_path, resolve, save
from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("MODELGUARD_URL", "MODELGUARD_TOKEN", "MODELGUARD_AUTH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "c" / "config.json"))


def test_an_argument_beats_the_environment_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN nothing THEN it says what to do
    with pytest.raises(ConfigError) as caught:
        resolve()
    assert "modelguard login" in caught.value.hint

    # GIVEN all three THEN each is used when those before it are missing
    save(Settings("https://file", "none"))
    assert resolve() == Settings("https://file", "none", "", "login")
    monkeypatch.setenv("MODELGUARD_URL", "https://env/")
    assert resolve().url == "https://env"
    assert resolve("https://argument").url == "https://argument"


def test_a_saved_token_is_for_its_registry_alone() -> None:
    # GIVEN a saved token
    save(Settings("https://mine", "token", "s3cret"))

    # THEN its registry gets it, another one does not, and only the owner can read the file
    assert resolve().token == "s3cret"
    assert resolve("https://other") == Settings("https://other", "none")
    assert config_path().stat().st_mode & 0o077 == 0


def test_a_token_that_is_given_beats_what_login_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a registry that is saved as one without a token
    save(Settings("https://mine", "none"))

    # THEN a token from the environment is used, and an argument before that
    monkeypatch.setenv("MODELGUARD_TOKEN", "from-environment")
    assert resolve() == Settings("https://mine", "token", "from-environment", "login")
    assert resolve(token="argument").token == "argument"
    monkeypatch.setenv("MODELGUARD_AUTH", "none")
    assert resolve().auth == "none"
    assert resolve(token="argument").auth == "token"


def test_no_repr_holds_a_secret() -> None:
    # GIVEN what holds secrets THEN its repr does not
    request = Request("GET", "https://x/f?X-Amz-Signature=s3cret", {"Authorization": "s3cret"})
    for value in (request, Settings("https://x", "token", "s3cret"), BearerAuth("s3cret")):
        assert "s3cret" not in repr(value)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://abc.execute-api.eu-west-1.amazonaws.com/prod", "aws"),
        ("http://127.0.0.1:4566/x", "none"),
        ("https://execute-api.eu-west-1.amazonaws.com.evil.example", "none"),
    ],
)
def test_requests_are_signed_where_aws_asks_for_it(url: str, kind: str) -> None:
    assert resolve(url).auth == kind


@pytest.mark.parametrize(
    "url",
    ["", "registry", "ftp://x", "https://", "https://u:p@x", "https://x?y", "https://x#y",
     "http://x:abc", "http://x:99999", "http://[::1", "http://x/ä", "http://x x"],
)  # fmt: skip
def test_an_invalid_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        resolve(url)


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_damaged_file_is_named(text: str) -> None:
    # GIVEN a damaged file THEN the message names it
    config_path().parent.mkdir()
    config_path().write_text(text)
    with pytest.raises(ConfigError, match=r"config\.json"):
        resolve("https://x")


def test_aws_signatures_cover_the_body_and_name_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN credentials in the environment
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    url = "https://abc.execute-api.eu-west-1.amazonaws.com/prod/models/a%20b?limit=1"

    # WHEN two requests are signed that differ in their bodies
    signed = [AwsAuth().headers(Request("PUT", url, {}, body)) for body in (b"1", b"2")]

    # THEN the signatures differ, and are for this API's region
    first, second = (each["Authorization"] for each in signed)
    assert "/eu-west-1/execute-api/aws4_request" in first
    assert first.split("Signature=")[1] != second.split("Signature=")[1]


def test_a_missing_profile_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a profile that is not configured WHEN a request is signed THEN the message names it
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ConfigError, match="nobody") as caught:
        AwsAuth("eu-west-1").headers(Request("GET", "https://x"))
    assert "aws configure" in caught.value.hint


def test_importing_the_package_loads_next_to_nothing() -> None:
    # GIVEN a fresh process WHEN the package is imported
    program = "import sys, modelguard; print(sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True,
        env={},
    ).stdout  # fmt: skip

    # THEN nothing that costs time came with it
    for module in ("http.client", "ssl", "json", "click", "rich", "botocore", "concurrent.futures"):
        assert f"'{module}'" not in loaded


def test_no_hint_names_a_package_that_is_on_no_index() -> None:
    # GIVEN every text of the client THEN none suggests its own name, which anyone could register
    sources = [path.read_text() for path in (ROOT / "client" / "modelguard").rglob("*.py")]
    assert not [text for text in sources if "modelguard-registry" in text]
