import pytest
from modelguard_scanner import BytesSource, Verdict, scan

from tests.scanner import assembler as asm
from tests.scanner.pickle_regressions import clean, not_clean

NOT_CLEAN = dict(not_clean())
CLEAN = dict(clean())


@pytest.mark.parametrize("name", NOT_CLEAN)
def test_what_the_loader_reaches_is_reported(name: str) -> None:
    report = scan(BytesSource(NOT_CLEAN[name]), path="model.pkl")
    assert report.verdict not in (Verdict.CLEAN, Verdict.UNKNOWN)
    assert all(finding.rule != "engine-failure" for finding in report.findings)


@pytest.mark.parametrize("name", CLEAN)
def test_what_honest_libraries_write_is_clean(name: str) -> None:
    report = scan(BytesSource(CLEAN[name]), path="model.pkl")
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize("name", [name for name in NOT_CLEAN if "frame" in name])
def test_frames_that_no_pickler_writes_are_malicious(name: str) -> None:
    assert scan(BytesSource(NOT_CLEAN[name]), path="model.pkl").verdict is Verdict.MALICIOUS


def test_code_by_value_is_suspicious_unless_it_names_commands() -> None:
    # GIVEN functions that cloudpickle would restore
    maker = asm.global_("cloudpickle.cloudpickle", "_make_function")
    harmless = asm.pickle(asm.call(maker, asm.text("predict")))
    commands = asm.pickle(asm.call(maker, asm.text("system")))

    # WHEN they are inspected THEN it matters what they name
    first = scan(BytesSource(harmless), path="m")
    assert first.verdict is Verdict.SUSPICIOUS
    assert "pickle-code" in {finding.rule for finding in first.findings}
    assert scan(BytesSource(commands), path="m").verdict is Verdict.MALICIOUS


def test_millions_of_imports_end_at_the_cap() -> None:
    # GIVEN more distinct imports than a scan may hold
    body = b"".join(b"cunknown\nn%d\n0" % number for number in range(40_000))

    # WHEN they are inspected THEN the scan says that it stopped
    report = scan(BytesSource(asm.pickle(body + b"N")), path="m")
    assert report.verdict is Verdict.INCONCLUSIVE
