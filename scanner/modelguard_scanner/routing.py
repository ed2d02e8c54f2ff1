"""Which formats the bytes claim to be, from what stands at fixed places; names play no part."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard_scanner.source import Source

HEAD: Final = 8_192
"""Bytes from the start that a claim may rest on."""

HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
UNREADABLE: Final = (
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF", "cab"),
    (b"ZF0x", "joblib-zfile"),
    (b"\x1f\x9d", "compress"),
    (b"LZIP", "lzip"),
    (b"070701", "cpio"),
    (b"070707", "cpio"),
    (b"xar!", "xar"),
    (b"\xff\x06\0\0sNaPpY", "snappy"),
    (b"hsqs", "squashfs"),
    (b"\x02\x21\x4c\x18", "lz4"),
    (b"\x83\xaf\x70\xd1\x0d\x88\x4a\x3f", "riegeli"),
    (b"FEA1", "feather"),
)
"""Containers this engine cannot open: whatever they hold was not read."""
UNREADABLE_TAGGED: Final = (
    (b"ORTM", "onnxruntime"),
    (b"ET12", "executorch"),
    (b"PTMF", "pytorch-mobile"),
    (b"CK10", "circle"),
)
"""The same, by what stands after four bytes."""
EXECUTABLE: Final = (
    (b"\x7fELF", "ELF"),
    (b"\xfe\xed\xfa\xce", "Mach-O"),
    (b"\xfe\xed\xfa\xcf", "Mach-O"),
    (b"\xce\xfa\xed\xfe", "Mach-O"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"\xca\xfe\xba\xbe", "Java class or universal Mach-O"),
    (b"\xbe\xba\xfe\xca", "universal Mach-O"),
    (b"\xca\xfe\xba\xbf", "universal Mach-O"),
    (b"\xbf\xba\xfe\xca", "universal Mach-O"),
    (b"\xac\xed\x00\x05", "Java serialization"),
    (b"X\n\x00\x00\x00\x02", "R serialization"),
    (b"X\n\x00\x00\x00\x03", "R serialization"),
    (b"B\n\x02\x00\x00\x00", "R serialization"),
    (b"B\n\x03\x00\x00\x00", "R serialization"),
    (b"RDX2\n", "R serialization"),
    (b"RDX3\n", "R serialization"),
    (b"RDA2\n", "R serialization"),
    (b"RDA3\n", "R serialization"),
    (b"\x00asm", "WebAssembly"),
    (b"!<arch>\n", "archive of objects"),
    (b"!<thin>\n", "archive of objects"),
    (b"dex\n", "Dalvik"),
    (b"\x1bLua", "Lua byte code"),
    (b"\x1bLJ", "Lua byte code"),
    (b"BC\xc0\xde", "LLVM bit code"),
    (b"\xde\xc0\x17\x0b", "LLVM bit code"),
    (b"\x50\xed\x55\xba", "CUDA binary"),
    (b"ftrt", "TensorRT engine"),
    (b"MZqFpD", "portable executable of several systems"),
    (b"jartsr=", "portable executable of several systems"),
    (b"APEDBG=", "portable executable of several systems"),
    (b"\0\1\0\0\0\xff\xff\xff\xff\1\0\0\0\0\0\0\0", ".NET serialization"),
    (b"L\0\0\0\x01\x14\x02\0", "Windows shortcut"),
)
"""Formats that are code, or that run code when they are read."""
PATTERNS: Final = (
    (re.compile(rb"A\n[23]\n\d{5,7}\n\d{5,7}\n"), "R serialization"),
    (re.compile(rb"\x04\x08[\[{oIuUCcmSe\x22]"), "Ruby serialization"),
    (re.compile(rb"[OC]:\+?\d+:\x22|a:\d+:\{[is]:"), "PHP serialization"),
    (re.compile(rb"[\x06-\x08]\0\0\0\x01\0\0\0.{4}\x1bL", re.DOTALL), "Torch7 function"),
    (re.compile(rb"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1"), "Torch7 object"),
)
"""The same, where the start varies."""
ZSTD_OLD: Final = b"\xb5\x2f\xfd"
"""What all versions of zstd have in common."""
SKIPPABLE: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
"""A frame that readers of zstd and lz4 pass over."""
HDF5_NEAR: Final = 256 * 1024
"""HDF5 may start at 512 bytes and at each double of that; up to here, looking costs no read."""
TAR_HEADER: Final = 512
LZMA_HEADER: Final = 13
SAFETENSORS_HEADER: Final = 100_000_000
"""Longest header that safetensors allows."""
MSDOS_HEADER: Final = 64
PYC_NUMBERS: Final = (*range(3_000, 4_000), *range(50_000, 63_000), *range(20_100, 20_130))
"""Magic numbers of Python 3, 2 and 1."""
PYC_CODE: Final = b"c\xe3"
"""How marshal writes a code object."""
PYC_HEADERS: Final = (8, 12, 16)
"""Lengths of the header since Python 1.0, 3.3 and 3.7."""


COMPANIONS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
"""Pictures, sounds and documents."""
DATA: Final = (
    (b"CBM1", "catboost"),
    (b"ORC", "orc"),
    (b"Obj\x01", "avro"),
    (b"SQLite format 3\0", "sqlite"),
    (b"MATLAB 5.0 MAT-file", "matlab"),
    (b"\xba\x16\x4f\x2f", "fasttext"),
    (b"lmgg", "ggml"),
    (b"tjgg", "ggml"),
)
"""Formats of models and datasets."""
TAGGED: Final = ((b"ftyp", "mp4"),)
"""The same, by what stands after four bytes."""
COMPANION_FORMATS: Final = frozenset(
    {"unknown", "empty", "text", "json", "notebook", "webp", "wav", "mp4"}
    | {name for _, name in COMPANIONS}
)
"""What lies next to a model's weights, whatever formats are allowed."""
FIRST_FIELD, SCORE_FIELD = 0x0A, 0x15
"""Tags of protocol buffers: field 1 is bytes, field 2 is a float."""


def unreadable_format(head: bytes) -> str | None:
    """Return the name of a known container that no reader opens."""
    if head[1:4] == ZSTD_OLD or SKIPPABLE.match(head):
        return "zstd"
    tagged = (name for magic, name in UNREADABLE_TAGGED if head.startswith(magic, 4))
    return next((name for magic, name in UNREADABLE if head.startswith(magic)), next(tagged, None))


def code_format(source: "Source", head: bytes) -> str | None:
    """Return what kind of code the bytes are, if they are."""
    for magic, name in EXECUTABLE:
        if head.startswith(magic):
            return name
    for pattern, name in PATTERNS:
        if pattern.match(head):
            return name
    if head.startswith(b"MZ") and b"\0" in head[:MSDOS_HEADER]:
        at = int.from_bytes(head[60:64], "little")
        return "PE" if source.read_at(at, 4) == b"PE\0\0" else "DOS executable"
    if _is_pyc(head):
        return "Python byte code"
    if _is_desktop_entry(head):
        return "desktop entry"
    return None


def _is_pyc(head: bytes) -> bool:
    """Check the magic number of compiled Python, or, for one of the future, what follows it."""
    if head[2:4] != b"\r\n" or b"\0" not in head[4:32]:
        return False
    marked = any(head[at : at + 1] in PYC_CODE for at in PYC_HEADERS if at < len(head))
    return marked or int.from_bytes(head[:2], "little") in PYC_NUMBERS


def _is_desktop_entry(head: bytes) -> bool:
    """Return whether the first line that is not a comment starts a desktop entry or a link."""
    for line in head.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip() and not line.lstrip().startswith((b"#", b";")):
            return line.strip() in (b"[Desktop Entry]", b"[InternetShortcut]")
    return False


def is_script(head: bytes) -> bool:
    """Return whether the first line names an interpreter."""
    return head.startswith(b"#!")


def data_format(head: bytes) -> str | None:
    """Return the name of a format that is known and that no reader proves to be harmless."""
    for magic, name in (*COMPANIONS, *DATA):
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    for magic, name in TAGGED:
        if head[4:].startswith(magic):
            return name
    return "sentencepiece" if _is_sentencepiece(head) else None


def _is_sentencepiece(head: bytes) -> bool:
    """Check for a first piece: a message of a text, and of a score that is a float."""
    if len(head) < 16 or head[0] != FIRST_FIELD or head[2] != FIRST_FIELD:  # noqa: PLR2004  # a piece
        return False
    return head[3] + 4 < len(head) and head[4 + head[3]] == SCORE_FIELD


def is_safetensors(source: "Source", head: bytes) -> bool:
    """Return whether the bytes start like a safetensors file: a length, and a JSON object."""
    length = int.from_bytes(head[:8], "little")
    longest = min(SAFETENSORS_HEADER, source.size - 8)
    return len(head) > 8 and head[8:9] == b"{" and 2 <= length <= longest  # noqa: PLR2004  # 8 bytes of length


def is_stopped_pickle(source: "Source", head: bytes) -> bool:
    """Return whether a safetensors length reads like a pickle that breaks off at once.

    A length under 32 MiB ends in zeros, which are not opcodes. Only after an opcode of eight bytes,
    a line or a persistent id would an unpickler get past them.
    """
    starts = head[:1] == b"\x80" and head[2:3] not in (b"G", b"V", b"P", b"c", b"i")
    return starts and head[3:4] in (b"\0", b"\x01") and is_safetensors(source, head)


def has_hdf5(source: "Source", near: int, far: int) -> bool:
    """Return whether HDF5 starts after a user block of between `near` and `far` bytes."""
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
