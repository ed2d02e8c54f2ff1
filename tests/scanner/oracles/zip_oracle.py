"""Zips: what zipfile, unzip and a reader of streams find in them is what the scanner inspected."""

import importlib
import io
import zipfile
import zlib
from random import Random
from struct import unpack_from
from typing import TYPE_CHECKING, Any

from tests.scanner.oracles.inspected import Inspected
from tests.scanner.oracles.tools import Tools
from tests.scanner.oracles.zip_files import zip_file

if TYPE_CHECKING:
    from collections.abc import Callable

Members = list[tuple[str, bytes]]


class ZipOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 2_000
    memory = 16 * 1024**3

    def __init__(self) -> None:
        self._tools = Tools()
        self._torch: Any = None

    def prepare(self) -> None:
        self._tools.start()
        try:
            self._torch = importlib.import_module("torch")._C.PyTorchFileReader
        except ImportError:
            self._torch = None  # not in the locked environment
        Inspected(zip_file(Random(0)))

    def make(self, random: Random) -> bytes:
        return zip_file(random)

    def difference(self, data: bytes) -> str | None:
        seen = Inspected(data)
        if seen.failure:
            return f"engine failure: {seen.failure}"
        if not seen.is_served:
            return None
        ours = sorted(seen.members)
        readers: dict[str, Callable[[bytes], Members | None]] = {
            "zipfile": _zipfile, "stream": _stream, "torch": self._by_torch,
        }  # fmt: skip
        for name, read in readers.items():
            found = read(data)
            if found is not None and sorted(found) != ours:
                return f"{name}: sees {found!r:.300} and not {ours!r:.300}"
        return self._unzip_differs(data, seen.members)

    def _unzip_differs(self, data: bytes, ours: Members) -> str | None:
        """Compare with the program of Info-ZIP, which prints all members as one."""
        code, listing = self._tools.run("unzip", ["-Z1", "{}"], data)
        if code not in (0, 1):
            return None
        names = [name for name in listing.decode(errors="replace").split("\n") if name]
        files = [name for name in names if not name.endswith("/")]
        if files != [name for name, _ in ours]:
            return f"unzip: sees {files!r:.300} and not {ours!r:.300}"
        code, content = self._tools.run("unzip", ["-p", "{}"], data)
        if code in (0, 1) and content != b"".join(content for _, content in ours):
            return f"unzip: reads {content!r:.300} and not {ours!r:.300}"
        return None

    def _by_torch(self, data: bytes) -> Members | None:
        if self._torch is None:
            return None
        try:
            reader = self._torch(io.BytesIO(data))
            root = ""
            if names := zipfile.ZipFile(io.BytesIO(data)).namelist():
                root = names[0].partition("/")[0] + "/"
            return [(root + name, reader.get_record(name)) for name in reader.get_all_records()]
        except (RuntimeError, zipfile.BadZipFile, ValueError):
            return None


def _zipfile(data: bytes) -> Members | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [
                (info.filename, archive.read(info))
                for info in archive.infolist()
                if not (info.is_dir() and not info.file_size)
            ]
    except Exception:  # noqa: BLE001  # what it refuses, it does not see
        return None


def _stream(data: bytes) -> Members | None:
    """Read from the front, as programs do that get the archive through a pipe."""
    at, out = 0, []
    try:
        while data[at : at + 4] == b"PK\3\4":
            _, flags, method, *_, packed, size, names, extras = unpack_from("<5H3I2H", data, at + 4)
            start = at + 30 + names + extras
            extra = data[at + 30 + names : start]
            while len(extra) >= 4:
                kind, length = unpack_from("<HH", extra)
                if kind == 1 and 0xFFFFFFFF in (size, packed):
                    size, packed = unpack_from("<QQ", extra, 4)
                extra = extra[4 + length :]
            if flags & 8 and method != 8:
                return None
            name = data[at + 30 : at + 30 + names].decode("utf-8" if flags & 0x800 else "cp437")
            if method == 8:
                inflate = zlib.decompressobj(-15)
                content = inflate.decompress(data[start:])
                at = len(data) - len(inflate.unused_data)
                if flags & 8:
                    at += 4 * (data[at : at + 4] == b"PK\7\x08")
                    at += 12 if data[at + 12 : at + 14] == b"PK" else 20
            elif method == 0:
                content, at = data[start : start + packed], start + packed
            else:
                return None
            if not (name.endswith("/") and not content):
                out.append((name, content))
    except Exception:  # noqa: BLE001
        return None
    return out if data[at : at + 4] == b"PK\1\2" or at >= len(data) else out or None


ORACLE = ZipOracle()
