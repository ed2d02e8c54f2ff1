"""Text in UTF-16 and UTF-32, which YAML and Python's `json.loads` read like any other."""

import codecs
import json
from typing import TYPE_CHECKING, Final

from modelguard_scanner.archives.unpack import Spool, chunks

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_utf8(scan: "Scan", member: "Member", head: bytes) -> Spool | None:
    """Return the member's text in UTF-8 if it is written in wide characters; close it after use.

    What cannot be decoded becomes U+FFFD.
    """
    encoding = _encoding(head)
    if encoding is None:
        return None
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    spool = Spool()
    try:
        for piece in chunks(member.source, 0, member.source.size):
            scan.budget.count_unpacked(len(piece))
            spool.write(decoder.decode(piece).encode("utf-8", "replace"))
        spool.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    except BaseException:
        spool.close()
        raise
    return spool


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
