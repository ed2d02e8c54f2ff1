"""Each optional setting, deployed: its resource is there, the checks still pass, and no other."""

import json
import re
from typing import Any

import pytest

from infra.config import Config, ConfigError
from lambdas.contract.functions import FUNCTIONS, Function
from tests.infra.conftest import DEPLOYED, Synthesize
from tests.infra.template import Template
from tests.infra.test_permissions import function_of

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
VPC_ENDPOINT = "vpce-0123456789abcdef0"
PAID_WHILE_IDLE = (
    "AWS::EC2",
    "AWS::ElasticLoadBalancing",
    "AWS::KMS",
    "AWS::RDS",
    "AWS::SecretsManager",
    "AWS::WAFv2",
    "AWS::Lambda::Version",
    "AWS::Route53",
)


def spec_of(name: str) -> Function:
    (found,) = [spec for spec in FUNCTIONS if spec.name == name]
    return found


def policies_of(template: Template, name: str) -> str:
    role = function_of(template, spec_of(name))["Role"]["Fn::GetAtt"][0]
    return json.dumps(sorted(template.grants(role)))


def named(statements: list[dict[str, Any]]) -> set[str]:
    resources = [one["Resource"] for one in statements]
    lists = [each if isinstance(each, list) else [each] for each in resources]
    return {resource for listed in lists for resource in listed}


def test_nothing_is_billed_by_the_hour_by_default(aws: Template) -> None:
    kinds = {resource["Type"] for resource in aws.body["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith(PAID_WHILE_IDLE)]
    assert "ProvisionedThroughput" not in json.dumps(aws.body)
    assert "ProvisionedConcurrency" not in json.dumps(aws.body)


def test_a_route_has_limits_of_its_own(synthesize: Synthesize) -> None:
    template = synthesize(throttle_routes="GET /models=10/20,POST /artifact/{artifact_type}=5/6")

    _, stage = template.only("AWS::ApiGateway::Stage")
    limits = {
        (one["HttpMethod"], one["ResourcePath"]): (
            one["ThrottlingRateLimit"],
            one["ThrottlingBurstLimit"],
        )
        for one in stage["MethodSettings"]
    }

    assert limits == {
        ("*", "/*"): (50, 100),
        ("GET", "/~1models"): (10, 20),
        ("POST", "/~1artifact~1{artifact_type}"): (5, 6),
    }


def test_a_function_has_concurrency_and_memory_of_its_own(synthesize: Synthesize) -> None:
    template = synthesize(reserved_concurrency="Sweep=1", memory_mib="UploadArtifact=2048")

    functions = {spec.name: function_of(template, spec) for spec in DEPLOYED}

    reserved = {
        name: one["ReservedConcurrentExecutions"]
        for name, one in functions.items()
        if "ReservedConcurrentExecutions" in one
    }
    assert reserved == {"Sweep": 1}
    assert functions["UploadArtifact"]["MemorySize"] == 2048
    assert functions["GetArtifact"]["MemorySize"] == spec_of("GetArtifact").memory_mib


def test_snap_start_publishes_versions_and_calls_them(synthesize: Synthesize) -> None:
    template = synthesize(snap_start="true")

    functions = template.of_type("AWS::Lambda::Function").values()
    aliases = template.of_type("AWS::Lambda::Alias")

    assert {json.dumps(one["SnapStart"]) for one in functions} == {
        '{"ApplyOn": "PublishedVersions"}'
    }
    assert len(aliases) == len(template.of_type("AWS::Lambda::Version")) == len(DEPLOYED)
    for method in template.methods().values():
        called = [
            part["Ref"]
            for part in method["Integration"]["Uri"]["Fn::Join"][1]
            if isinstance(part, dict) and part.get("Ref") in aliases
        ]
        assert len(called) == 1


def test_a_key_encrypts_the_objects_and_only_their_users_may_use_it(
    synthesize: Synthesize,
) -> None:
    template = synthesize(bucket_kms_key_arn=KEY)

    _, bucket = template.only("AWS::S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule["ServerSideEncryptionByDefault"] == {
        "KMSMasterKeyID": KEY,
        "SSEAlgorithm": "aws:kms",
    }
    assert rule["BucketKeyEnabled"] is True
    assert "kms:GenerateDataKey" in policies_of(template, "UploadArtifact")
    assert "kms:Decrypt" in policies_of(template, "GetArtifact")
    assert "kms:GenerateDataKey" not in policies_of(template, "GetArtifact")
    for name in ("Docs", "Sweep", "Models"):
        assert "kms:" not in policies_of(template, name)


def test_object_accesses_are_logged_to_a_given_bucket(synthesize: Synthesize) -> None:
    template = synthesize(access_log_bucket="logs-of-the-team")
    _, bucket = template.only("AWS::S3::Bucket")
    assert bucket["LoggingConfiguration"] == {
        "DestinationBucketName": "logs-of-the-team",
        "LogFilePrefix": "ModelGuard-prod/",
    }


def test_a_web_acl_protects_the_stage_and_reads_no_body(synthesize: Synthesize) -> None:
    template = synthesize(waf="true")

    acl, properties = template.only("AWS::WAFv2::WebACL")
    _, association = template.only("AWS::WAFv2::WebACLAssociation")

    assert association["WebACLArn"] == {"Fn::GetAtt": [acl, "Arn"]}
    names = json.dumps(properties["Rules"])
    assert "AWSManagedRulesAmazonIpReputationList" in names
    assert "CommonRuleSet" not in names


def test_a_host_name_replaces_the_default_address(synthesize: Synthesize) -> None:
    template = synthesize(domain_name="models.example.org", certificate_arn=CERTIFICATE)

    _, domain = template.only("AWS::ApiGateway::DomainName")
    _, api = template.only("AWS::ApiGateway::RestApi")

    assert domain["DomainName"] == "models.example.org"
    assert domain["RegionalCertificateArn"] == CERTIFICATE
    assert domain["SecurityPolicy"] == "TLS_1_2"
    assert template.of_type("AWS::ApiGateway::BasePathMapping")
    assert api["DisableExecuteApiEndpoint"] is True
    outputs = template.body["Outputs"]
    assert outputs["ApiUrl"]["Value"] == "https://models.example.org/"
    assert outputs["DomainTarget"]


@pytest.mark.parametrize("auth", ["iam", "token", "none"])
def test_a_private_api_answers_through_its_endpoint_alone(
    synthesize: Synthesize, auth: str
) -> None:
    context = {"vpc_endpoint_id": VPC_ENDPOINT, "auth": auth, "allow_public_access": "true"}
    template = synthesize(**context)

    _, api = template.only("AWS::ApiGateway::RestApi")
    statements: list[dict[str, Any]] = api["Policy"]["Statement"]

    assert api["EndpointConfiguration"] == {
        "Types": ["PRIVATE"],
        "VpcEndpointIds": [VPC_ENDPOINT],
    }
    for statement in statements:
        assert statement["Condition"]["StringEquals"]["aws:SourceVpce"] == VPC_ENDPOINT
    # AND every route that takes a signature takes those of this account alone
    signed = {
        f"execute-api:/*/{verb}{re.sub('{[^}]+}', '*', path)}"
        for (verb, path), method in template.methods().items()
        if method["AuthorizationType"] == "AWS_IAM"
    }
    own = [one for one in statements if "aws:PrincipalAccount" in one["Condition"]["StringEquals"]]
    others = [one for one in statements if one not in own]
    assert named(own) == signed
    assert not named(others) & signed
    assert len(named(own)) + len(named(others)) == len(template.methods())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("throttle_routes", "GET /models"),
        ("throttle_routes", "GET /models=10"),
        ("throttle_routes", "GET /nothing=1/1"),
        ("throttle_routes", "GET /models=0/1"),
        ("throttle_routes", 7),
        ("throttle_routes", "GET /models=1/1,GET /models=2/2"),
        ("memory_mib", "Sweep=256,Sweep=512"),
        ("guard_formats", "safetensor"),
        ("guard_classes", "team..Net"),
        ("guard_classes", "team.models."),
        ("reserved_concurrency", "Nobody=1"),
        ("reserved_concurrency", "Sweep=0"),
        ("memory_mib", "Sweep=64"),
        ("snap_start", "on"),
        ("bucket_kms_key_arn", "alias/mine"),
        ("access_log_bucket", "Not_A_Bucket"),
        ("waf", "2"),
        ("domain_name", "https://models.example.org"),
        ("certificate_arn", "mine"),
        ("vpc_endpoint_id", "vpc-1"),
        ("alarms", "some"),
        ("alarm_email", "nobody"),
        ("alarm_topic_arn", "pager"),
        ("dashboard", ""),
    ],
)
def test_a_wrong_value_is_refused_with_the_valid_ones(key: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"'{key}' has the value .*; use \w+"):
        Config.from_context({key: value})


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"domain_name": "a.example.org"}, "certificate_arn go together"),
        ({"certificate_arn": CERTIFICATE}, "certificate_arn go together"),
        (
            {
                "domain_name": "a.example.org",
                "certificate_arn": CERTIFICATE,
                "vpc_endpoint_id": VPC_ENDPOINT,
            },
            "remove vpc_endpoint_id",
        ),
        ({"alarms": "off", "alarm_email": "a@example.org"}, "set alarms=essential"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    context: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Config.from_context(context)


def test_typed_context_means_what_command_line_text_means() -> None:
    typed = {"reserved_concurrency": {"Sweep": 1}, "throttle_routes": {"GET /models": "10/20"}}
    text = {"reserved_concurrency": "Sweep=1", "throttle_routes": "GET /models=10/20"}
    assert Config.from_context(typed) == Config.from_context(text)
