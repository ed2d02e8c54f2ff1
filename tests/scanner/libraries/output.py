"""Where makers put their files, with a label for each."""

import importlib.metadata
import json
import pickle
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TypedDict

CLEAN: Final = ("clean",)
CARRIES_CODE: Final = ("suspicious",)
"""Right for a file that holds code by value or needs the author's own modules."""
CUSTOM: Final = ("clean", "suspicious")
"""Right for classes of libraries that the scanner need not know."""
UNKNOWN: Final = ("unknown", "clean")
"""Right for bytes without structure, such as raw floats, which no loader runs."""
CHUNKS: Final = ("clean", "unknown", "inconclusive")
"""Right for compressed pieces of an array, which only a reader of that format understands."""


class Label(TypedDict):
    """Who wrote a file, and the verdicts that are right for it, the best first."""

    library: str
    version: str
    right: list[str]


class Output:
    """A folder of one maker; whatever is not labelled otherwise must be clean."""

    def __init__(self, root: Path, name: str, library: str) -> None:
        self.name = name
        self.folder = root / name
        self.folder.mkdir(parents=True)
        self._library = library
        self._right: dict[str, tuple[str, ...]] = {}
        self.left_out: dict[str, str] = {}

    def path(self, name: str, right: tuple[str, ...] = CLEAN) -> Path:
        """Return the path of a file or folder to write, and label what will stand there."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._right[name] = right
        return path

    def write(self, name: str, data: bytes | str, right: tuple[str, ...] = CLEAN) -> None:
        """Write one file."""
        self.path(name, right).write_bytes(data.encode() if isinstance(data, str) else data)

    def pickle(
        self, name: str, value: Any, *protocols: int, right: tuple[str, ...] = CLEAN
    ) -> None:
        """Pickle a value by the default protocol, or once by each of those named."""
        if not protocols:
            self.write(f"{name}.pkl", pickle.dumps(value), right)
        for protocol in protocols:
            self.write(f"{name}.{protocol}.pkl", pickle.dumps(value, protocol), right)

    def labels(self) -> Iterable[tuple[str, Label]]:
        """Yield the label of every file; a folder's label is that of the files in it."""
        version = _version(self._library)
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            name = path.relative_to(self.folder)
            owner = next(
                (own for own in (name, *name.parents) if own.as_posix() in self._right), name
            )
            right = self._right.get(owner.as_posix(), CLEAN)
            label: Label = {"library": self._library, "version": version, "right": list(right)}
            yield f"{self.name}/{name.as_posix()}", label


def write_labels(root: Path, labels: dict[str, Label], left_out: dict[str, dict[str, str]]) -> None:
    """Write the labels of all makers, and what each of them had to leave out."""
    for name, content in (("labels.json", labels), ("left_out.json", left_out)):
        (root / name).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def _version(library: str) -> str:
    if library == "python":
        return platform.python_version()
    return importlib.metadata.version(library)
