"""The baseline: a metadata read in the usual style, with everything enabled.

It uses a boto3 client and resource, and Powertools with validation, Logger, Tracer and Metrics.
`benchmarks.cold_start` runs it in its own process; it is not part of ModelGuard.
"""

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

logger = Logger(service="naive")
tracer = Tracer(service="naive")
metrics = Metrics(namespace="naive", service="naive")
app = APIGatewayRestResolver(enable_validation=True)
s3 = boto3.client("s3", region_name="us-east-1")
table = boto3.resource("dynamodb", region_name="us-east-1").Table("ModelGuard-Models")


@app.get("/artifacts/<artifact_type>/<name>")
@tracer.capture_method
def get_artifact(artifact_type: str, name: str, metadata_only: bool = False) -> dict:  # noqa: FBT001, FBT002 - the usual style
    """Return the metadata in one item."""
    item = table.get_item(Key={"name": name, "item": "record"}, ConsistentRead=True)["Item"]
    return {
        "artifact_type": artifact_type,
        "model_name": name,
        "s3_key": item[f"{artifact_type}_key"],
        "metadata_only": metadata_only,
        "model": {key: str(value) for key, value in item.items() if key.endswith("_key")},
    }


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def lambda_handler(event, context):
    """Handle an event."""
    return app.resolve(event, context)
