"""Names of an archive's members: what leads out of a folder, and what readers see differently."""

import re
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.archives import ARCHIVE_NAME, ARCHIVE_PATH

if TYPE_CHECKING:
    from modelguard_scanner.catalogue.rule import Rule
    from modelguard_scanner.scanning import Member, Scan

ODD: Final = re.compile(
    r"[\0-\x1f\x7f-\x9f\\\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff0-\uffff\ud800-\udfff]|[. ]\Z|;\d*\Z|\A\Z"
)
"""What some reader drops from a part of a name, or shows as something else: control and format
characters, bytes of no encoding (written with a backslash), dots and spaces at its end, versions as
in VMS; and parts that are empty."""
SEPARATORS: Final = re.compile(r"[/\\:]|(?<![^/\\])\.\.?(?![^/\\])")
REPLACED: Final = str.maketrans(dict.fromkeys(':<>|"?*', "_"))
"""What Python writes for characters that Windows does not allow in names."""
MAX_PARTS: Final = 32
MAX_CHARACTERS: Final = 1_024


class Names:
    """Checks one archive's names, each for itself and all for two that are one to some reader."""

    def __init__(self, scan: "Scan", outer: "Member", duplicate: "Rule") -> None:
        self._scan = scan
        self._outer = outer
        self._duplicate = duplicate
        self._folders: dict[int, bool] = {}
        """Whether the path with this hash is a folder; hashes, for paths take too much memory."""

    def check(self, name: str, *, folder: bool = False, offset: int | None = None) -> None:
        """Report what is wrong with the next member's name; folders may come more than once."""
        if escapes(name):
            message = f"the member {name} would be written outside its folder"
            self._scan.find(self._outer, ARCHIVE_PATH, message, offset)
        long = len(name) > MAX_CHARACTERS or name.count("/") > MAX_PARTS
        if long or is_odd(name):
            message = f"readers may see another name than {name}"
            self._scan.find(self._outer, ARCHIVE_NAME, message, offset)
        elif self._is_taken(name, folder=folder):
            message = f"two members named {name}, to some readers at least"
            self._scan.find(self._outer, self._duplicate, message, offset)

    def _is_taken(self, name: str, *, folder: bool) -> bool:
        """Return whether a member has this path already, or is a file where this needs a folder."""
        parts = [part for part in _canonical(name).split("/") if part not in ("", ".")]
        self._scan.budget.spend(len(parts))
        path = 0
        for part in parts[:-1]:
            path = hash((path, part))
            if not self._folders.setdefault(path, True):
                return True
        path = hash((path, *parts[-1:]))
        if path not in self._folders:
            self._folders[path] = folder
            return False
        return not (folder and self._folders[path])


def escapes(name: str) -> bool:
    """Return whether a member's name leads out of the folder that it is unpacked to."""
    name = name.replace("\\", "/")
    drive = len(name) > 1 and name[1] == ":" and name[0].isalpha()
    return name.startswith("/") or drive or ".." in name.split("/") or "\0" in name


def is_odd(name: str) -> bool:
    """Return whether some reader drops or converts a part of this name."""
    if any(ODD.search(part) for part in name.removesuffix("/").split("/") if part != "."):
        return True
    if name.isascii():
        return False
    from unicodedata import normalize  # noqa: PLC0415  # lazy: most names are ASCII

    return SEPARATORS.findall(normalize("NFKC", name)) != SEPARATORS.findall(name)


def _canonical(name: str) -> str:
    """Return the name as file systems compare it that ignore case and forms of composition."""
    if not name.isascii():
        from unicodedata import normalize  # noqa: PLC0415  # lazy: most names are ASCII

        name = normalize("NFD", normalize("NFD", name).casefold())
    return name.lower().translate(REPLACED)
