"""The stack on an engine: deploy it, inspect it, and recover from interrupted deployments."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local import cdk_runner
from local.engine import REGION, Engine
from tools.console import CommandError, step

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK_NAME: Final = "ModelGuard-local"
TOOLKIT_STACK_NAME: Final = "CDKToolkit"
ACCOUNT: Final = "000000000000"
DEPLOY_OPTIONS: Final = ("--require-approval", "never", "--method", "direct")
SETTLE_TIMEOUT_S: Final = 60
POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Stack:
    """The outputs of a deployment: the base URL of its API, its bucket and its table."""

    api_url: str
    bucket: str
    table: str


def cloudformation(engine: Engine) -> "CloudFormationClient":
    """Return a client for the engine's CloudFormation."""
    return boto3.client(
        "cloudformation",
        endpoint_url=engine.url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the engine accepts any key
        config=Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=30),
    )


def status(engine: Engine, stack_name: str = STACK_NAME) -> str:
    """Return the stack's CloudFormation status, or "" if there is no such stack."""
    try:
        stacks = cloudformation(engine).describe_stacks(StackName=stack_name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # there is no such stack
            return ""
        raise
    return stacks[0]["StackStatus"] if stacks else ""


def is_up(engine: Engine) -> bool:
    """Return whether the stack is complete, as deployed from this or an earlier commit."""
    return status(engine) in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}


def describe(engine: Engine, stack_name: str = STACK_NAME) -> Stack:
    """Return the deployment's outputs, with the address at which the engine serves the API.

    Raises:
        CommandError: There is no such stack, or an output is missing.
    """
    try:
        described = cloudformation(engine).describe_stacks(StackName=stack_name)["Stacks"][0]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}
        return Stack(
            api_url=f"{engine.url}/restapis/{outputs['ApiId']}/{outputs['ApiStage']}/_user_request_",
            bucket=outputs["BucketName"],
            table=outputs["TableName"],
        )
    except (ClientError, IndexError, KeyError) as error:
        raise CommandError(f"the engine has no complete {stack_name} stack ({error})") from error


def deploy(engine: Engine, output: Path) -> Stack:
    """Bootstrap the engine if necessary, then synthesize and deploy the same stack as on AWS.

    Args:
        engine: A running engine.
        output: A directory for the synthesized app and the log, used by this deployment only.

    Raises:
        CommandError: The CDK failed; the message ends with the tail of its log.
    """
    output.mkdir(parents=True, exist_ok=True)
    recover(engine)
    context = ["--context", "target=local", "--output", str(output / "cdk.out")]
    if status(engine, TOOLKIT_STACK_NAME) not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        with step("bootstrapping the engine for the CDK"):
            target = f"aws://{ACCOUNT}/{REGION}"
            cdk_runner.run(
                engine, output, "bootstrap", target, cwd=output
            )  # outside the checkout, because it needs no app
    with step("deploying the stack"):
        cdk_runner.run(engine, output, "deploy", "--all", *DEPLOY_OPTIONS, *context)
    return describe(engine)


def recover(engine: Engine) -> None:
    """Wait for a deployment in progress; reset the engine if none was ever completed.

    A stack that was never complete has no data, but its leftovers would block a new deployment:
    buckets on disk whose stack the engine had not saved yet.
    """
    deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
    while (current := status(engine)).endswith("_IN_PROGRESS") and current != "REVIEW_IN_PROGRESS":
        if time.monotonic() > deadline_s:
            break
        time.sleep(POLL_S)
    if not current.startswith("UPDATE_") and current != "CREATE_COMPLETE":
        engine.reset()
