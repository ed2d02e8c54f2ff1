"""The REST API: the contract's routes, an access log, throttling and error responses."""

import json
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra import edge
from infra.config import Config
from infra.functions import Functions
from infra.gateway_responses import add_gateway_responses
from infra.logs import log_group
from lambdas.contract.limits import TOKEN_CACHE_SECONDS, TOKEN_PATTERN
from lambdas.contract.routes import Route

ACCESS_LOG: Final = {
    "request_id": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "response_bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "lambda_latency_ms": "$context.integrationLatency",
    "lambda_request_id": "$context.integration.requestId",
    "refusal": "$context.error.responseType",
}
"""Leaves out query strings and headers, which may contain secrets."""


class Api(Construct):
    """The REST API; every method is a proxy to the function that the contract names."""

    def __init__(self, scope: Construct, id_: str, *, config: Config, functions: Functions) -> None:
        super().__init__(scope, id_)
        access_log = log_group(self, "AccessLog", config=config)
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            binary_media_types=["*/*"],
            disable_execute_api_endpoint=bool(config.domain_name) or None,
            cloud_watch_role=config.api_log_role,
            cloud_watch_role_removal_policy=config.removal_policy,
            deploy_options=apigateway.StageOptions(
                stage_name=config.stage,
                access_log_destination=apigateway.LogGroupLogDestination(access_log),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
                throttling_rate_limit=config.throttle_rate,
                throttling_burst_limit=config.throttle_burst,
                method_options=_throttles(config) or None,
                tracing_enabled=True,
            ),
            **edge.endpoint(self, config=config),
        )
        self.rest_api.node.try_remove_child("Endpoint")  # the stack has an output of its own
        add_gateway_responses(self.rest_api, config=config)
        self.resources: dict[str, apigateway.Resource] = {}
        self.open_methods: list[apigateway.Method] = []
        self._authorizer = _authorizer(self, config, functions)
        for spec in config.functions:
            integration = apigateway.LambdaIntegration(
                functions.entries[spec.name], scope_permission_to_method=False
            )
            for route in spec.routes:
                self._add(route, integration, config)

    def _add(self, route: Route, integration: apigateway.LambdaIntegration, config: Config) -> None:
        if route.path not in self.resources:
            resource = self.rest_api.root.resource_for_path(route.path)
            self.resources[route.path] = resource
            if config.cors_origins:
                self.open_methods.append(_add_preflight(resource, config.cors_origins))
        kind = _authorization(config, route)
        method = self.resources[route.path].add_method(
            route.method,
            integration,
            authorization_type=kind,
            authorizer=self._authorizer if kind is apigateway.AuthorizationType.CUSTOM else None,
        )
        if kind is apigateway.AuthorizationType.NONE:
            self.open_methods.append(method)


def _authorization(config: Config, route: Route) -> apigateway.AuthorizationType:
    """Return how the gateway authenticates callers of a route."""
    kind = apigateway.AuthorizationType
    if config.wants_signature(route):
        return kind.IAM
    return kind.CUSTOM if config.auth == "token" and not route.public else kind.NONE


def _authorizer(
    scope: Construct, config: Config, functions: Functions
) -> apigateway.TokenAuthorizer | None:
    """Return the authorizer of bearer tokens, if the API takes them."""
    handlers = [functions.entries[spec.name] for spec in config.functions if spec.authorizes]
    if not handlers:
        return None
    return apigateway.TokenAuthorizer(
        scope,
        "Authorizer",
        handler=handlers[0],
        results_cache_ttl=Duration.seconds(TOKEN_CACHE_SECONDS),
        # Anything that cannot be a token is rejected without invoking the authorizer.
        validation_regex=f"^[Bb][Ee][Aa][Rr][Ee][Rr] {TOKEN_PATTERN}$",
    )


def _throttles(config: Config) -> dict[str, apigateway.MethodDeploymentOptions]:
    return {
        f"{throttle.path}/{throttle.method}": apigateway.MethodDeploymentOptions(
            throttling_rate_limit=throttle.rate, throttling_burst_limit=throttle.burst
        )
        for throttle in config.throttle_routes
    }


def _add_preflight(resource: apigateway.Resource, origins: tuple[str, ...]) -> apigateway.Method:
    method = resource.add_cors_preflight(
        allow_origins=list(origins),
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["*", "Authorization"],
    )
    child = method.node.default_child
    # Since every media type is binary, a mock integration cannot read the request unless converted.
    if isinstance(child, apigateway.CfnMethod):
        child.add_property_override("Integration.ContentHandling", "CONVERT_TO_TEXT")
    return method
