"""cdk-nag finds nothing unacknowledged, and no acknowledgement is unneeded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_s3 as s3

from infra.app import build
from tools.templates import FLAGS, NO_BUNDLING


def nag_report(outdir: Path) -> dict[str, Any]:
    (report,) = json.loads((outdir / "validation-report.json").read_text())["pluginReports"]
    assert report["pluginName"] == "AwsSolutions"
    return dict(report)


def acknowledged(app: App) -> Iterator[str]:
    for construct in app.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                yield from entry.data


@pytest.mark.parametrize("context", [{}, {"target": "local"}], ids=["aws", "local"])
def test_each_finding_is_acknowledged_with_a_reason_and_each_acknowledgement_is_needed(
    tmp_path: Path, context: dict[str, str]
) -> None:
    app = build({**FLAGS, **NO_BUNDLING, **context}, str(tmp_path))

    app.synth()
    report = nag_report(tmp_path)

    kept = report["suppressedViolations"]
    assert report["violations"] == []
    assert not [finding for finding in kept if len(finding["reason"].split()) < 5]
    assert {finding["acknowledgedId"] for finding in kept} == set(acknowledged(app))


def test_an_unacknowledged_finding_stops_the_synth(tmp_path: Path) -> None:
    app = build({**FLAGS, **NO_BUNDLING}, str(tmp_path))
    stack = app.node.find_child("ModelGuard-prod")
    assert isinstance(stack, Stack)

    s3.Bucket(stack, "Careless")

    with pytest.raises(RuntimeError, match="ValidationFailed: ERROR"):
        app.synth()
    found = {finding["ruleName"] for finding in nag_report(tmp_path)["violations"]}
    assert "AwsSolutions-S10" in found
