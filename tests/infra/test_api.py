"""The routes, who may call them, and the gateway's own answers."""

import json
import re
from typing import Any

import pytest
from aws_cdk import aws_apigateway as apigateway

from infra.gateway_responses import REFUSALS
from lambdas.contract.environment import ENV_CORS_ORIGINS
from lambdas.contract.functions import FUNCTIONS
from lambdas.registry.errors import RegistryError
from tests.infra.conftest import Synthesize
from tests.infra.template import Template

ROUTES = {(route.method, route.path): (spec, route) for spec in FUNCTIONS for route in spec.routes}


def test_the_api_has_exactly_the_contract_routes(aws: Template, local: Template) -> None:
    expected = set(ROUTES)
    assert set(aws.methods()) == expected
    assert set(local.methods()) == expected


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_reaches_its_function(aws: Template, method: str, path: str) -> None:
    spec, _ = ROUTES[method, path]

    integration = aws.methods()[method, path]["Integration"]

    (function,) = [
        part["Fn::GetAtt"][0]
        for part in integration["Uri"]["Fn::Join"][1]
        if isinstance(part, dict) and "Fn::GetAtt" in part
    ]
    assert integration["Type"] == "AWS_PROXY"
    assert aws.resource(function)["Properties"]["Handler"] == spec.handler


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_public_routes_are_open_on_aws(aws: Template, method: str, path: str) -> None:
    _, route = ROUTES[method, path]
    authorization = aws.methods()[method, path]["AuthorizationType"]
    assert authorization == ("NONE" if route.public else "AWS_IAM")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_api_that_takes_tokens_takes_signatures_only_on_the_token_routes(
    tokens: Template, method: str, path: str
) -> None:
    _, route = ROUTES[method, path]
    kinds = {"nothing": "NONE", "signature": "AWS_IAM"}
    deployed = tokens.methods()[method, path]
    assert deployed["AuthorizationType"] == kinds.get(route.need, "CUSTOM")
    assert ("AuthorizerId" in deployed) == (deployed["AuthorizationType"] == "CUSTOM")


def test_the_gateway_caches_a_token_for_a_minute_and_refuses_malformed_ones(
    tokens: Template,
) -> None:
    _, authorizer = tokens.only("AWS::ApiGateway::Authorizer")

    assert authorizer["Type"] == "TOKEN"
    assert authorizer["AuthorizerResultTtlInSeconds"] <= 60
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    valid = re.compile(authorizer["IdentityValidationExpression"])
    assert valid.fullmatch("Bearer mgt_0123456789abcdef_" + "x" * 43)
    assert not valid.fullmatch("Bearer mgt_0123456789abcdef_" + "x" * 42)
    assert not valid.fullmatch("Basic bWd0Og==")


def test_health_is_the_only_public_route() -> None:
    public = [key for key, (_, route) in ROUTES.items() if route.public]
    assert public == [("GET", "/health")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_is_open_without_authorization_but_those_of_tokens(
    local: Template, method: str, path: str
) -> None:
    _, route = ROUTES[method, path]
    authorization = local.methods()[method, path]["AuthorizationType"]
    assert authorization == ("AWS_IAM" if route.need == "signature" else "NONE")


def test_the_api_is_regional_and_takes_any_bytes(aws: Template) -> None:
    _, api = aws.only("AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    assert api["BinaryMediaTypes"] == ["*/*"]


def test_the_stage_throttles_traces_and_logs_every_request(aws: Template) -> None:
    _, stage = aws.only("AWS::ApiGateway::Stage")

    (settings,) = stage["MethodSettings"]

    assert stage["StageName"] == "prod"
    assert stage["TracingEnabled"] is True
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (50, 100)
    assert settings["DataTraceEnabled"] is False
    (group,) = [
        part["Ref"]
        for part in stage["AccessLogSetting"]["DestinationArn"]["Fn::Join"][1]
        if isinstance(part, dict) and part["Ref"] in aws.of_type("AWS::Logs::LogGroup")
    ]
    assert aws.resource(group)["Properties"]["RetentionInDays"] == 90


def test_the_access_log_holds_no_query_string_and_no_header(aws: Template) -> None:
    _, stage = aws.only("AWS::ApiGateway::Stage")
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    assert logged["request_id"] == "$context.requestId"
    assert not [value for value in logged.values() if not value.startswith("$context.")]
    secret = ("header", "query", "userAgent", "authorizer", "apiKey", "accessKey")
    assert not [value for value in logged.values() for word in secret if word in value]


def test_every_refusal_of_the_gateway_has_the_contracts_shape(
    aws: Template, local: Template
) -> None:
    codes = {RegistryError.code} | {error.code for error in RegistryError.__subclasses__()}
    for template in (aws, local):
        responses = template.of_type("AWS::ApiGateway::GatewayResponse").values()

        for response in responses:
            body = json.loads(response["ResponseTemplates"]["application/json"])
            assert set(body) == {"error", "error_code"}
            assert body["error_code"] in codes
            headers = response["ResponseParameters"]
            assert headers["gatewayresponse.header.x-request-id"] == "context.requestId"
            retry = headers.get("gatewayresponse.header.retry-after")
            assert retry == ("'1'" if response["StatusCode"] == "429" else None)


def test_no_kind_of_refusal_keeps_the_gateways_own_shape(aws: Template) -> None:
    # GIVEN every kind that the CDK knows
    names = [name for name in dir(apigateway.ResponseType) if name.isupper()]
    known = {getattr(apigateway.ResponseType, name).response_type for name in names}
    responses = aws.of_type("AWS::ApiGateway::GatewayResponse").values()
    assert {response["ResponseType"] for response in responses} == known


@pytest.mark.parametrize(
    ("auth", "status", "code"), [("iam", "403", "FORBIDDEN"), ("none", "404", "NOT_FOUND")]
)
def test_a_request_without_route_or_signature_is_refused_with_what_may_be_missing(
    aws: Template, local: Template, auth: str, status: str, code: str
) -> None:
    template = {"iam": aws, "none": local}[auth]
    response = refusal(template, "MISSING_AUTHENTICATION_TOKEN")
    assert response["StatusCode"] == status
    assert json.loads(response["ResponseTemplates"]["application/json"])["error_code"] == code


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("ACCESS_DENIED", 403, "FORBIDDEN"),
        ("DEFAULT_5XX", 500, "INTERNAL"),
        ("REQUEST_TOO_LARGE", 413, "PAYLOAD_TOO_LARGE"),
        ("RESOURCE_NOT_FOUND", 404, "NOT_FOUND"),
        ("THROTTLED", 429, "THROTTLED"),
    ],
)
def test_a_refusal_has_the_contracts_status_and_code(kind: str, status: int, code: str) -> None:
    (found,) = [one for one in REFUSALS if one.kind == kind]
    assert (found.status, found.code) == (status, code)


def test_web_origins_are_answered_before_and_in_refusals(synthesize: Synthesize) -> None:
    template = synthesize(cors_origins="https://models.example.org")

    preflight = [method for (verb, _), method in template.methods().items() if verb == "OPTIONS"]

    assert len(preflight) == len({path for _, path in ROUTES})
    for method in preflight:
        assert method["Integration"]["ContentHandling"] == "CONVERT_TO_TEXT"
        assert "'https://models.example.org'" in json.dumps(method["Integration"])
    headers = refusal(template, "THROTTLED")["ResponseParameters"]
    assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    for function in template.of_type("AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        assert variables[ENV_CORS_ORIGINS] == "https://models.example.org"


def test_the_pages_that_may_call_the_api_may_use_its_presigned_urls(
    synthesize: Synthesize, aws: Template
) -> None:
    _, bucket = synthesize(cors_origins="https://models.example.org").only("AWS::S3::Bucket")

    put, read = bucket["CorsConfiguration"]["CorsRules"]
    # THEN only they may write, and redirected requests, which name no origin, may read
    assert (put["AllowedMethods"], put["AllowedOrigins"]) == (
        ["PUT"],
        ["https://models.example.org"],
    )
    assert (read["AllowedMethods"], read["AllowedOrigins"]) == (["GET", "HEAD"], ["*"])
    # AND without origins no page may
    assert "CorsConfiguration" not in aws.only("AWS::S3::Bucket")[1]


def refusal(template: Template, kind: str) -> dict[str, Any]:
    (found,) = [
        response
        for response in template.of_type("AWS::ApiGateway::GatewayResponse").values()
        if response["ResponseType"] == kind
    ]
    return found
