"""Tars: what tarfile and GNU tar find in them is what the scanner inspected."""

import io
import tarfile
from random import Random

from tests.scanner.oracles.inspected import Inspected
from tests.scanner.oracles.tar_files import tar_file
from tests.scanner.oracles.tools import Tools

Members = list[tuple[str, bytes]]


class TarOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 2_000
    memory = 1024**3

    def __init__(self) -> None:
        self._tools = Tools()

    def prepare(self) -> None:
        self._tools.start()
        Inspected(tar_file(Random(0)))

    def make(self, random: Random) -> bytes:
        return tar_file(random)

    def difference(self, data: bytes) -> str | None:
        seen = Inspected(data)
        if seen.failure:
            return f"engine failure: {seen.failure}"
        if not seen.is_served:
            return None
        found = _tarfile(data, ignore_zeros=False)
        if found is None:
            return None
        if found != seen.members:
            return f"tarfile: sees {found!r:.300} and not {seen.members!r:.300}"
        found = _tarfile(data, ignore_zeros=True)
        if found != seen.members:
            return f"tarfile over the end: sees {found!r:.300} and not {seen.members!r:.300}"
        return self._gnu_differs(data, seen.members)

    def _gnu_differs(self, data: bytes, ours: Members) -> str | None:
        """Compare with GNU tar, which prints all members as one."""
        options = ["--list", "--verbose", "--quoting-style=literal", "--file", "{}"]
        code, listing = self._tools.run("tar", options, data)
        if code < 0:
            return None
        lines = [line for line in listing.decode(errors="replace").split("\n") if line]
        files = [line.split(maxsplit=5)[-1] for line in lines if not line.startswith("d")]
        if files != [name for name, _ in ours]:
            return f"tar: sees {files!r:.300} and not {ours!r:.300}"
        _, content = self._tools.run("tar", ["--extract", "--to-stdout", "--file", "{}"], data)
        if content != b"".join(content for _, content in ours):
            return f"tar: reads {content!r:.300} and not {ours!r:.300}"
        return None


def _tarfile(data: bytes, *, ignore_zeros: bool) -> Members | None:
    out: Members = []
    try:
        with tarfile.open(
            fileobj=io.BytesIO(data), mode="r:", ignore_zeros=ignore_zeros, errors="replace"
        ) as archive:
            for info in archive:
                file = archive.extractfile(info) if not info.isdir() else None
                if file is not None:
                    out.append((info.name, file.read()))
                elif not info.isdir():
                    out.append((info.name, b"a link or a device"))
    except (tarfile.TarError, OSError, KeyError, ValueError, OverflowError):
        return None
    return out


ORACLE = TarOracle()
