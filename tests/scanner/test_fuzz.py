import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelguard_scanner import BytesSource, Limits, Report, Verdict, scan

from tests.scanner import assembler as asm
from tests.scanner.honest import all_honest
from tests.scanner.payloads import all_payloads

ROOT = Path(__file__).parents[2]
CORPORA = Path(os.environ.get("MODELGUARD_CORPORA", ROOT.parent / "shared" / "corpora"))
FILES = sorted(path for path in CORPORA.glob("picklescan/*/*") if path.stat().st_size < 100_000)
SAMPLES = [
    *all_payloads().values(),
    *(data for data in all_honest().values() if len(data) < 100_000),
    *(path.read_bytes() for path in FILES),
]
LIMITS = Limits(max_steps=100_000, max_unpacked_bytes=4_000_000, max_members=200, max_seconds=5.0)
EXAMPLES = int(os.environ.get("MODELGUARD_FUZZ_EXAMPLES", "300"))
many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


def inspected(data: bytes) -> Report:
    start = time.monotonic()
    report = scan(BytesSource(data), path="fuzz", limits=LIMITS)
    assert time.monotonic() - start < LIMITS.max_seconds + 5
    assert all(finding.rule != "engine-failure" for finding in report.findings), report.findings
    assert report.bytes_total == len(data)
    return report


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A sample with a few bytes set, cut out, repeated, or taken from another sample."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["set", "cut", "insert", "repeat", "splice", "number"]))
        length = draw(st.integers(1, 16))
        if kind == "set":
            data[at : at + length] = draw(st.binary(min_size=1, max_size=length))
        elif kind == "cut":
            del data[at : at + length]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=length))
        elif kind == "repeat":
            data[at:at] = data[at : at + length] * 3
        elif kind == "number":
            data[at : at + 8] = draw(st.integers(0, 2**64 - 1)).to_bytes(8, "little")
        else:
            other = draw(st.sampled_from(SAMPLES))
            data[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(data)


@many
@given(mutations())
def test_mutated_samples_end_in_a_report(data: bytes) -> None:
    inspected(data)


@many
@given(st.binary(max_size=2000))
def test_any_bytes_end_in_a_report(data: bytes) -> None:
    inspected(data)


@many
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [bytes([code]) for code in b"(.012NQRabdelostu})]\x81\x85\x86\x87\x88"]
            ),
            st.sampled_from([asm.global_("os", "system"), asm.text("os"), asm.text("system")]),
            st.sampled_from([b"\x93", b"\x94", b"h\x00", b"h\x01", b"K\x01", b"\x91", b"\x90"]),
        ),
        max_size=40,
    )
)
def test_any_opcodes_end_in_a_report_and_dangerous_imports_are_never_clean(
    parts: list[bytes],
) -> None:
    # GIVEN a valid start, an import of os.system, and any opcodes
    data = b"\x80\x04" + asm.global_("os", "system") + b"".join(parts) + b"."

    # WHEN it is inspected THEN the import is seen whatever follows it
    assert inspected(data).verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_cut_off_samples_end_in_a_report(cut: int) -> None:
    for data in SAMPLES:
        inspected(data[:cut])
