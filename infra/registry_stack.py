"""The stack of the registry, which connects storage, functions and API."""

from aws_cdk import CfnOutput, Stack, Tags
from constructs import Construct

from infra.acknowledgements import acknowledge_findings
from infra.alarms import Alarms
from infra.api import Api
from infra.config import Config
from infra.dashboard import Dashboard
from infra.edge import Domain, Firewall
from infra.functions import SERVICE, Functions
from infra.schedules import Schedules
from infra.storage import Storage
from infra.streams import Streams


class RegistryStack(Stack):
    """All resources of one stage, without an account, a region or any physical name."""

    def __init__(self, scope: Construct, id_: str, *, config: Config) -> None:
        super().__init__(scope, id_, description="ModelGuard, a registry for ML artifacts")
        storage = Storage(self, "Storage", config=config)
        functions = Functions(self, "Functions", config=config, storage=storage)
        Schedules(self, "Schedules", config=config, functions=functions)
        streams = Streams(self, "Streams", config=config, storage=storage, functions=functions)
        api = Api(self, "Api", config=config, functions=functions)
        if config.alarms != "off":
            Alarms(
                self,
                "Alarms",
                config=config,
                storage=storage,
                functions=functions,
                streams=streams,
                api=api,
            )
        if config.dashboard:
            dashboard = Dashboard(
                self, "Operations", config=config, storage=storage, functions=functions, api=api
            )
            CfnOutput(self, "DashboardName", value=dashboard.name)
        if config.waf:
            Firewall(self, "Firewall", config=config, api=api.rest_api)
        if config.domain_name:
            domain = Domain(self, "Domain", config=config, api=api.rest_api)
            CfnOutput(self, "DomainTarget", value=domain.target)
        acknowledge_findings(config, storage=storage, functions=functions, streams=streams, api=api)
        own_url = f"https://{config.domain_name}/" if config.domain_name else api.rest_api.url
        CfnOutput(self, "ApiUrl", value=own_url)
        CfnOutput(self, "ApiId", value=api.rest_api.rest_api_id)
        CfnOutput(self, "ApiStage", value=config.stage)
        CfnOutput(self, "BucketName", value=storage.bucket.bucket_name)
        CfnOutput(self, "TableName", value=storage.table.table_name)
        Tags.of(self).add("service", SERVICE)
        Tags.of(self).add("stage", config.stage)
