"""Gathers what an artifact says about itself while it is inspected."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from modelguard_scanner.report import Facts, Tensor
from modelguard_scanner.routing import COMPANION_FORMATS

SHAPES_KEPT: Final = 20
NOTES_KEPT: Final = 50
FORMATS_KEPT: Final = 20
NAMES_KEPT: Final = 20
"""Base models, datasets and architectures, each."""
TENSORS_KEPT: Final = 1_000
TENSOR_BYTES_KEPT: Final = 64 * 1024
"""Most bytes that the names, types and shapes of the listed tensors take together."""
TEXT_KEPT: Final = 200
DIMENSIONS_KEPT: Final = 8
MAX_COUNT: Final = 2**63 - 1
"""What counts end at: the largest number that every reader of JSON can hold as an integer."""


def printable(text: str, length: int = TEXT_KEPT) -> str:
    """Make text from an artifact fit to be shown, stored and logged."""
    plain = text[: length * 2].encode("ascii", "backslashreplace").decode()
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in plain[: length * 2])
    return shown if len(shown) <= length else shown[: length - 3] + "..."


class FactsBuilder:
    """Counts and notes; `build` freezes them."""

    def __init__(self) -> None:
        self.formats: dict[str, None] = {}
        self._count = 0
        self._parameters = 0
        self._dtypes: Counter[str] = Counter()
        self._shapes: Counter[str] = Counter()
        self._tensors: list[Tensor] = []
        self._tensor_bytes = 0
        self._versions: dict[str, str] = {}
        self._license: str | None = None
        self._base_models: dict[str, None] = {}
        self._datasets: dict[str, None] = {}
        self._task: str | None = None
        self._architectures: dict[str, None] = {}
        self._notes: dict[str, None] = {}

    def add_format(self, name: str) -> None:
        """Note that a file or member has this format; the first one is the artifact's."""
        self.formats.setdefault(name)

    def add_tensor(self, dtype: str, shape: tuple[int, ...], name: str = "") -> None:
        """Count one tensor, and list it while there is room. An empty shape is one element."""
        self._count += 1
        self._parameters = min(MAX_COUNT, self._parameters + elements(shape))
        dtype = printable(dtype, 40)
        if dtype in self._dtypes or len(self._dtypes) < SHAPES_KEPT * 50:
            self._dtypes[dtype] += 1
        sizes = tuple(min(size, MAX_COUNT) for size in shape[:DIMENSIONS_KEPT])
        shown = "x".join(map(str, sizes)) or "scalar"
        if shown in self._shapes or len(self._shapes) < SHAPES_KEPT * 50:
            self._shapes[shown] += 1
        if name and len(self._tensors) < TENSORS_KEPT:
            self._list(Tensor(printable(name), dtype, sizes), len(shown))

    def _list(self, tensor: Tensor, shape_bytes: int) -> None:
        self._tensor_bytes += len(tensor.name) + len(tensor.dtype) + shape_bytes
        if self._tensor_bytes <= TENSOR_BYTES_KEPT:
            self._tensors.append(tensor)

    def add_version(self, library: str, version: str) -> None:
        """Note a library and the version that wrote the artifact."""
        if len(self._versions) < NOTES_KEPT:
            self._versions.setdefault(printable(library, 80), printable(version, 80))

    def add_license(self, license_id: str) -> None:
        """Note a license; the first one found counts."""
        if self._license is None and license_id.strip():
            self._license = printable(license_id.strip(), 100)

    def add_base_model(self, name: str) -> None:
        """Note a model that this one was made from."""
        _add(self._base_models, name, NAMES_KEPT)

    def add_dataset(self, name: str) -> None:
        """Note a dataset that the model was trained on."""
        _add(self._datasets, name, NAMES_KEPT)

    def add_task(self, name: str) -> None:
        """Note what the model does, such as `text-generation`; the first one found counts."""
        if self._task is None and name.strip():
            self._task = printable(name.strip(), 80)

    def add_architecture(self, name: str) -> None:
        """Note the class or family of the model."""
        _add(self._architectures, name, NAMES_KEPT)

    def add_note(self, note: str) -> None:
        """Note something worth knowing that is not a risk."""
        _add(self._notes, note, NOTES_KEPT)

    def build(self) -> Facts:
        """Freeze."""
        shapes = (f"{shape} ({count})" for shape, count in self._shapes.most_common(SHAPES_KEPT))
        return Facts(
            format=next(iter(self.formats), "unknown"),
            formats=tuple(self.formats),
            tensor_count=self._count,
            parameter_count=self._parameters,
            dtypes=dict(self._dtypes.most_common(SHAPES_KEPT)),
            shapes=tuple(shapes),
            tensors=tuple(self._tensors),
            versions=dict(self._versions),
            license=self._license,
            base_models=tuple(self._base_models),
            datasets=tuple(self._datasets),
            task=self._task,
            architectures=tuple(self._architectures),
            notes=tuple(self._notes),
        )


def _add(names: dict[str, None], name: str, kept: int) -> None:
    if name.strip() and len(names) < kept:
        names.setdefault(printable(name.strip()))


def elements(shape: Iterable[int]) -> int:
    """Return the number of elements of a shape, which ends at MAX_COUNT."""
    count = 1
    for size in shape:
        if size <= 0:
            return 0
        count = min(MAX_COUNT, count * size)
    return count


def merge(parts: Iterable[Facts]) -> Facts:
    """Return the facts of several files as one, the most important file first.

    It is as bounded as the facts of one file, however many there are.
    """
    facts = list(parts)
    dtypes: Counter[str] = Counter()
    merged = FactsBuilder()
    for fact in facts:
        dtypes.update(fact.dtypes)
        for library, version in fact.versions.items():
            merged.add_version(library, version)
        for name in fact.base_models:
            merged.add_base_model(name)
        for name in fact.datasets:
            merged.add_dataset(name)
        for name in fact.architectures:
            merged.add_architecture(name)
        for note in fact.notes:
            merged.add_note(note)
        merged.add_license(fact.license or "")
        merged.add_task(fact.task or "")
        for tensor in fact.tensors:
            merged.add_tensor(tensor.dtype, tensor.shape, tensor.name)
    return replace(
        merged.build(),
        format=next(
            (fact.format for fact in facts if fact.format not in COMPANION_FORMATS), "unknown"
        ),
        formats=tuple(sorted({name for fact in facts for name in fact.formats}))[:FORMATS_KEPT],
        tensor_count=min(MAX_COUNT, sum(fact.tensor_count for fact in facts)),
        parameter_count=min(MAX_COUNT, sum(fact.parameter_count for fact in facts)),
        dtypes=dict(dtypes.most_common(SHAPES_KEPT)),
        shapes=next((fact.shapes for fact in facts if fact.shapes), ()),
    )
