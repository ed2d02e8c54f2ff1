"""Optional protection and addresses of the API: web ACL, custom domain, private endpoint."""

import re
from typing import Any, Final

from aws_cdk import Aws
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.config import Config
from lambdas.contract.routes import Route

REQUESTS_PER_5_MINUTES: Final = 2_000


def endpoint(scope: Construct, *, config: Config) -> dict[str, Any]:
    """Return the API's endpoint properties: regional, or private to one VPC endpoint."""
    if not config.vpc_endpoint_id:
        return {"endpoint_types": [apigateway.EndpointType.REGIONAL]}
    vpc_endpoint = ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        scope, "VpcEndpoint", vpc_endpoint_id=config.vpc_endpoint_id, port=443
    )
    return {
        "endpoint_configuration": apigateway.EndpointConfiguration(
            types=[apigateway.EndpointType.PRIVATE], vpc_endpoints=[vpc_endpoint]
        ),
        "policy": _private_policy(config),
    }


def _private_policy(config: Config) -> iam.PolicyDocument:
    """Return a policy that allows requests through the endpoint only.

    Routes that take AWS signatures accept only those of this account: a private API needs an Allow,
    and an unconditional one would accept signatures of every AWS account.
    """
    through = {"aws:SourceVpce": config.vpc_endpoint_id}
    own = {**through, "aws:PrincipalAccount": Aws.ACCOUNT_ID}
    routes = [route for spec in config.functions for route in spec.routes]
    signed = [_resource(route) for route in routes if config.wants_signature(route)]
    others = [_resource(route) for route in routes if not config.wants_signature(route)]
    if config.cors_origins:
        others.append("execute-api:/*/OPTIONS/*")
    return iam.PolicyDocument(statements=[_invoke(others, through), _invoke(signed, own)])


def _resource(route: Route) -> str:
    """Return the route's resource in the notation of the API's own resource policy."""
    return f"execute-api:/*/{route.method}{re.sub('{[^}]+}', '*', route.path)}"


def _invoke(resources: list[str], equal: dict[str, str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=["execute-api:Invoke"],
        resources=resources,
        conditions={"StringEquals": equal},
    )


class Domain(Construct):
    """A custom domain of the API; `target` is where its DNS record has to point."""

    def __init__(
        self, scope: Construct, id_: str, *, config: Config, api: apigateway.RestApi
    ) -> None:
        super().__init__(scope, id_)
        certificate = acm.Certificate.from_certificate_arn(
            self, "Certificate", config.certificate_arn
        )
        domain = apigateway.DomainName(
            self,
            "Name",
            domain_name=config.domain_name,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
            mapping=api,
        )
        self.target = domain.domain_name_alias_domain_name


class Firewall(Construct):
    """A web ACL on the stage; no rule inspects bodies, because such rules would reject models."""

    def __init__(
        self, scope: Construct, id_: str, *, config: Config, api: apigateway.RestApi
    ) -> None:
        super().__init__(scope, id_)
        bad_reputation = waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name="AWSManagedRulesAmazonIpReputationList"
            )
        )
        too_many = waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=REQUESTS_PER_5_MINUTES
            )
        )
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility(f"{config.stage}Acl"),
            rules=[
                waf.CfnWebACL.RuleProperty(
                    name="KnownBadAddresses",
                    priority=0,
                    statement=bad_reputation,
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    visibility_config=_visibility("KnownBadAddresses"),
                ),
                waf.CfnWebACL.RuleProperty(
                    name="TooManyRequests",
                    priority=1,
                    statement=too_many,
                    action=waf.CfnWebACL.RuleActionProperty(block={}),
                    visibility_config=_visibility("TooManyRequests"),
                ),
            ],
        )
        waf.CfnWebACLAssociation(
            self,
            "Association",
            resource_arn=api.deployment_stage.stage_arn,
            web_acl_arn=acl.attr_arn,
        )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=name,
        # Sampled requests would reveal signed query strings.
        sampled_requests_enabled=False,
    )
