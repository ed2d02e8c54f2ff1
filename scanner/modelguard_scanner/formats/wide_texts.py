"""Text in UTF-16 and UTF-32, which YAML and Python's `json.loads` read like any other."""

import codecs
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from modelguard_scanner.limits import OverCap
from modelguard_scanner.source import BytesSource

if TYPE_CHECKING:
    from modelguard_scanner.inspection import Inspection, Member

MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_utf8(scan: "Inspection", member: "Member", head: bytes) -> "Member | None":
    """Return the member's text in UTF-8 if it is written in wide characters."""
    encoding = _encoding(head)
    if encoding is None:
        return None
    size = member.source.size
    if size > scan.limits.max_header_bytes:
        raise OverCap(f"bytes of a text in {encoding}", scan.limits.max_header_bytes)
    text = member.source.read_at(0, size).decode(encoding, "replace")

    return replace(member, source=BytesSource(text.encode("utf-8", "replace")))


def _encoding(head: bytes) -> str | None:
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    encoding = marked or json.detect_encoding(head)
    if encoding.startswith("utf-8"):
        return None
    try:
        start = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None
    return encoding if marked or start.lstrip()[:1] in ("{", "[") else None
