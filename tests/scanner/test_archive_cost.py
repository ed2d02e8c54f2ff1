"""What archives of many parts cost: one budget bounds all of them."""

import gzip
import lzma
import time
import zlib
from collections.abc import Callable
from struct import pack

import pytest
from modelguard_scanner import BytesSource, Limits, Verdict, scan

from tests.scanner import containers as box

SECONDS = 20
"""Most that any file may take, on a machine that does other things too."""


def directory(count: int, announced: int, name: bytes = b"a", extra: bytes = b"") -> bytes:
    """A zip whose directory has `count` entries of one local header."""
    out = bytearray(b"PK\3\4" + bytes(26))
    for number in range(count):
        one = name + b"%d" % number
        out += pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0,
                    len(one), len(extra), 0, 0, 0, 0, 0) + one + extra  # fmt: skip
    numbers = (0, 0, announced, announced, len(out) - 30, 30, 0)
    return bytes(out + pack("<4s4H2IH", b"PK\5\6", *numbers))


def tar_header(kind: bytes) -> bytes:
    head = bytearray(box.tar_of({"a": b""})[:512])
    head[156:157] = kind
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


MANY: dict[str, Callable[[], bytes]] = {
    "entries": lambda: directory(60_000, 60_000),
    "entries, of which one is announced": lambda: directory(300_000, 1),
    "long names": lambda: directory(300, 300, "\u00e9".encode() * 30_000),
    "folders in folders": lambda: directory(5_000, 5_000, b"a/" * 30),
    "extra fields": lambda: directory(
        300, 300, extra=b"".join(pack("<HH", kind, 0) for kind in range(16_000))
    ),
    "tar headers about others": lambda: tar_header(b"g") * 60_000 + bytes(1024),
    "tar members": lambda: tar_header(b"0") * 60_000 + bytes(1024),
    "gzip streams": lambda: gzip.compress(b"a", mtime=0) * 200_000,
    "xz streams": lambda: lzma.compress(b"") * 100_000,
    "zlib streams": lambda: zlib.compress(b"a") * 200_000,
    "end records": lambda: b"PK\5\6" * 1_000_000,
}


HONEST = {name for name in MANY if "headers" in name or name.startswith(("gzip", "xz"))}
"""Those that readers read in one way only, and so may be read to the end where time suffices."""


@pytest.mark.parametrize("name", MANY)
def test_an_archive_of_many_parts_is_bounded(name: str) -> None:
    # GIVEN megabytes of small parts WHEN they are inspected
    data, before = MANY[name](), time.process_time()
    report = scan(BytesSource(data), path="m", limits=Limits(max_seconds=5))

    # THEN it takes no longer than any other file, and no part is passed over in silence
    assert time.process_time() - before < SECONDS
    assert all(finding.rule != "engine-failure" for finding in report.findings)
    assert report.verdict is not Verdict.CLEAN or name in HONEST
