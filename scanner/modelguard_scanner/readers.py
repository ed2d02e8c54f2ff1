"""The table of format readers: which bytes each is tried on, and where it is."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from modelguard_scanner.routing import (
    HDF5_MAGIC,
    HDF5_NEAR,
    has_hdf5,
    is_lzma,
    is_safetensors,
    is_stopped_pickle,
    is_tar,
    is_zlib,
)

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan
    from modelguard_scanner.source import Source

Claim = Callable[["Source", bytes], bool]
"""Whether bytes may be of a format, by the source and its first HEAD bytes."""
ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")

UBJSON_STARTS: Final = (b"{L\0\0\0\0\0\0\0\x07learner", b"{i\x07learner")
"""Models of XGBoost: an object whose first key is `learner`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A format's reader: `function` of `module`, tried on all bytes that `claim` accepts.

    The function takes the scan and the member. It returns False if the bytes are not of the format;
    True if they are, and then whatever it did not understand is a finding: bytes that a reader
    accepts without a finding are clean.
    """

    name: str
    module: str
    function: str
    claim: Claim

    def read(self, scan: "Scan", member: "Member") -> bool:
        """Read the member; the module is imported when it is needed."""
        module = import_module(f"modelguard_scanner.{self.module}")
        accepted: bool = getattr(module, self.function)(scan, member)
        return accepted


def starts_with(*magic: bytes) -> Claim:
    """Make the claim of a format whose files start with one of these bytes."""
    return lambda _, head: head.startswith(magic)


def tagged(magic: bytes) -> Claim:
    """Make the claim of a flat buffer, whose identifier stands after four bytes."""
    return lambda _, head: head.startswith(magic, 4)


def _may_be_zip(_: "Source", head: bytes) -> bool:
    """A zip's mark is at its end; what lies inside a tar belongs to its members."""
    return not is_tar(head)


def _may_be_pickle(source: "Source", head: bytes) -> bool:
    """No loader gets past the start of a zip as a pickle."""
    return not (head.startswith(ZIP_STARTS) or is_stopped_pickle(source, head))


def _may_be_hdf5(source: "Source", head: bytes) -> bool:
    return head.startswith(HDF5_MAGIC) or (not is_tar(head) and has_hdf5(source, 0, HDF5_NEAR))


def _may_be_msgpack(_: "Source", head: bytes) -> bool:
    """Maps and arrays: nothing else is a file of its own."""
    return head[:1] >= b"\x80" and (head[:1] < b"\xa0" or b"\xdc" <= head[:1] <= b"\xdf")


READERS: Final = (
    Reader("pickle", "pickles.judge", "inspect_pickle", _may_be_pickle),
    Reader("gzip", "archives.compressed", "inspect_gzip", starts_with(b"\x1f\x8b")),
    Reader("bz2", "archives.compressed", "inspect_bz2", starts_with(b"BZh")),
    Reader("xz", "archives.compressed", "inspect_xz", starts_with(b"\xfd7zXZ\x00")),
    Reader("zlib", "archives.compressed", "inspect_zlib", lambda _, head: is_zlib(head)),
    Reader("lzma", "archives.compressed", "inspect_lzma", lambda _, head: is_lzma(head)),
    Reader("7z", "archives.seven_zip", "inspect_7z", starts_with(b"7z\xbc\xaf\x27\x1c")),
    Reader("npy", "formats.npy", "inspect_npy", starts_with(b"\x93NUMPY")),
    Reader("gguf", "formats.gguf", "inspect_gguf", starts_with(b"GGUF")),
    Reader("tar", "archives.tars", "inspect_tar", lambda _, head: is_tar(head)),
    Reader("safetensors", "formats.safetensors", "inspect_safetensors", is_safetensors),
    Reader("hdf5", "formats.hdf5", "inspect_hdf5", _may_be_hdf5),
    Reader("zip", "archives.zips", "inspect_zip", _may_be_zip),
    Reader("tflite", "formats.tflite", "inspect_tflite", tagged(b"TFL3")),
    Reader("arrow", "formats.arrow", "inspect_arrow", starts_with(b"ARROW1\0\0")),
    Reader("arrow", "formats.arrow", "inspect_arrow_stream", starts_with(b"\xff\xff\xff\xff")),
    Reader("parquet", "formats.parquet", "inspect_parquet", starts_with(b"PAR1")),
    Reader("xgboost-ubj", "formats.ubjson", "inspect_ubjson", starts_with(*UBJSON_STARTS)),
    Reader("msgpack", "formats.msgpack", "inspect_msgpack", _may_be_msgpack),
    Reader("protobuf", "formats.protobuf_models", "inspect_messages", lambda *_: True),
)
"""Tried in this order; the first that accepts the bytes names the artifact's format."""
LAST_READERS: Final = (
    Reader(
        "hdf5",
        "formats.hdf5",
        "inspect_hdf5",
        lambda source, _: has_hdf5(source, HDF5_NEAR, source.size),
    ),
)
"""Tried only where no other reader accepts the bytes: to look for their marks costs reads."""
