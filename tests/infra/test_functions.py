"""Each function runs as the contract says."""

import pytest

from lambdas.contract.environment import (
    ENV_AUDIT_DAYS,
    ENV_AUTH,
    ENV_BUCKET,
    ENV_GUARD_POLICY,
    ENV_GUARD_UNKNOWN,
    ENV_STAGE,
    ENV_TABLE,
)
from lambdas.contract.functions import FUNCTIONS, Function
from tests.infra.conftest import DEPLOYED, Synthesize
from tests.infra.template import Template
from tests.infra.test_permissions import function_of


def test_there_is_one_function_for_each_row(aws: Template, tokens: Template) -> None:
    # GIVEN the authorizer only where the API takes tokens
    asked = [one["Handler"] for one in tokens.of_type("AWS::Lambda::Function").values()]
    assert sorted(asked) == sorted(spec.handler for spec in FUNCTIONS)
    # WHEN it takes none
    handlers = [one["Handler"] for one in aws.of_type("AWS::Lambda::Function").values()]
    assert sorted(handlers) == sorted(spec.handler for spec in DEPLOYED)


@pytest.mark.parametrize("spec", DEPLOYED, ids=lambda spec: spec.name)
def test_a_function_has_the_contract_settings(aws: Template, spec: Function) -> None:
    bucket, _ = aws.only("AWS::S3::Bucket")
    table, _ = aws.only("AWS::DynamoDB::GlobalTable")

    function = function_of(aws, spec)

    assert (function["MemorySize"], function["Timeout"]) == (spec.memory_mib, spec.timeout_s)
    assert (function["Architectures"], function["Runtime"]) == (["arm64"], "python3.13")
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Environment"]["Variables"] == {
        ENV_BUCKET: {"Ref": bucket},
        ENV_TABLE: {"Ref": table},
        "POWERTOOLS_SERVICE_NAME": "modelguard",
        ENV_STAGE: "prod",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        ENV_GUARD_POLICY: "standard",
        ENV_GUARD_UNKNOWN: "serve",
        ENV_AUTH: "iam",
        ENV_AUDIT_DAYS: "365",
    }


@pytest.mark.parametrize("spec", DEPLOYED, ids=lambda spec: spec.name)
def test_a_function_writes_to_a_log_group_with_a_retention(aws: Template, spec: Function) -> None:
    group = function_of(aws, spec)["LoggingConfig"]["LogGroup"]["Ref"]
    assert aws.resource(group)["Properties"]["RetentionInDays"] == 90


def test_log_settings_reach_every_function(synthesize: Synthesize) -> None:
    template = synthesize(log_level="DEBUG", log_retention_days="7")
    groups = template.of_type("AWS::Logs::LogGroup").values()
    functions = template.of_type("AWS::Lambda::Function").values()
    levels = {one["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] for one in functions}
    assert {group["RetentionInDays"] for group in groups} == {7}
    assert levels == {"DEBUG"}


REFERRING = (
    "AWS::S3::BucketPolicy",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
)
"""Their names are those of other resources."""


def test_no_resource_has_a_physical_name(aws: Template) -> None:
    names = ("BucketName", "TableName", "FunctionName", "RoleName", "LogGroupName", "LayerName")
    for kind in {resource["Type"] for resource in aws.body["Resources"].values()}:
        for properties in aws.of_type(kind).values():
            if kind not in REFERRING:
                assert not set(names) & set(properties), kind
