"""Pickles inside the bytes, or the base64 text, of another pickle: nothing loads them by itself."""

import binascii
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.pickles import PICKLE_NESTED
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.report import RANK, Severity
from modelguard_scanner.source import BytesSource, SubSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelguard_scanner.scanning import Member, Scan

BASE64_STARTS: Final = (b"gAJ", b"gAN", b"gASV", b"gAWV", b"Y2", b"KF", b"gAB", b"gAA")
"""How base64 of pickles starts, of the protocols 2 to 5, then of 0 and 1."""
STARTS: Final = b"\x80c("
MAX_NESTED: Final = 3
MAX_KEPT: Final = 1_000
"""Places in one pickle that are looked at."""
LONGEST_BASE64: Final = 8 * 1024 * 1024


def may_be_pickle(start: bytes, size: int, *, text: bool) -> bool:
    """Return whether a value of `size` bytes may be a pickle, from its first four bytes."""
    if text:
        return size >= 8 and start.startswith(BASE64_STARTS)  # noqa: PLR2004  # the shortest that imports
    if start[:1] == b"\x80":
        return size > 3 and start[1:2] <= b"\x05"  # noqa: PLR2004  # a header and STOP
    return size > 3 and start[:1] in STARTS  # noqa: PLR2004  # an import and STOP


def inspect_nested(
    scan: "Scan",
    member: "Member",
    place: tuple[int, int, bool],
    read: "Callable[[Scan, Member], bool]",
) -> None:
    """Report a nested pickle that is not harmless.

    Args:
        scan: gets the finding, and its budget is spent.
        member: what holds the value.
        place: offset and size of the value, and whether it is base64.
        read: judges a member as pickles.
    """
    offset, size, is_text = place
    source = SubSource(member.source, offset, size)
    if is_text:
        if size > LONGEST_BASE64:
            return
        try:
            source_bytes = binascii.a2b_base64(source.read_at(0, size))
        except binascii.Error:
            return
        inner = scan.inner(member, BytesSource(source_bytes), f"base64@{offset}")
    else:
        inner = scan.inner(member, source, f"bytes@{offset}")
    trial = scan.trial()
    try:
        read(trial, inner)
    except OverCap:
        raise
    except ScanError as error:
        trial.fail(inner, error)
    for found in trial.findings:
        if RANK[found.severity] >= RANK[Severity.SUSPICIOUS] and found.rule != "pickle-broken":
            scan.find(member, PICKLE_NESTED, f"holds another pickle: {found.message}", offset)
