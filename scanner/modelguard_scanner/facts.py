"""Gathers what an artifact says about itself while it is inspected."""

from collections import Counter
from math import prod
from typing import Final

from modelguard_scanner.report import Facts

SHAPES_KEPT: Final = 20
NOTES_KEPT: Final = 50
TEXT_KEPT: Final = 200


def printable(text: str, length: int = TEXT_KEPT) -> str:
    """Make text from an artifact fit to be shown, stored and logged."""
    plain = text.encode("ascii", "backslashreplace").decode()
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in plain[: length * 2])
    return shown if len(shown) <= length else shown[: length - 3] + "..."


class FactsBuilder:
    """Counts and notes; `build` freezes them."""

    def __init__(self) -> None:
        self.formats: dict[str, None] = {}
        self._tensors = 0
        self._parameters = 0
        self._dtypes: Counter[str] = Counter()
        self._shapes: Counter[str] = Counter()
        self._versions: dict[str, str] = {}
        self._license: str | None = None
        self._notes: dict[str, None] = {}

    def add_format(self, name: str) -> None:
        """Note that a file or member has this format; the first one is the artifact's."""
        self.formats.setdefault(name)

    def add_tensor(self, dtype: str, shape: tuple[int, ...]) -> None:
        """Count one tensor. An empty shape is one element."""
        self._tensors += 1
        self._parameters += prod(shape)
        self._dtypes[printable(dtype, 40)] += 1
        if len(self._shapes) < SHAPES_KEPT * 50:
            self._shapes["x".join(map(str, shape[:8])) or "scalar"] += 1

    def add_version(self, library: str, version: str) -> None:
        """Note a library and the version that wrote the artifact."""
        if len(self._versions) < NOTES_KEPT:
            self._versions.setdefault(printable(library, 80), printable(version, 80))

    def add_license(self, license_id: str) -> None:
        """Note a license; the first one found counts."""
        if self._license is None and license_id.strip():
            self._license = printable(license_id.strip(), 100)

    def add_note(self, note: str) -> None:
        """Note something worth knowing that is no risk."""
        if len(self._notes) < NOTES_KEPT:
            self._notes.setdefault(printable(note))

    def build(self) -> Facts:
        """Freeze."""
        shapes = (f"{shape} ({count})" for shape, count in self._shapes.most_common(SHAPES_KEPT))
        return Facts(
            format=next(iter(self.formats), "unknown"),
            formats=tuple(self.formats),
            tensor_count=self._tensors,
            parameter_count=self._parameters,
            dtypes=dict(self._dtypes.most_common(SHAPES_KEPT)),
            shapes=tuple(shapes),
            versions=dict(self._versions),
            license=self._license,
            notes=tuple(self._notes),
        )
