"""Context in, configuration or a clear error out; and the table in the documentation."""

from typing import Any

import pytest

from infra.config import Config, ConfigError
from infra.logs import PERIODS
from infra.parsers import LOG_RETENTION_DAYS
from tools import stale
from tools.settings_table import TARGET, document


def test_the_defaults_are_the_secure_ones() -> None:
    config = Config.from_context({})
    assert (config.target, config.stage, config.auth) == ("aws", "prod", "iam")
    assert config.retain_data
    assert not config.allow_public_access
    assert config.cors_origins == ()


def test_the_local_engine_is_open_and_has_a_stage_of_its_own() -> None:
    config = Config.from_context({"target": "local"})
    assert (config.stage, config.auth) == ("local", "none")


def test_a_given_value_wins_over_the_local_default() -> None:
    config = Config.from_context({"target": "local", "auth": "iam", "stage": "blue"})
    assert (config.stage, config.auth) == ("blue", "iam")


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("retain_data", "false", False),
        ("log_retention_days", "30", 30),
        ("throttle_rate", "7", 7),
        ("cors_origins", "https://a.example,http://localhost:3000", None),
    ],
)
def test_command_line_text_means_what_a_typed_value_means(key: str, text: str, value: Any) -> None:
    typed = text.split(",") if value is None else value
    assert Config.from_context({key: text}) == Config.from_context({key: typed})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", "azure"),
        ("stage", "Prod"),
        ("stage", ""),
        ("stage", "a" * 21),
        ("auth", "tokens"),
        ("allow_public_access", "yes"),
        ("retain_data", 1),
        ("log_level", "info"),
        ("log_retention_days", 8),
        ("log_retention_days", True),
        ("throttle_rate", 0),
        ("throttle_rate", -1),
        ("throttle_rate", "1e3"),
        ("throttle_burst", 5_001),
        ("cors_origins", "*"),
        ("cors_origins", "example.org"),
        ("cors_origins", "https://example.org/path"),
        ("cors_origins", [1]),
        ("cors_origins", 1),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_the_valid_ones(key: str, value: Any) -> None:
    context = {key: value}
    with pytest.raises(ConfigError, match=rf"'{key}' has the value .*; use \w+"):
        Config.from_context(context)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("throttle_rat", "did you mean 'throttle_rate'?"),
        ("retain-data", "did you mean 'retain_data'?"),
        ("colour", "valid keys are target, stage"),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(key: str, message: str) -> None:
    context = {key: "1"}
    with pytest.raises(ConfigError) as caught:
        Config.from_context(context)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        "@aws-cdk/core:target-partitions",
        "aws:cdk:bundling-stacks",
        "availability-zones:account=1:region=2",
        "acknowledged-issue-numbers",
        "cli-telemetry",
    ],
)
def test_context_of_the_cdk_itself_is_left_alone(key: str) -> None:
    context = {key: ["anything"]}
    assert Config.from_context(context) == Config()


def test_an_open_registry_on_aws_must_be_confirmed() -> None:
    context = {"auth": "none"}
    with pytest.raises(ConfigError, match="allow_public_access=true"):
        Config.from_context(context)
    assert Config.from_context({**context, "allow_public_access": "true"}).auth == "none"


def test_every_retention_period_is_one_of_the_log_service() -> None:
    periods = {days: period.name for days, period in PERIODS.items()}
    assert list(periods) == list(LOG_RETENTION_DAYS)
    assert (periods[7], periods[90], periods[365]) == ("ONE_WEEK", "THREE_MONTHS", "ONE_YEAR")


def test_the_documentation_lists_every_setting() -> None:
    assert TARGET.read_text().splitlines() == document().splitlines(), stale(TARGET)
