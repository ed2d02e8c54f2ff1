"""What drives inspections: a filtered stream, retries, a dead-letter queue and two alarms."""

import json

import pytest

from infra.config import ConfigError
from lambdas.contract.environment import ENV_GUARD_CLASSES, ENV_GUARD_FORMATS, ENV_GUARD_POLICY
from lambdas.contract.table import DUE_ATTRIBUTE
from tests.infra.conftest import Synthesize
from tests.infra.template import Template


def test_the_inspector_follows_versions_that_are_due_and_what_fails_is_kept(
    aws: Template,
) -> None:
    _, mapping = aws.only("AWS::Lambda::EventSourceMapping")
    queue_id, queue = aws.only("AWS::SQS::Queue")
    _, table = aws.only("AWS::DynamoDB::GlobalTable")

    (listed,) = mapping["FilterCriteria"]["Filters"]
    pattern = json.loads(listed["Pattern"])

    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert pattern["dynamodb"]["NewImage"] == {DUE_ATTRIBUTE: {"S": [{"exists": True}]}}
    assert mapping["MaximumRetryAttempts"] == 3
    assert mapping["BatchSize"] == 1
    assert mapping["MaximumRecordAgeInSeconds"] == 3600
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Fn::GetAtt": [queue_id, "Arn"]}
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True


def test_dead_letters_and_versions_that_stay_pending_raise_alarms(aws: Template) -> None:
    alarms = aws.of_type("AWS::CloudWatch::Alarm").values()
    metrics = {alarm["MetricName"]: alarm["Threshold"] for alarm in alarms}
    assert metrics["ApproximateNumberOfMessagesVisible"] == 1
    assert metrics["IteratorAge"] == 30 * 60 * 1000


def test_the_guards_settings_reach_every_function(synthesize: Synthesize) -> None:
    template = synthesize(
        guard_policy="strict", guard_formats="safetensors,onnx", guard_classes="team.nets.*"
    )

    for function in template.of_type("AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        assert variables[ENV_GUARD_POLICY] == "strict"
        assert variables[ENV_GUARD_FORMATS] == "safetensors,onnx"
        assert variables[ENV_GUARD_CLASSES] == "team.nets.*"


@pytest.mark.parametrize(
    "setting",
    [
        {"guard_policy": "lax"},
        {"guard_unknown": "maybe"},
        {"guard_formats": "Safe Tensors"},
        {"guard_classes": "os;system"},
    ],
)
def test_an_invalid_guard_setting_stops_the_synth(
    synthesize: Synthesize, setting: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=next(iter(setting))):
        synthesize(**setting)
