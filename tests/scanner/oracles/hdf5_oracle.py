"""HDF5: from whatever is clean, h5py reaches no other file, and no pickle that a reader loads."""

import io
import pickle
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

from tests.scanner.oracles.judged import judge, misjudged
from tests.scanner.oracles.mutations import mutated

EVIL = b"cos\nsystem\n"
FILES = ("sibling.h5", "../x.h5", "/etc/x.h5")
KINDS = ("link", "attribute", "opaque", "variable", "column", "virtual", "storage", "text")
MOST = 500
"""Objects that are visited: broken files may hold rings of them."""


class _System:
    def __reduce__(self) -> tuple[object, ...]:
        import os  # noqa: PLC0415  # whose `system` is what a pickle of this class names

        return os.system, ("x",)


class Hdf5Oracle:
    """See `oracle.Oracle`."""

    cases_in_test = 400
    memory = 4 * 1024**3
    libraries = True

    def __init__(self) -> None:
        self._honest = b""
        self._h5: Any = None
        self._np: Any = None

    def prepare(self) -> None:
        import h5py  # noqa: PLC0415  # only the environment of the loaders has it
        import numpy  # noqa: ICN001, PLC0415

        self._h5, self._np = h5py, numpy
        for seed in range(20):  # what is imported late would be an escape
            data = self.make(Random(seed))
            judge(data, "model.h5")
            self.difference(data)

    def make(self, random: Random) -> bytes:
        file = io.BytesIO()
        evil = random.choice((None, *KINDS))
        with self._h5.File(
            file, "w",
            libver=random.choice(("earliest", "latest", ("earliest", "v110"), ("v108", "v112"))),
            track_order=random.random() < 0.4,
            userblock_size=random.choice((0, 0, 0, 512, 1024)),
        ) as root:  # fmt: skip
            groups = [root]
            for index in range(random.choice((1, 5, 5, 40))):
                _grow(random, groups, index)
            for index in range(random.choice((0, 0, 9, 30))):
                random.choice(groups).attrs[f"a{index}"] = random.choice((index, "v", "{}"))
            if evil:
                self._add(random, evil, random.choice(groups))
        data = file.getvalue()
        changed = random.random() < 0.5
        self._honest = b"" if evil or changed else data
        return mutated(random, data, near=4_096) if changed else data

    def _add(self, random: Random, kind: str, group: Any) -> None:
        h5, np = self._h5, self._np
        data = pickle.dumps(_System(), random.randint(0, 3)).replace(b"posix", b"os")
        data = EVIL + b"(S'x'\ntR." if random.random() < 0.5 else data
        file = random.choice(FILES)
        bytes_ = np.frombuffer(data, "u1")
        if kind == "link":
            group["evil"] = h5.ExternalLink(file, "/x")
        elif kind == "attribute":
            group.attrs["evil"] = np.bytes_(data)
        elif kind == "opaque":
            group.attrs["evil"] = np.void(data)
        elif kind == "variable":
            value = np.empty((1,), dtype=object)
            value[0] = bytes_
            group.attrs.create("evil", value, dtype=h5.vlen_dtype("u1"))
        elif kind == "column":
            more = {"chunks": True, "maxshape": (None,)} if random.random() < 0.5 else {}
            group.create_dataset("evil", (2,), dtype=h5.vlen_dtype("u1"), **more)[0] = bytes_
        elif kind == "virtual":
            layout = h5.VirtualLayout((4,), "f4")
            layout[:] = h5.VirtualSource(file, "d", (4,))
            group.create_virtual_dataset("evil", layout)
        elif kind == "storage":
            group.create_dataset("evil", (4,), "f4", external=[(file, 0, 16)])
        else:
            group.attrs["evil"] = (EVIL + b"(S'x'\ntR.").decode()

    def difference(self, data: bytes) -> str | None:
        report = judge(data, "model.h5")
        wrong = misjudged(report, is_honest=bool(data) and data == self._honest)
        if wrong or report.verdict not in ("clean", "unknown"):
            return wrong
        with suppress(Exception), self._h5.File(io.BytesIO(data), "r") as root:
            return next(self._reached(root), None)
        return None

    def _reached(self, root: Any) -> Iterator[str]:
        left, seen = [root], 0
        while left and seen < MOST:
            group = left.pop()
            seen += 1
            with suppress(Exception):
                yield from self._attributes(group)
            if not isinstance(group, self._h5.Group):
                with suppress(Exception):
                    yield from self._values(group)
                continue
            with suppress(Exception):
                for name in group:
                    link = group.get(name, getlink=True)
                    if isinstance(link, self._h5.ExternalLink):
                        yield f"external link: {link.filename!r:.40}"
                    elif isinstance(link, self._h5.HardLink):
                        with suppress(Exception):
                            left.append(group[name])

    def _attributes(self, thing: Any) -> Iterator[str]:
        for name in thing.attrs:
            with suppress(Exception):
                value = thing.attrs[name]
                for part in value.ravel() if hasattr(value, "ravel") else (value,):
                    if EVIL in _bytes(part):
                        yield f"pickle in an attribute: {name!r:.40}"

    def _values(self, dataset: Any) -> Iterator[str]:
        if dataset.external:
            yield f"external storage: {dataset.external[0][0]!r:.40}"
        if dataset.is_virtual:
            for source in dataset.virtual_sources():
                if source.file_name != ".":
                    yield f"virtual source: {source.file_name!r:.40}"
        if dataset.dtype.hasobject and dataset.size < MOST:
            for value in dataset[()].ravel():
                if EVIL in _bytes(value):
                    yield "pickle in a dataset: a value of any length"


def _grow(random: Random, groups: list[Any], index: int) -> None:
    """Add one object to a file."""
    import h5py  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    group, name = random.choice(groups), f"n{index}" + "x" * random.randint(0, 30)
    way = random.random()
    if way < 0.25:
        groups.append(group.create_group(name, track_order=random.random() < 0.5))
    elif way < 0.5:
        more = {"compression": "gzip", "chunks": True} if random.random() < 0.3 else {}
        group.create_dataset(name, data=np.arange(random.randint(1, 9)), **more)
    elif way < 0.6:
        group.create_dataset(name, data=np.array(["a", "bb"], dtype=h5py.string_dtype()))
    elif way < 0.7:
        group[name] = h5py.SoftLink("/x")
    else:
        values = (1, "text", b"by", np.arange(3), '{"a": 1}', "x" * 500, ["a", "b"])
        group.attrs[name] = random.choice(values)


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value.tobytes() if hasattr(value, "tobytes") else bytes(value)


ORACLE = Hdf5Oracle()
