import subprocess
import sys
import time
from pathlib import Path

import pytest
from modelguard_scanner import BytesSource, FileSource, Limits, SourceError, Verdict, scan
from modelguard_scanner.source import Window

from tests.scanner import assembler as asm
from tests.scanner import containers as box

GIB = 1024**3


class SparseSource:
    """A large file of zeros with a few ranges that are not; counts what is read."""

    def __init__(self, size: int, ranges: dict[int, bytes]) -> None:
        self.size = size
        self.reads = 0
        self._ranges = ranges

    def read_at(self, offset: int, length: int) -> bytes:
        self.reads += 1
        out = bytearray(min(length, self.size - offset))
        for start, data in self._ranges.items():
            low, high = max(start, offset), min(start + len(data), offset + len(out))
            if low < high:
                out[low - offset : high - offset] = data[low - start : high - start]
        return bytes(out)


def sparse_torch_zip(elements: int) -> SparseSource:
    """A PyTorch zip whose one tensor is a hole: a small zip that was pulled apart."""
    small = box.torch_zip(asm.pickle(asm.tensor("Float", "0", elements)), {"0": b"WEIGHTS!"})
    cut = small.index(b"WEIGHTS!")
    extra = elements * 4 - 8
    tail = bytearray(small[cut + 8 :])
    directory = tail.index(b"PK\x01\x02")
    end = tail.index(b"PK\x05\x06")
    at = directory
    while at < end:
        name = tail[at + 46 : at + 46 + int.from_bytes(tail[at + 28 : at + 30], "little")]
        if name == b"archive/data/0":
            tail[at + 20 : at + 28] = (elements * 4).to_bytes(4, "little") * 2
        offset = int.from_bytes(tail[at + 42 : at + 46], "little")
        if offset > cut:
            tail[at + 42 : at + 46] = (offset + extra).to_bytes(4, "little")
        at += 46 + len(name)
    start = int.from_bytes(tail[end + 16 : end + 20], "little") + extra
    tail[end + 16 : end + 20] = start.to_bytes(4, "little")
    return SparseSource(len(small) + extra, {0: small[:cut], cut + 8 + extra: bytes(tail)})


def test_a_torch_zip_of_a_gigabyte_takes_a_few_small_reads() -> None:
    # GIVEN a checkpoint with one tensor of 1 GiB
    source = sparse_torch_zip(GIB // 4)

    # WHEN it is inspected
    report = scan(source, path="model.pt")

    # THEN it is clean, at the cost of its head and tail
    assert report.findings == ()
    assert report.facts.parameter_count == GIB // 4
    assert source.reads <= 5
    assert report.bytes_read <= 1_000_000


def test_a_pickle_of_one_large_array_takes_a_few_small_reads() -> None:
    # GIVEN a protocol 4 pickle whose one bytes argument is 1 GiB long
    head = b"\x80\x04\x8e" + GIB.to_bytes(8, "little")
    tail = b"0" + asm.call(asm.global_("builtins", "exec"), asm.text("0")) + b"."
    source = SparseSource(len(head) + GIB + len(tail), {0: head, len(head) + GIB: tail})

    # WHEN it is inspected
    report = scan(source, path="model.pkl")

    # THEN what follows the array is found in a few reads
    assert report.verdict is Verdict.MALICIOUS
    assert source.reads <= 5
    assert report.bytes_read <= 1_000_000


def test_going_on_reads_larger_and_larger_windows() -> None:
    # GIVEN 64 MiB that are read in small pieces, in order
    source = SparseSource(64 * 1024**2, {})
    window = Window(source, GIB)

    # WHEN all of it is read
    for offset in range(0, source.size, 65_536):
        window.read_at(offset, 65_536)

    # THEN there were few reads and no byte was read much more often than once
    assert source.reads <= 25
    assert window.bytes_read <= source.size * 1.1


@pytest.mark.parametrize(
    "body",
    [b"N0" * 500_000, b"K\x01\x94" * 400_000, b"(" * 600_000, b"\x8c\x04abcd\x94" * 400_000],
    ids=["opcodes", "memo", "marks", "texts"],
)
def test_opcode_bombs_are_inconclusive(body: bytes) -> None:
    # GIVEN more opcodes or values than a scan may spend
    limits = Limits(max_steps=500_000, max_values=100_000)

    # WHEN they are inspected
    report = scan(BytesSource(b"\x80\x04" + body + b"N."), path="bomb.pkl", limits=limits)

    # THEN the scan ends early and says so
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.findings[0].rule == "over-cap"


@pytest.mark.parametrize("kind", box.COMPRESSIONS)
def test_compression_bombs_are_inconclusive(kind: str) -> None:
    # GIVEN a stream that unpacks to far more than the scan may hold
    bomb = box.COMPRESSIONS[kind](bytes(4_000_000))
    limits = Limits(max_unpacked_bytes=1_000_000)

    # WHEN it is inspected THEN the scan ends early
    report = scan(BytesSource(bomb), path="bomb", limits=limits)
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_danger_that_was_seen_before_a_cap_is_not_forgotten() -> None:
    body = asm.call(asm.global_("os", "system"), asm.text("x")) + b"N0" * 200_000
    report = scan(BytesSource(asm.pickle(body)), path="m", limits=Limits(max_steps=100_000))
    assert report.verdict is Verdict.MALICIOUS


def test_a_member_that_is_too_deep_does_not_hide_the_others() -> None:
    # GIVEN an archive whose first member holds too many containers, and whose second is dangerous
    deep = b"text"
    for _ in range(5):
        deep = box.zip_of({"x": deep})
    data = box.zip_of({"a": deep, "b": asm.EVIL})

    # WHEN it is inspected THEN the second decides
    report = scan(BytesSource(data), path="z")
    assert report.verdict is Verdict.MALICIOUS
    assert "over-cap" in {finding.rule for finding in report.findings}


def test_members_and_time_are_capped() -> None:
    members = box.zip_of({f"{number}.txt": b"text" for number in range(50)})
    for limits in (Limits(max_members=10), Limits(max_seconds=-1)):
        assert scan(BytesSource(members), path="z", limits=limits).verdict is Verdict.INCONCLUSIVE


def test_the_number_of_findings_is_capped_and_the_verdict_is_not() -> None:
    imports = b"".join(asm.global_("unknown", f"name{number}") + b"0" for number in range(100))
    body = imports + asm.global_("os", "system")
    report = scan(BytesSource(asm.pickle(body)), path="m", limits=Limits(max_findings=10))
    assert len(report.findings) == 10
    assert report.verdict is Verdict.MALICIOUS


def test_a_source_that_fails_is_no_verdict() -> None:
    # GIVEN sources that end before their size, or fail
    class Short(SparseSource):
        def read_at(self, offset: int, length: int) -> bytes:
            return super().read_at(offset, length)[:-1]

    class Failing(SparseSource):
        def read_at(self, offset: int, length: int) -> bytes:
            raise OSError(f"{length} bytes at {offset} are gone")

    # WHEN they are inspected THEN the caller learns that nothing is known
    for source in (Short(1000, {}), Failing(1000, {})):
        with pytest.raises(SourceError):
            scan(source, path="m")


def test_importing_the_scanner_is_light() -> None:
    # GIVEN a fresh interpreter WHEN it imports the scanner
    heavy = "{'json', 'lzma', 'bz2', 'tempfile', 'zipfile', 'pickletools', 'pickle'}"
    code = f"import sys; import modelguard_scanner; print({heavy} & set(sys.modules))"
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    # THEN no reader and none of their modules was imported
    assert done.stdout.strip() == "set()"


def test_only_regular_files_are_sources(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(OSError, match=r"not a regular file|No such file"):
            FileSource(path)


REPEATED = {
    "blank lines": b"\n",
    "blanks": b" ",
    "blank lines of Windows": b"\r\n",
    "braces": b"{{",
    "blocks": b"{{x}}",
    "underscores": b"_",
    "tags": b"a: !!python/object/apply:x\n",
    "tags in one comment": b"# !!python/object ",
    "exclamation marks": b"!a",
    "targets": b"_target_: a\n",
    "graphs in comments": b"#meta_graphs\n",
    "escapes": b"\\x4",
    "brackets": b"{{[",
    "pipes": b"| ",
    "letters that open groups": b"c",
    "numbers": b"x",
    "empty fields": b"\n\0",
    "objects": b'{"a":',
    "licenses": b"Apache License\n",
    "assignments": b"{% set a = a ~ b %}",
    "fences": b"```a\n",
    "sections": b"[Service]\n",
    "jobs": b"<job ",
    "small objects": b'{"a":1},',
    "entries": b"- ",
    "aliases as keys": b"*a : b\n",
    "anchors": b"a: &a [*a]\n",
    "quotes": b"\"a' ",
    "imports": b"import a\n",
    "TOML": b"a.b = 1\n",
}


@pytest.mark.parametrize("name", REPEATED)
@pytest.mark.parametrize("start", [b"", b"---\n", b"{{", b"\x89HDF\r\n\x1a\n", b'{"license": '])
def test_no_repetition_makes_a_search_quadratic(name: str, start: bytes) -> None:
    # GIVEN 200 KB of the same, of which a quadratic search takes minutes
    data = start + REPEATED[name] * (200_000 // len(REPEATED[name]))

    # WHEN it is inspected
    before = time.process_time()
    scan(BytesSource(data), path="README.md")

    # THEN it takes far less
    assert time.process_time() - before < 5
