"""What a whole zip archive is: rules that let something pass look at all of it, not at one name."""

import csv
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modelguard_scanner.archives.zip_walk import Entry

DIST_INFO: Final = re.compile(r"([A-Za-z0-9_.]+)-([A-Za-z0-9_.!+]+)\.dist-info/WHEEL")
UNSIGNED: Final = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s"})
"""Files of a wheel that its record cannot hold a hash of."""
STARTUP: Final = re.compile(
    r"(?:[^/]+\.data/(?:purelib|platlib|data/(?:.*/)?site-packages)/)?"
    r"(?:[^/]+\.pth|(?:sitecustomize|usercustomize)(?:\.py[cdo]?|\.so|/.*|\..*\.so))"
)
"""Files of a wheel that Python reads whenever it starts."""
MAX_RECORD: Final = 8 * 1024 * 1024
TORCH_PICKLES: Final = ("data.pkl", "constants.pkl")
"""The pickles of a PyTorch archive that name tensors, which lie in folders of the same names."""
INTERPRETED: Final = frozenset(
    {"data.pkl", "constants.pkl", "attributes.pkl", "bytecode.pkl", "traced_inputs.pkl"}
)
"""The pickles of a TorchScript archive that PyTorch reads without Python."""


def torch_root(entries: "Iterable[Entry]") -> str | None:
    """Return the folder that holds all of a PyTorch archive; None if the archive is none."""
    names = {entry.name for entry in entries}
    root = next(iter(names), "").partition("/")[0] + "/"
    in_root = all(name.startswith(root) for name in names)
    versions = {f"{root}version", f"{root}.data/version"}
    complete = f"{root}data.pkl" in names and not versions.isdisjoint(names)
    return root if in_root and complete and root != "/" else None


def is_torchscript(root: str, entries: "Iterable[Entry]") -> bool:
    """Return whether a PyTorch archive is one that PyTorch hands to TorchScript's interpreter."""
    names = {entry.name for entry in entries}
    return f"{root}constants.pkl" in names and any(
        name.startswith(f"{root}code/") for name in names
    )


def is_interpreted(root: str, name: str) -> bool:
    """Return whether TorchScript's interpreter reads the member, which imports nothing."""
    inner = name.removeprefix(root)
    return inner in INTERPRETED or (inner.startswith("code/") and inner.endswith(".debug_pkl"))


def wheel_hashes(
    entries: "Iterable[Entry]", read: "Callable[[Entry], bytes | None]"
) -> "Mapping[str, str] | None":
    """Return the SHA-256 of every member of a wheel by name, as its record has them.

    They are in URL-safe base64 without padding. None if the archive is not a complete wheel: one
    `.dist-info` folder at the top with WHEEL, METADATA of the same name and version, and a RECORD
    that lists exactly the members there are, with their sizes.
    """
    members = {entry.name: entry for entry in entries if not entry.is_folder}
    heads = [match for name in members if (match := DIST_INFO.fullmatch(name))]
    if len(heads) != 1:
        return None
    folder = heads[0][0].removesuffix("WHEEL")
    texts = []
    for file in ("WHEEL", "METADATA", "RECORD"):
        entry = members.get(folder + file)
        data = read(entry) if entry and entry.size <= MAX_RECORD else None
        if data is None:
            return None
        texts.append(data.decode("utf-8", "replace"))
    wheel, metadata, record = texts
    name = re.search(r"^Name: *(\S+)", metadata, re.MULTILINE)
    version = re.search(r"^Version: *(\S+)", metadata, re.MULTILINE)
    if not (wheel.startswith("Wheel-Version: 1.") and name and version):
        return None
    if _normal(name[1]) != _normal(heads[0][1]) or _normal(version[1]) != _normal(heads[0][2]):
        return None
    return _hashes(record, folder, members)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _hashes(record: str, folder: str, members: "Mapping[str, Entry]") -> dict[str, str] | None:
    try:
        rows = [row for row in csv.reader(record.splitlines()) if row]
    except csv.Error:
        return None
    unsigned = {folder + name for name in UNSIGNED}
    found = {}
    for row in rows:
        if len(row) != 3 or row[0] in found:  # noqa: PLR2004  # name, hash and size
            return None
        name, digest, size = row
        if name in unsigned:
            continue
        if name not in members or str(members[name].size) != size:
            return None
        found[name] = digest.removeprefix("sha256=")
    return found if found.keys() == members.keys() - unsigned else None
