"""Every role may do exactly what the contract's table says."""

import json
from typing import Any

import pytest

from infra.streams import STREAM_ACTIONS
from lambdas.contract.functions import FUNCTIONS, Function
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.routes import Route
from lambdas.contract.table import LISTING_INDEX, SWEEP_INDEX
from tests.infra.conftest import DEPLOYED, Synthesize
from tests.infra.template import Template

XRAY = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}


def text(resource: Any) -> str:
    return json.dumps(resource, sort_keys=True)


def arn(id_: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [id_, "Arn"]}


def below(id_: str, suffix: str) -> str:
    return text({"Fn::Join": ["", [arn(id_), suffix]]})


def function_of(template: Template, spec: Function) -> dict[str, Any]:
    (found,) = [
        function
        for function in template.of_type("AWS::Lambda::Function").values()
        if function["Handler"] == spec.handler
    ]
    return found


def followed(template: Template, table: str) -> set[tuple[str, str]]:
    """What it takes to poll the table's stream, and to give up on an event."""
    queue, _ = template.only("AWS::SQS::Queue")
    stream = text({"Fn::GetAtt": [table, "StreamArn"]})
    return {
        *((action, stream) for action in STREAM_ACTIONS),
        ("sqs:SendMessage", text(arn(queue))),
    }


def expected(template: Template, spec: Function) -> set[tuple[str, str]]:
    bucket, _ = template.only("AWS::S3::Bucket")
    table, _ = template.only("AWS::DynamoDB::GlobalTable")
    group = function_of(template, spec)["LoggingConfig"]["LogGroup"]["Ref"]
    return {
        *((action, text(arn(table))) for action in spec.table_actions),
        *((action, f"{text(arn(table))} {begin}*") for begin, action in spec.partition_actions),
        *((action, below(table, f"/index/{index}")) for index, action in spec.index_actions),
        *(
            (action, below(bucket, f"/{artifact_type}/*"))
            for action in spec.object_actions
            for artifact_type in ARTIFACT_TYPES
        ),
        *((action, text(arn(bucket))) for action in spec.bucket_actions),
        *(followed(template, table) if spec.follows_attribute else ()),
        *((action, text(arn(group))) for action in LOGS),
        *((action, text("*")) for action in XRAY),
    }


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_may_do_exactly_what_the_contract_names(
    aws: Template, tokens: Template, spec: Function
) -> None:
    template = tokens if spec.authorizes else aws
    role = function_of(template, spec)["Role"]["Fn::GetAtt"][0]
    granted = template.grants(role)
    assert granted == expected(template, spec)


@pytest.mark.parametrize("spec", DEPLOYED, ids=lambda spec: spec.name)
def test_a_function_role_is_its_own_and_has_no_managed_policy(
    aws: Template, spec: Function
) -> None:
    role_of = {
        function["Handler"]: function["Role"]["Fn::GetAtt"][0]
        for function in aws.of_type("AWS::Lambda::Function").values()
    }

    role = aws.of_type("AWS::IAM::Role")[role_of[spec.handler]]

    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert list(role_of.values()).count(role_of[spec.handler]) == 1
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert set(role) == {"AssumeRolePolicyDocument", "Tags"}


def test_the_only_other_role_writes_the_gateway_log(aws: Template) -> None:
    functions = aws.of_type("AWS::Lambda::Function").values()
    used = {function["Role"]["Fn::GetAtt"][0] for function in functions}

    (other,) = set(aws.of_type("AWS::IAM::Role")) - used

    role = aws.of_type("AWS::IAM::Role")[other]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert "AmazonAPIGatewayPushToCloudWatchLogs" in text(role["ManagedPolicyArns"])
    assert len(role["ManagedPolicyArns"]) == 1
    assert aws.grants(other) == set()


def test_no_action_is_a_wildcard(aws: Template) -> None:
    roles = aws.of_type("AWS::IAM::Role")
    actions = {action for role in roles for action, _ in aws.grants(role)}
    assert actions
    assert not [action for action in actions if "*" in action]


def test_every_policy_belongs_to_a_role_and_nothing_else(aws: Template) -> None:
    policies = aws.of_type("AWS::IAM::Policy").values()
    assert not [one for one in policies if one.get("Users") or one.get("Groups")]
    assert not aws.of_type("AWS::IAM::ManagedPolicy")
    assert not aws.of_type("AWS::IAM::User")


def test_only_this_api_may_call_a_function(aws: Template) -> None:
    api, _ = aws.only("AWS::ApiGateway::RestApi")
    called = [spec for spec in FUNCTIONS if spec.routes]

    permissions = [
        one
        for one in aws.of_type("AWS::Lambda::Permission").values()
        if one["Principal"] != "events.amazonaws.com"
    ]

    assert len(permissions) == len(called)
    for permission in permissions:
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert {"Ref": api} in permission["SourceArn"]["Fn::Join"][1]


def test_a_function_runs_by_the_clock_exactly_when_the_contract_says_so(aws: Template) -> None:
    handlers = {id_: one["Handler"] for id_, one in aws.of_type("AWS::Lambda::Function").items()}

    rules = aws.of_type("AWS::Events::Rule")
    rates = {
        handlers[target["Arn"]["Fn::GetAtt"][0]]: rule["ScheduleExpression"]
        for rule in rules.values()
        for target in rule["Targets"]
    }

    assert rates == {
        spec.handler: f"rate({spec.every_hours} hour{'s' if spec.every_hours > 1 else ''})"
        for spec in FUNCTIONS
        if spec.every_hours
    }
    for permission in aws.of_type("AWS::Lambda::Permission").values():
        if permission["Principal"] == "events.amazonaws.com":
            assert permission["SourceArn"]["Fn::GetAtt"][0] in rules


def test_the_bucket_policy_only_denies(aws: Template) -> None:
    _, policy = aws.only("AWS::S3::BucketPolicy")
    assert {one["Effect"] for one in policy["PolicyDocument"]["Statement"]} == {"Deny"}


def test_a_new_row_of_the_contract_is_all_that_a_new_function_takes(
    synthesize: Synthesize, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a function with routes and an index, and one that nothing calls yet
    lister = Function(
        name="Lister",
        module="lambdas.lister",
        routes=(
            Route("GET", "/rows", "read"),
            Route("PATCH", "/rows/{id}", "write"),
        ),
        memory_mib=256,
        table_actions=("dynamodb:GetItem",),
        index_actions=((LISTING_INDEX, "dynamodb:Query"),),
    )
    sweeper = Function(
        name="Sweeper",
        module="lambdas.sweeper",
        routes=(),
        memory_mib=256,
        index_actions=((SWEEP_INDEX, "dynamodb:Query"),),
        object_actions=("s3:DeleteObjectVersion",),
    )
    monkeypatch.setattr("infra.config.FUNCTIONS", (*FUNCTIONS, lister, sweeper))

    template = synthesize()

    for spec in (lister, sweeper):
        role = function_of(template, spec)["Role"]["Fn::GetAtt"][0]
        assert template.grants(role) == expected(template, spec)
    assert {("GET", "/rows"), ("PATCH", "/rows/{id}")} <= set(template.methods())
