"""What is watched, whom it notifies, what it costs, and that the runbook covers each alarm."""

import json
import re
from typing import Any

import pytest

from infra.bundle import ROOT
from lambdas.contract.environment import METRICS_NAMESPACE
from lambdas.contract.functions import FUNCTIONS, Function
from tests.infra.conftest import DEPLOYED, Synthesize
from tests.infra.template import Template

RUNBOOK = ROOT / "docs" / "operations.md"
FREE_ALARMS = 10
FREE_METRICS_OF_A_DASHBOARD = 50


@pytest.fixture(scope="session")
def watched(synthesize: Synthesize) -> Template:
    """A stage with every alarm there is."""
    return synthesize(alarms="all")


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Alarms by the name that their description begins with."""
    return {
        alarm["AlarmDescription"].split(":")[0]: alarm
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
    }


def metrics_of(body: str) -> int:
    """Return how many metrics a dashboard shows; a search finds five verdicts or ten codes."""
    named = sum(len(widget["properties"]["metrics"]) for widget in json.loads(body)["widgets"])
    return named + 4 * body.count("stage,verdict") + 9 * body.count("stage,error_code")


LEVELS = ("ApproximateNumberOfMessagesVisible", "IteratorAge")
"""Metrics of a state: of these the highest counts, not the sum."""


def test_the_default_watches_what_users_notice_within_the_free_tier(aws: Template) -> None:
    found = alarms(aws)

    assert set(found) == {
        "ApiServerErrors",
        "SweepFailures",
        "FunctionThrottles",
        "TableReadThrottles",
        "TableWriteThrottles",
        *(f"{spec.name}Errors" for spec in DEPLOYED if not spec.routes),
        "InspectorDeadLetters",
        "InspectorAge",
    }
    assert len(found) <= FREE_ALARMS


def test_all_means_errors_and_throttles_of_each_function(watched: Template) -> None:
    kinds = ("Errors", "Throttles")
    assert {f"{spec.name}{kind}" for spec in DEPLOYED for kind in kinds} <= set(alarms(watched))


def test_a_refused_token_is_no_alarm(synthesize: Synthesize) -> None:
    # GIVEN an authorizer, which ends with an error whenever it refuses a token
    template = synthesize(auth="token", alarms="all")
    assert "AuthorizerErrors" not in alarms(template)
    assert "AuthorizerThrottles" in alarms(template)


def test_an_alarm_reads_one_metric_and_stays_quiet_while_nothing_happens(
    watched: Template,
) -> None:
    for alarm in alarms(watched).values():
        assert "Metrics" not in alarm
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["Period"] == 300
        if alarm["MetricName"] not in LEVELS:
            assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)


def test_no_alarm_counts_the_errors_of_callers(watched: Template) -> None:
    assert "4XXError" not in {alarm["MetricName"] for alarm in alarms(watched).values()}


def test_the_api_alarm_is_about_this_stage(aws: Template) -> None:
    alarm = alarms(aws)["ApiServerErrors"]
    _, api = aws.only("AWS::ApiGateway::RestApi")
    assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {
        "ApiName": api["Name"],
        "Stage": "prod",
    }


def test_the_sweep_alarm_reads_the_metric_that_the_sweep_writes(aws: Template) -> None:
    alarm = alarms(aws)["SweepFailures"]
    assert alarm["Namespace"] == METRICS_NAMESPACE
    assert alarm["MetricName"] == "SweepFailures"
    assert alarm["Dimensions"] == [{"Name": "stage", "Value": "prod"}]


def test_a_new_function_brings_its_alarm(
    synthesize: Synthesize, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Function(name="Worker", module="lambdas.worker", routes=(), memory_mib=256)
    monkeypatch.setattr("infra.config.FUNCTIONS", (*FUNCTIONS, worker))
    assert "WorkerErrors" in alarms(synthesize())


def test_without_an_address_no_notification_is_sent_or_paid_for(aws: Template) -> None:
    assert not aws.of_type("AWS::SNS::Topic")
    assert not [alarm for alarm in alarms(aws).values() if "AlarmActions" in alarm]


def test_an_email_address_is_notified_of_every_alarm(synthesize: Synthesize) -> None:
    template = synthesize(alarm_email="ops@example.org")

    topic, _ = template.only("AWS::SNS::Topic")
    _, subscription = template.only("AWS::SNS::Subscription")

    assert subscription["Protocol"] == "email"
    assert subscription["Endpoint"] == "ops@example.org"
    for alarm in alarms(template).values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
    _, policy = template.only("AWS::SNS::TopicPolicy")
    allowed = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert [one["Principal"] for one in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]


def test_a_given_topic_is_notified_of_every_alarm(synthesize: Synthesize) -> None:
    topic = "arn:aws:sns:us-east-1:111122223333:pager"
    template = synthesize(alarm_topic_arn=topic)
    assert not template.of_type("AWS::SNS::Topic")
    assert {*map(str, (one["AlarmActions"] for one in alarms(template).values()))} == {str([topic])}


def test_alarms_and_dashboard_can_be_left_out(synthesize: Synthesize) -> None:
    template = synthesize(alarms="off", dashboard="false")
    assert not [
        resource
        for resource in template.body["Resources"].values()
        if resource["Type"].startswith("AWS::CloudWatch::")
    ]


def test_every_alarm_has_a_paragraph_in_the_runbook_and_no_paragraph_is_left_over(
    watched: Template,
) -> None:
    # GIVEN headings that are alarms, and `<Function>…` for the ones that each function has
    text = RUNBOOK.read_text()
    headings = set(re.findall(r"^### `(\S+)`$", text, re.MULTILINE))
    named = {spec.name for spec in DEPLOYED}

    def heading_of(alarm: str) -> str:
        for name in named:
            if alarm not in headings and alarm.startswith(name):
                return f"<Function>{alarm.removeprefix(name)}"
        return alarm

    assert {heading_of(alarm) for alarm in alarms(watched)} == headings


def test_the_dashboard_shows_every_function_within_the_free_tier(aws: Template) -> None:
    _, dashboard = aws.only("AWS::CloudWatch::Dashboard")

    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    body = "".join(part if isinstance(part, str) else "x" for part in parts)

    assert metrics_of(body) <= FREE_METRICS_OF_A_DASHBOARD
    for spec in DEPLOYED:
        assert f'"label":"{spec.name}"' in body
    for name in ("Uploads", "Downloads", "UploadedBytes", "Latency", "5XXError", "Swept"):
        assert f'"{name}"' in body
    for dimension in ("error_code", "verdict"):
        assert f"SEARCH('{{ModelGuard,stage,{dimension}}}" in body
    assert aws.body["Outputs"]["DashboardName"]
