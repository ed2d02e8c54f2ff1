"""Which formats the bytes claim to be, from what stands at fixed places; names play no part."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard_scanner.source import Source

HEAD: Final = 8_192
"""Bytes from the start that a claim may rest on."""

HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
MAGIC: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x93NUMPY", "npy"),
    (HDF5_MAGIC, "hdf5"),
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
    (b"X\n\x00\x00\x00\x02", "R serialization"),
    (b"X\n\x00\x00\x00\x03", "R serialization"),
    (b"RDX2\n", "R serialization"),
    (b"RDX3\n", "R serialization"),
    (b"\x00asm", "WebAssembly"),
    (b"dex\n", "Dalvik"),
    (b"\x1bLua", "Lua byte code"),
)
"""Formats that are code, or that run code when they are read."""
HDF5_NEAR: Final = 256 * 1024
"""HDF5 may start at 512 bytes and at each double of that; up to here, looking costs no read."""
TAR_HEADER: Final = 512
LZMA_HEADER: Final = 13


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
    if is_zlib(head):
        formats.append("zlib")
    if is_lzma(head):
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


def has_hdf5(source: "Source", near: int, far: int) -> bool:
    """Say if an HDF5 file starts behind a user block of between `near` and `far` bytes."""
    at = 512
    while at < min(far, source.size):
        if at >= near and source.read_at(at, len(HDF5_MAGIC)) == HDF5_MAGIC:
            return True
        at *= 2
    return False


def is_tar(head: bytes) -> bool:
    """Check the checksum of a tar header; the `ustar` magic is optional."""
    if len(head) < TAR_HEADER:
        return False
    block = head[:TAR_HEADER]
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    signed = total - 256 * sum(byte > 127 for byte in block[:148] + block[156:])  # noqa: PLR2004  # signed char
    return tar_number(block[148:156]) in (total, signed)


def tar_number(field: bytes) -> int | None:
    """Read a number of a tar header as Python does: octal up to a NUL, or binary."""
    if field[0] in b"\x80\xff":
        number = int.from_bytes(field[1:], "big")
        return number if field[:1] == b"\x80" else number - 256 ** (len(field) - 1)
    try:
        return int(field.partition(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        return None


def is_zlib(head: bytes) -> bool:
    """Check the two bytes of a zlib header: deflate, a window, no dictionary, a checksum."""
    return (
        len(head) > 2  # noqa: PLR2004  # header
        and head[0] & 0x8F == 8  # noqa: PLR2004  # deflate
        and not head[1] & 0x20
        and (head[0] << 8 | head[1]) % 31 == 0
    )


def is_lzma(head: bytes) -> bool:
    """Check a header without magic the way liblzma does: properties, dictionary, size."""
    if len(head) <= LZMA_HEADER or head[0] >= 9 * 5 * 5 or head[LZMA_HEADER]:
        return False
    dictionary, size = int.from_bytes(head[1:5], "little"), int.from_bytes(head[5:13], "little")
    top = 1 << max(0, dictionary.bit_length() - 1)
    usual = dictionary in (0, top, top | top >> 1, 0xFFFF_FFFF)
    return usual and (0 < size < 1 << 38 or size == 0xFFFF_FFFF_FFFF_FFFF)  # noqa: PLR2004  # unknown
