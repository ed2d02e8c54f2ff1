"""Schedules of the functions that run periodically."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.config import Config
from infra.functions import Functions


class Schedules(Construct):
    """One rule for each function of the contract with `every_hours`."""

    def __init__(self, scope: Construct, id_: str, *, config: Config, functions: Functions) -> None:
        super().__init__(scope, id_)
        for spec in config.functions:
            if spec.every_hours is not None:
                events.Rule(
                    self,
                    spec.name,
                    schedule=events.Schedule.rate(Duration.hours(spec.every_hours)),
                    targets=[targets.LambdaFunction(functions.entries[spec.name])],
                )
