"""Log groups with a retention period, for function logs and access logs."""

from typing import Final

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import Config
from infra.parsers import LOG_RETENTION_DAYS

PERIODS: Final = dict(
    zip(
        LOG_RETENTION_DAYS,
        (
            logs.RetentionDays.ONE_DAY,
            logs.RetentionDays.THREE_DAYS,
            logs.RetentionDays.FIVE_DAYS,
            logs.RetentionDays.ONE_WEEK,
            logs.RetentionDays.TWO_WEEKS,
            logs.RetentionDays.ONE_MONTH,
            logs.RetentionDays.TWO_MONTHS,
            logs.RetentionDays.THREE_MONTHS,
            logs.RetentionDays.FOUR_MONTHS,
            logs.RetentionDays.FIVE_MONTHS,
            logs.RetentionDays.SIX_MONTHS,
            logs.RetentionDays.ONE_YEAR,
            logs.RetentionDays.THIRTEEN_MONTHS,
            logs.RetentionDays.EIGHTEEN_MONTHS,
            logs.RetentionDays.TWO_YEARS,
        ),
        strict=True,
    )
)


def log_group(scope: Construct, id_: str, *, config: Config) -> logs.LogGroup:
    """Return a log group with the configured retention period."""
    return logs.LogGroup(
        scope,
        id_,
        retention=PERIODS[config.log_retention_days],
        removal_policy=config.removal_policy,
    )
