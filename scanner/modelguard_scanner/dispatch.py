"""Hands bytes to the readers of all formats that they could be loaded as."""

from typing import TYPE_CHECKING

from modelguard_scanner.catalogue.general import (
    EXECUTABLE,
    FORMAT_UNKNOWN,
    FORMAT_UNREADABLE,
    POLYGLOT,
    SCRIPT,
)
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.readers import LAST_READERS, READERS
from modelguard_scanner.routing import code_format, data_format, is_script, unreadable_format

if TYPE_CHECKING:
    from modelguard_scanner.readers import Reader
    from modelguard_scanner.scanning import Member, Scan


def dispatch(scan: "Scan", member: "Member", head: bytes) -> None:
    """Try a member as everything that it could be; what nothing accepts is unknown.

    A reader that fails leaves a finding and does not keep the others from reading.
    """
    formats = [one.name for one in READERS if _accepts(one, scan, member, head)]
    if len(formats) > 1:
        detail = f"the bytes are several formats at once: {', '.join(formats)}"
        scan.find(member, POLYGLOT, detail)
    told = [_tell_code(scan, member, head), _tell_unreadable(scan, member, head)]
    if not formats:
        formats = [one.name for one in LAST_READERS if _accepts(one, scan, member, head)]
    is_text = (not formats or b"\0" not in head) and _is_text(scan, member, head)
    if not (formats or is_text or any(told)):
        scan.facts.add_format(data_format(head) or "unknown")
        scan.find(member, FORMAT_UNKNOWN)


def _accepts(reader: "Reader", scan: "Scan", member: "Member", head: bytes) -> bool:
    """Return whether the member is of the reader's format, whole or broken."""
    if not reader.claim(member.source, head):
        return False
    try:
        return reader.read(scan, member)
    except OverCap:
        raise
    except ScanError as error:
        scan.fail(member, error)
        return True


def _tell_code(scan: "Scan", member: "Member", head: bytes) -> bool:
    """Report bytes that are code, or run code when they are read."""
    kind = code_format(member.source, head)
    if kind is not None:
        scan.facts.add_note(f"{kind}: {member.path}")
        if not member.in_package:
            scan.find(member, EXECUTABLE, f"{kind} is code, or runs code when it is read")
    elif is_script(head):
        scan.facts.add_note(f"script: {member.path}")
        if not (member.in_package or scan.expects_code):
            scan.find(member, SCRIPT)
        return False  # a script is text, which is read like any other
    return kind is not None


def _tell_unreadable(scan: "Scan", member: "Member", head: bytes) -> bool:
    """Report known formats that no reader opens."""
    kind = unreadable_format(head)
    if kind is not None:
        scan.facts.add_format(kind)
        scan.find(member, FORMAT_UNREADABLE, f"{kind} files cannot be opened by this engine")
    return kind is not None


def _is_text(scan: "Scan", member: "Member", head: bytes) -> bool:
    from modelguard_scanner.formats.texts import inspect_texts  # noqa: PLC0415  # lazy

    try:
        return inspect_texts(scan, member, head)
    except OverCap:
        raise
    except ScanError as error:
        scan.fail(member, error)
        return True
