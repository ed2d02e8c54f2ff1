"""Nothing is clean unless a reader understood all of it."""

import codecs
import random
from struct import pack

import pytest
from modelguard_scanner import BytesSource, Limits, Report, Verdict, scan

from tests.scanner import assembler as asm
from tests.scanner import containers as box

ORDER = (
    Verdict.CLEAN,
    Verdict.UNKNOWN,
    Verdict.SUSPICIOUS,
    Verdict.INCONCLUSIVE,
    Verdict.MALICIOUS,
)
EXECUTABLES = {
    "ELF": b"\x7fELF\x02\x01\x01",
    "PE": b"MZ" + bytes(58) + pack("<I", 64) + b"PE\0\0",
    "DOS": b"MZ" + bytes(58) + pack("<I", 9_999_999),
    "Mach-O 32": b"\xfe\xed\xfa\xce",
    "Mach-O 64": b"\xfe\xed\xfa\xcf",
    "Mach-O 32, swapped": b"\xce\xfa\xed\xfe",
    "Mach-O 64, swapped": b"\xcf\xfa\xed\xfe",
    "universal": b"\xca\xfe\xba\xbe\0\0\0\2",
    "universal, swapped": b"\xbe\xba\xfe\xca\2\0\0\0",
    "universal 64": b"\xca\xfe\xba\xbf\0\0\0\2",
    "universal 64, swapped": b"\xbf\xba\xfe\xca\2\0\0\0",
    "Java class": b"\xca\xfe\xba\xbe\0\0\0\x41",
    "Java serialization": b"\xac\xed\0\x05sr",
    "R in letters": b"A\n3\n263168\n197888\n5\nUTF-8\n",
    "Ruby": b"\x04\x08o:\x12Model\x06",
    "PHP": b'O:27:"Phpml":1:{s:4:"cost";}\n',
    ".NET": b"\0\1\0\0\0\xff\xff\xff\xff\1\0\0\0\0\0\0\0",
    "Torch7": b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1",
    "portable executable": b"jartsr='\n#'\n",
    "WebAssembly": b"\0asm\1\0\0\0",
    "archive": b"!<arch>\nx.o/            0\n",
    "thin archive": b"!<thin>\n",
    "shortcut": b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
    "desktop entry": b"# a comment\n\n[Desktop Entry]\nExec=sh\n",
    "script": b"#!/bin/sh\necho\n",
}
PYC = {
    "1.5": (20121, 8, b"c"),
    "2.7": (62211, 8, b"c"),
    "3.2": (3180, 8, b"c"),
    "3.6": (3379, 12, b"\xe3"),
    "3.12": (3531, 16, b"\xe3"),
    "of the future": (4321, 16, b"\xe3"),
}


def inspected(data: bytes, path: str = "file", **limits: int) -> Report:
    return scan(BytesSource(data), path=path, limits=Limits(**limits))  # type: ignore[arg-type]


def test_bytes_that_no_reader_claims_are_unknown() -> None:
    # GIVEN bytes of no format, and pictures, which no reader claims
    noise = random.Random(7).randbytes(4_096)
    for data in (noise, bytes(10_000), b"\x89PNG\r\n\x1a\n" + bytes(100)):
        # WHEN they are inspected
        report = inspected(data)

        # THEN nothing was proven
        assert report.verdict is Verdict.UNKNOWN
        assert [finding.rule for finding in report.findings] == ["format-unknown"]


def test_unknown_lies_between_clean_and_suspicious() -> None:
    # GIVEN one member of each verdict
    members = {
        Verdict.CLEAN: b"text\n",
        Verdict.UNKNOWN: bytes(100),
        Verdict.SUSPICIOUS: asm.pickle(asm.estimator("mymodel", "Network")),
        Verdict.INCONCLUSIVE: b"Rar!\x1a\x07" + bytes(100),
        Verdict.MALICIOUS: asm.EVIL,
    }
    # WHEN two of them are packed together THEN the worse one is the verdict
    for rank, worse in enumerate(ORDER):
        for better in ORDER[: rank + 1]:
            data = box.zip_of({"a": members[better], "b": members[worse]})
            assert inspected(data).verdict is worse


@pytest.mark.parametrize("name", EXECUTABLES)
def test_code_is_suspicious(name: str) -> None:
    report = inspected(EXECUTABLES[name] + bytes(100 if b"\n" not in EXECUTABLES[name] else 0))
    assert report.verdict is Verdict.SUSPICIOUS
    assert report.findings[0].rule in ("executable", "script")


@pytest.mark.parametrize("version", PYC)
def test_python_byte_code_of_every_version_is_suspicious(version: str) -> None:
    # GIVEN the header of a compiled module, and the start of its code
    number, size, mark = PYC[version]
    data = pack("<H", number) + b"\r\n"
    data += bytes(size - len(data)) + mark + bytes(100)

    # WHEN it is inspected THEN it is code
    assert inspected(data).findings[0].rule == "executable"


def test_scripts_are_expected_in_code() -> None:
    source = BytesSource(EXECUTABLES["script"])
    report = scan(source, path="run", expects_code=True)
    assert report.verdict is Verdict.CLEAN
    assert report.facts.notes == ("script: run",)


@pytest.mark.parametrize(
    "data",
    [
        "naïve 日本 🎉\n".encode(),
        codecs.BOM_UTF8 + b"text\r\n",
        "wide\n".encode("utf-16"),
        "wider\n".encode("utf-32"),
        b"\x1b[1;32mPASSED\x1b[0m 100%\r\x1b[K\tdone\n\f",
        b"x" * 9_000_000,
        ("é" * 9_000_000).encode(),
    ],
)
def test_text_is_clean(data: bytes) -> None:
    report = inspected(data)
    assert report.findings == ()
    assert report.facts.format == "text"


@pytest.mark.parametrize(
    "data",
    [
        b"nul\0byte",
        b"bell\a",
        b"title \x1b]0;owned\a",
        b"caf\xe9 in Latin-1",
        b"cut \xe6\x97",
        b"delete \x7f",
        b"x" * 9_000_000 + b"\x01",
        b"\xff\xfea\0\0",
        codecs.BOM_UTF16_LE + b"\0\xd8a\0",
    ],
)
def test_what_is_almost_text_is_unknown(data: bytes) -> None:
    assert inspected(data).verdict is Verdict.UNKNOWN


def test_what_is_not_read_to_its_end_is_inconclusive() -> None:
    # GIVEN honest documents over a cap
    text = b"a line of text\n" * 1_000
    wide = ("a line of text\n" * 1_000).encode("utf-16")
    document = b'{"auto_map": null, "values": [' + b"1," * 5_000 + b"1]}"
    names = b"[" + b'{"name": "package.Class"},' * 5_000 + b"1]"
    header = {f"w{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(99)}
    tensors = box.safetensors(header, b"")
    one = box.hdf5_message(1, b"\x01\x01" + bytes(6) + pack("<Q", 1))
    of_any_length = box.hdf5_message(
        3, b"\x19\x01\0\0" + pack("<I", 16) + b"\x13\0\0\0" + pack("<I", 1)
    )
    texts = box.hdf5_of(one, of_any_length)  # its values lie anywhere in the file
    for data, limits in (
        (text, {"max_search_bytes": 1_000}),
        (wide, {"max_unpacked_bytes": 1_000}),
        (document, {"max_header_bytes": 1_000}),
        (b'{"auto_map": null}' + b"\n" * 5_000, {"max_header_bytes": 1_000}),
        (names, {"max_parsed_bytes": 100_000}),
        (tensors, {"max_header_bytes": 1_000}),
        (tensors, {"max_parsed_bytes": 10_000}),
        (texts, {"max_search_bytes": 100}),
    ):
        # WHEN they are inspected THEN what was not read is told
        report = inspected(data, **limits)
        assert report.verdict is Verdict.INCONCLUSIVE
        assert report.findings[0].rule == "over-cap"


def test_a_member_over_a_cap_does_not_hide_its_neighbours() -> None:
    data = box.zip_of({"a": b"text\n" * 1_000, "b": asm.EVIL})
    assert inspected(data, max_search_bytes=1_000).verdict is Verdict.MALICIOUS


@pytest.mark.parametrize(
    "start",
    [
        b"\x28\xb5\x2f\xfd",
        b"\x22\xb5\x2f\xfd",
        b"\x50\x2a\x4d\x18\4\0\0\0note",
        b"\x5f\x2a\x4d\x18\4\0\0\0note",
        b"\x04\x22\x4d\x18",
        b"\x02\x21\x4c\x18",
    ],
)
def test_every_frame_of_zstd_and_lz4_is_a_format_that_was_not_read(start: bytes) -> None:
    assert inspected(start + bytes(100)).verdict is Verdict.INCONCLUSIVE
