"""What a scan costs in bytes, range reads, time and memory, each case in its own process.

Usage: python -m benchmarks.scanner_cost [--hostile [NAME ...]]

With --hostile it scans files that are made to keep a scanner busy instead, under the default caps.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scanner")]

GIB: Final = 1024**3


def torch_zip(path: Path) -> None:
    """1 GiB in one tensor, as a sparse file."""
    from tests.scanner.test_cost import sparse_torch_zip  # per process

    _sparse(path, sparse_torch_zip(GIB // 4))


def torch_zip_many(path: Path) -> None:
    """1 GiB in 400 tensors, as zipfile writes them."""
    import zipfile  # per process

    from tests.scanner import assembler as asm  # per process

    elements = GIB // 4 // 400
    tensors = {f"layer{key}": asm.tensor("Float", str(key), elements) for key in range(400)}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", asm.pickle(asm.dict_of(**tensors)))
        for key in range(400):
            archive.writestr(f"archive/data/{key}", bytes(elements * 4))
        archive.writestr("archive/version", b"3\n")


def pickle_one_array(path: Path) -> None:
    """1 GiB in one bytes argument, as a sparse file."""
    head = b"\x80\x04\x8e" + GIB.to_bytes(8, "little")
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) + GIB)
        file.write(b".")


def small_pickle(path: Path) -> None:
    """4 MB in one bytes argument."""
    path.write_bytes(b"\x80\x04B" + (4_000_000).to_bytes(4, "little") + bytes(4_000_000) + b".")


def small_dict(path: Path) -> None:
    """4 MB of a tokenizer's vocabulary, all of it opcodes."""
    import pickle  # written, not read

    path.write_bytes(pickle.dumps({f"tok{number}": number for number in range(250_000)}))


def bomb_opcodes(path: Path) -> None:
    """100 MB of opcodes."""
    path.write_bytes(b"\x80\x04" + b"N0" * 50_000_000 + b"N.")


def bomb_texts(path: Path) -> None:
    """100 MB of short texts, all kept in the memo."""
    path.write_bytes(b"\x80\x04(" + b"\x8c\x0aabcdefghij\x94" * 7_500_000 + b"l.")


def bomb_tuples(path: Path) -> None:
    """100 MB of tuples, all kept on the stack."""
    path.write_bytes(b"\x80\x04(" + b"K\x01K\x02K\x03\x87\x94" * 12_500_000 + b"l.")


CASES: Final[dict[str, Callable[[Path], None]]] = {
    case.__name__: case
    for case in (
        torch_zip, torch_zip_many, pickle_one_array, small_pickle, small_dict,
        bomb_opcodes, bomb_texts, bomb_tuples,
    )
}  # fmt: skip


def _sparse(path: Path, source: object) -> None:
    """Write the ranges of a sparse source."""
    with path.open("wb") as file:
        file.truncate(source.size)  # type: ignore[attr-defined]  # the tests' SparseSource
        for offset, data in source._ranges.items():  # type: ignore[attr-defined]  # noqa: SLF001
            file.seek(offset)
            file.write(data)


def measure(path: Path) -> None:
    """Scan one file and print its line of the table."""
    start = time.perf_counter()
    from modelguard_scanner import FileSource, scan  # its import is measured

    imported = time.perf_counter() - start
    from tests.scanner.measured_scan import peak_mb  # per process

    base = peak_mb()

    class Counting(FileSource):
        reads = 0

        def read_at(self, offset: int, length: int) -> bytes:
            self.reads += 1
            return super().read_at(offset, length)

    with Counting(path) as source:
        start = time.perf_counter()
        report = scan(source, path=path.name)
        first = time.perf_counter() - start
        reads, seconds = source.reads, first
        if first < 1:
            start = time.perf_counter()
            scan(source, path=path.name)
            seconds = time.perf_counter() - start
    memory = peak_mb() - base
    print(
        f"{path.name:18} {report.verdict:13} {report.bytes_total / 1e6:8.1f} "
        f"{report.bytes_read / 1e6:9.3f} {reads:5} {imported * 1e3:7.1f} {first * 1e3:8.1f} "
        f"{seconds * 1e3:8.1f} {memory:7.1f}"
    )


def main() -> None:
    """Create each case, scan it in a new interpreter, and delete it."""
    print(
        "case               verdict         MB file   MB read reads  import    first     warm    MB"
    )
    print("                                                            ms       ms       ms   mem")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in CASES.items():
            path = Path(folder) / name
            make(path)
            subprocess.run([sys.executable, __file__, str(path)], check=True)
            path.unlink()


def hostile(names: list[str]) -> None:
    """Measure CPU time and peak memory of hostile files at full size, those named or all."""
    from modelguard_scanner import Limits  # as above

    from tests.scanner.hostile_files import MAKERS, write  # per process
    from tests.scanner.measured_scan import measured  # per process

    print("file                   verdict       MB file  CPU s   MB   worst finding")
    for name in names or MAKERS:
        with tempfile.TemporaryDirectory() as folder:
            path = write(name, Path(folder), 1)
            size = path.stat().st_size / 1e6
            cost = measured(path, max_seconds=Limits().max_seconds)
        print(
            f"{name:22} {cost.verdict:13} {size:7.1f} {cost.seconds:6.1f} {cost.memory:5.0f}"
            f"  {cost.found[:60]}".rstrip(),
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hostile"]:
        hostile(sys.argv[2:])
    elif len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        main()
