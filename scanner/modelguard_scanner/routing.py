"""Which formats the bytes claim to be, from what stands at fixed places; names play no part."""

from dataclasses import dataclass
from typing import Final

HEAD: Final = 8_192
"""Bytes from the start that a claim may rest on."""

MAGIC: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"GGUF", "gguf"),
)
UNREADABLE: Final = (
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF", "cab"),
    (b"ZF0x", "joblib-zfile"),
)
"""Containers this engine cannot open: whatever they hold stays unknown."""
EXECUTABLE: Final = (
    (b"\x7fELF", "ELF"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"\xce\xfa\xed\xfe", "Mach-O"),
    (b"\xca\xfe\xba\xbe", "Java class or Mach-O"),
    (b"\xac\xed\x00\x05", "Java serialization"),
    (b"X\n\x00\x00\x00", "R serialization"),
    (b"RDX3\n", "R serialization"),
    (b"\x00asm", "WebAssembly"),
    (b"dex\n", "Dalvik"),
    (b"\x1bLua", "Lua byte code"),
)
"""Formats that are code, or that run code when they are read."""
HDF5_OFFSETS: Final = (512, 1024, 2048, 4096)
"""An HDF5 file may start behind a user block of these sizes, unless that is another format."""
TAR_HEADER: Final = 512


@dataclass(frozen=True, slots=True)
class Claims:
    """What the first bytes claim; a file with two formats is a polyglot."""

    formats: tuple[str, ...]
    unreadable: str | None
    executable: str | None


def claims(head: bytes) -> Claims:
    """Find all claims in the first HEAD bytes."""
    formats = [name for magic, name in MAGIC if head.startswith(magic)]
    if is_tar(head):
        formats.append("tar")
    magic = b"\x89HDF\r\n\x1a\n"
    if not formats and any(head.startswith(magic, offset) for offset in HDF5_OFFSETS):
        formats.append("hdf5")
    if is_zlib(head):
        formats.append("zlib")
    if head.startswith(b"\x5d\x00\x00") and len(head) > 13 and head[13] == 0:  # noqa: PLR2004  # header
        formats.append("lzma")
    unreadable = next((name for magic, name in UNREADABLE if head.startswith(magic)), None)
    return Claims(tuple(formats), unreadable, _executable(head))


def _executable(head: bytes) -> str | None:
    for magic, name in EXECUTABLE:
        if head.startswith(magic):
            return name
    if head.startswith(b"MZ") and len(head) > 64:  # noqa: PLR2004  # DOS header
        at = int.from_bytes(head[60:64], "little")
        if head[at : at + 4] == b"PE\0\0" or at > HEAD:
            return "PE"
    if head[2:4] == b"\r\n" and len(head) > 16 and head[4:8] in _PYC_FLAGS and head[1] in _PYC_HIGH:  # noqa: PLR2004  # header
        return "Python byte code"
    return None


_PYC_FLAGS: Final = (b"\0\0\0\0", b"\1\0\0\0", b"\3\0\0\0")
_PYC_HIGH: Final = (0x0C, 0x0D, 0x0E)


def is_tar(head: bytes) -> bool:
    """Check the checksum of a tar header; the `ustar` magic is optional."""
    if len(head) < TAR_HEADER:
        return False
    block = head[:TAR_HEADER]
    try:
        stored = int(block[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    signed = total - 256 * sum(byte > 127 for byte in block[:148] + block[156:])  # noqa: PLR2004  # signed char
    return stored in (total, signed)


def is_zlib(head: bytes) -> bool:
    """Check the two bytes of a zlib header with deflate and a 32 KB window, as joblib writes it."""
    return head.startswith((b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"))
