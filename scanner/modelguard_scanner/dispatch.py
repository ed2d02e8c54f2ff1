"""Hands bytes to the readers of all formats that they could be loaded as."""

from typing import TYPE_CHECKING

from modelguard_scanner.archives.zips import inspect_zip
from modelguard_scanner.formats.safetensors import looks_like_safetensors
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.report import Severity
from modelguard_scanner.routing import HDF5_NEAR, has_hdf5

if TYPE_CHECKING:
    from modelguard_scanner.inspection import Inspection, Member
    from modelguard_scanner.routing import Claims


def dispatch(scan: "Inspection", member: "Member", head: bytes, found: "Claims") -> None:
    """Try a member as a pickle, as what its start claims, and as a zip, whose mark is at its end.

    A reader that fails leaves a finding and does not keep the others from reading.
    """
    formats = [name for name in _tries(member, head, found) if _try(scan, member, name)]
    if len(formats) > 1:
        message = f"the bytes are several formats at once: {', '.join(formats)}"
        scan.find(member, "polyglot", Severity.SUSPICIOUS, message)
    _report_unread(scan, member, found, formats)
    if not formats or b"\0" not in head:
        _inspect_text(scan, member, head)


def _tries(member: "Member", head: bytes, found: "Claims") -> list[str]:
    """Return the formats to try; the start of a zip is no pickle opcode that a loader gets past.

    What lies at fixed places inside of a tar belongs to its members, which are inspected.
    """
    names = [] if "zip" in found.formats else ["pickle"]
    names += [name for name in found.formats if name != "zip"]
    if looks_like_safetensors(head, member.source.size):
        names.append("safetensors")
    if "tar" not in names:
        if "hdf5" not in names and has_hdf5(member.source, 0, HDF5_NEAR):
            names.append("hdf5")
        names.append("zip")
    return [*names, "messages"]


def _try(scan: "Inspection", member: "Member", name: str) -> bool:
    """Read the member as one format; say if it is that, whole or broken."""
    try:
        return _read(scan, member, name)
    except OverCap:
        raise
    except ScanError as error:
        scan.fail(member, error)
        return True


def _read(scan: "Inspection", member: "Member", name: str) -> bool:  # noqa: C901  # the table of readers, each imported when it is needed
    if name == "pickle":
        return inspect_pickle(scan, member)
    if name == "zip":
        if inspect_zip(scan, member):
            return True
        if member.source.read_at(0, 4) == b"PK\x03\x04":
            raise ScanError("zip-broken", "the archive has no directory")
        return False
    if name == "tar":
        from modelguard_scanner.archives.tars import inspect_tar  # noqa: PLC0415

        inspect_tar(scan, member)
    elif name == "7z":
        from modelguard_scanner.archives.seven_zip import inspect_7z  # noqa: PLC0415

        inspect_7z(scan, member)
    elif name == "npy":
        from modelguard_scanner.formats.npy import inspect_npy  # noqa: PLC0415

        inspect_npy(scan, member)
    elif name == "safetensors":
        from modelguard_scanner.formats.safetensors import inspect_safetensors  # noqa: PLC0415

        inspect_safetensors(scan, member)
    elif name == "gguf":
        from modelguard_scanner.formats.gguf import inspect_gguf  # noqa: PLC0415

        inspect_gguf(scan, member)
    elif name == "messages":
        from modelguard_scanner.formats.messages import inspect_messages  # noqa: PLC0415

        return inspect_messages(scan, member)
    elif name == "hdf5":
        from modelguard_scanner.formats.hdf5 import inspect_hdf5  # noqa: PLC0415

        inspect_hdf5(scan, member)
    else:
        from modelguard_scanner.archives.compressed import inspect_compressed  # noqa: PLC0415

        return inspect_compressed(scan, member, name)
    return True


def _report_unread(
    scan: "Inspection", member: "Member", found: "Claims", formats: list[str]
) -> None:
    """Report what no reader opens: other containers, code, and HDF5 far from the start."""
    if found.unreadable:
        scan.facts.add_format(found.unreadable)
        message = f"{found.unreadable} files cannot be opened by this engine"
        scan.find(member, "format-unreadable", Severity.INCONCLUSIVE, message)
    if found.executable:
        scan.facts.add_note(f"{found.executable}: {member.path}")
        if not member.in_package:
            message = f"{found.executable} is code, or runs code when it is read"
            scan.find(member, "executable", Severity.SUSPICIOUS, message)
    if not formats and has_hdf5(member.source, HDF5_NEAR, member.source.size):
        _try(scan, member, "hdf5")


def _inspect_text(scan: "Inspection", member: "Member", head: bytes) -> None:
    """Inspect JSON and other text, whatever format its letters also are."""
    from modelguard_scanner.formats.json_files import inspect_json, starts_json  # noqa: PLC0415
    from modelguard_scanner.formats.texts import inspect_text  # noqa: PLC0415
    from modelguard_scanner.formats.wide_texts import as_utf8  # noqa: PLC0415

    wide = as_utf8(scan, member, head)
    if wide:
        member, head = wide, wide.source.read_at(0, len(head))
    if starts_json(scan, member, head) and inspect_json(scan, member):
        return
    inspect_text(scan, member, head)
