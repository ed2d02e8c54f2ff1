"""cfn-lint on what is deployed, and a reason for each check of checkov that is skipped."""

import json
import re
from pathlib import Path

import pytest

from infra.bundle import ROOT
from tests.infra.conftest import Synthesize
from tests.infra.template import Template
from tests.infra.test_settings import CERTIFICATE, KEY

cfnlint = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed")


def findings(template: Template) -> list[str]:
    config = cfnlint.ManualArgs(regions=["us-east-1"], ignore_checks=["W3005"])
    return [str(match) for match in cfnlint.lint(json.dumps(template.body), config=config)]


def test_cfn_lint_finds_nothing_in_the_default_stack(aws: Template) -> None:
    assert findings(aws) == []


def test_cfn_lint_finds_nothing_with_every_option(synthesize: Synthesize) -> None:
    # GIVEN a stage with every option that can be combined
    template = synthesize(
        waf="true",
        snap_start="true",
        alarms="all",
        alarm_email="ops@example.org",
        throttle_routes="GET /models=10/20",
        reserved_concurrency="Sweep=1",
        cors_origins="https://models.example.org",
        access_log_bucket="logs-of-the-team",
        bucket_kms_key_arn=KEY,
        domain_name="models.example.org",
        certificate_arn=CERTIFICATE,
    )

    assert findings(template) == []


def test_a_finding_of_cfn_lint_fails() -> None:
    # GIVEN a template that is wrong
    wrong = Template({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"X": 1}}}})
    assert findings(wrong)


def test_every_skipped_check_has_its_reason() -> None:
    lines = Path(ROOT / ".checkov.yaml").read_text().splitlines()
    left_out = [line for line in lines if "CKV" in line]
    assert left_out
    for line in left_out:
        assert re.fullmatch(r"  - CKV2?_AWS_\d+  # (\S+ ){4,}\S+", line), line
