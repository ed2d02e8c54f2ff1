import sys

import pytest
from modelguard_scanner import BytesSource, Finding, Severity, Verdict, scan

from tests.scanner.payloads import DANGEROUS_IMPORTS, all_payloads

PAYLOADS = all_payloads()
WAYS = ("protocol 0", "protocol 4", "INST")


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_is_clean(name: str) -> None:
    # GIVEN one of the payloads
    source = BytesSource(PAYLOADS[name])

    # WHEN it is inspected
    report = scan(source, path="model.bin")

    # THEN it is neither clean nor unknown, for a reason that is told
    assert report.verdict not in (Verdict.CLEAN, Verdict.UNKNOWN)
    assert all(finding.rule != "engine-failure" for finding in report.findings)
    assert any(finding.severity is not Severity.INFO for finding in report.findings)


def test_there_are_enough_payloads() -> None:
    assert len(PAYLOADS) >= 150


@pytest.mark.parametrize("path", DANGEROUS_IMPORTS)
def test_dangerous_imports_are_malicious_whatever_the_opcode(path: str) -> None:
    # GIVEN the payloads that import this name
    names = [name for name in PAYLOADS if name in {f"import: {how} {path}" for how in WAYS}]
    assert len(names) == 3

    # WHEN they are inspected THEN each is malicious and the finding names the import
    for name in names:
        report = scan(BytesSource(PAYLOADS[name]), path="model.pkl")
        assert report.verdict is Verdict.MALICIOUS
        assert any(path in finding.message for finding in report.findings)


def test_inspection_imports_nothing_that_a_file_names() -> None:
    # GIVEN the modules that are loaded once the scanner has seen every payload
    by_others = set(sys.modules)
    for payload in PAYLOADS.values():
        scan(BytesSource(payload), path="model.bin")
    before = set(sys.modules)

    # WHEN all payloads are inspected again, with modules that nothing else uses among them
    for payload in PAYLOADS.values():
        scan(BytesSource(payload), path="model.bin")

    # THEN no module was loaded, and none of those modules ever was
    assert set(sys.modules) == before
    named = {"idlelib.run", "lib2to3", "pty", "turtledemo", "antigravity2"}
    assert not named & (before - by_others)


def test_a_finding_says_where_and_what() -> None:
    # GIVEN a payload inside of a zip
    payload = PAYLOADS["archive: zip weights.bin"]

    # WHEN it is inspected
    report = scan(BytesSource(payload), path="model.zip")

    # THEN the finding names the member, the rule and the place
    expected = Finding(
        path="model.zip!weights.bin",
        rule="pickle-import-dangerous",
        severity=Severity.MALICIOUS,
        message="imports builtins.exec, which can run code or reach outside",
        offset=17,
        advice="Do not load the file; ask its author for the weights as safetensors.",
    )
    assert expected in report.findings
