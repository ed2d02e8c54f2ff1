"""Rules for archives and compressed streams."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

_REPACK: Final = "Unpack the archive in a safe place and pack it again with an ordinary tool."
_OTHER_METHOD: Final = "Pack the files with deflate, or store them uncompressed."

ARCHIVE_PATH: Final = Rule(
    "archive-path",
    Severity.MALICIOUS,
    "a member would be written outside its folder",
    "Do not unpack the archive; ask its author for one with relative paths.",
    "a member named `../../.bashrc`",
)
ARCHIVE_NAME: Final = Rule(
    "archive-name",
    Severity.SUSPICIOUS,
    "readers may see another name than the one that was inspected",
    _REPACK,
    "a Unicode path field that names another file",
)
ARCHIVE_DUPLICATE: Final = Rule(
    "archive-duplicate",
    Severity.SUSPICIOUS,
    "two members have the same name, to some readers at least",
    _REPACK,
    "`Data.pkl` and `data.pkl`",
)
WHEEL_STARTUP: Final = Rule(
    "wheel-startup",
    Severity.SUSPICIOUS,
    "a wheel brings code that runs whenever Python starts",
    "Do not install the wheel before its startup files have been read.",
    "a `.pth` file with an import",
)
ZIP_AMBIGUOUS: Final = Rule(
    "zip-ambiguous",
    Severity.SUSPICIOUS,
    "readers may take different records for the archive's end",
    _REPACK,
    "an end record inside another one's comment",
)
ZIP_BROKEN: Final = Rule(
    "zip-broken",
    Severity.INCONCLUSIVE,
    "the archive is broken",
    "Copy the file again, or pack it again.",
    "a zip without its directory",
)
ZIP_BROKEN_DIRECTORY: Final = Rule(
    "zip-broken-directory",
    Severity.SUSPICIOUS,
    "the directory has bytes that belong to no entry",
    _REPACK,
    "a directory with a foreign record",
)
ZIP_CHECKSUM: Final = Rule(
    "zip-checksum",
    Severity.SUSPICIOUS,
    "a member does not match its checksum",
    _REPACK,
    "a member that was changed after packing",
)
ZIP_CONTRADICTION: Final = Rule(
    "zip-contradiction",
    Severity.SUSPICIOUS,
    "a member's header and the directory disagree",
    _REPACK,
    "another name in the local header",
)
ZIP_COUNT: Final = Rule(
    "zip-count",
    Severity.SUSPICIOUS,
    "the directory does not hold the number of members that it declares",
    _REPACK,
    "a count of 9 for one member",
)
ZIP_ENCRYPTED: Final = Rule(
    "zip-encrypted",
    Severity.INCONCLUSIVE,
    "a member is marked as encrypted or patched",
    "Publish the archive without a password.",
    "a password-protected zip",
)
ZIP_GAP: Final = Rule(
    "zip-gap",
    Severity.SUSPICIOUS,
    "bytes lie between the members",
    _REPACK,
    "a member that the directory does not list",
)
ZIP_LINK: Final = Rule(
    "zip-link",
    Severity.SUSPICIOUS,
    "a member is a link or no regular file",
    "Pack the files that links point to.",
    "a link to `/etc/passwd`",
)
ZIP_METHOD: Final = Rule(
    "zip-method",
    Severity.INCONCLUSIVE,
    "a compression method that is not supported",
    _OTHER_METHOD,
    "method 99",
)
ZIP_OVERLAP: Final = Rule(
    "zip-overlap",
    Severity.SUSPICIOUS,
    "members share bytes",
    _REPACK,
    "two entries with the same local header",
)
ZIP_PREFIX: Final = Rule(
    "zip-prefix",
    Severity.SUSPICIOUS,
    "bytes precede the archive",
    _REPACK,
    "a script in front of a zip",
)
ZIP_TRAILING: Final = Rule(
    "zip-trailing",
    Severity.SUSPICIOUS,
    "bytes follow the archive",
    _REPACK,
    "text after the end record",
)
TORCH_PACKAGE: Final = Rule(
    "torch-package",
    Severity.SUSPICIOUS,
    "a torch.package contains the source of its classes",
    "Save the weights as safetensors and the code as a package.",
    "`.data/extern_modules`",
)
TAR_BROKEN: Final = Rule(
    "tar-broken",
    Severity.INCONCLUSIVE,
    "the archive is broken, or readers disagree about it",
    _REPACK,
    "a header with a wrong checksum",
)
TAR_SPARSE: Final = Rule(
    "tar-sparse",
    Severity.INCONCLUSIVE,
    "a sparse member is not supported",
    "Pack the archive without the option for sparse files.",
    "`tar --sparse`",
)
TAR_SPECIAL: Final = Rule(
    "tar-special",
    Severity.SUSPICIOUS,
    "a member is a link or a device",
    "Pack regular files only.",
    "a symbolic link",
)
TAR_TRAILING: Final = Rule(
    "tar-trailing",
    Severity.SUSPICIOUS,
    "bytes follow the end of the archive",
    _REPACK,
    "a member after the end blocks",
)
SEVEN_ZIP_BROKEN: Final = Rule(
    "7z-broken",
    Severity.INCONCLUSIVE,
    "the archive is broken",
    "Copy the file again, or pack it again.",
    "a 7z whose header is cut off",
)
SEVEN_ZIP_LINK: Final = Rule(
    "7z-link",
    Severity.SUSPICIOUS,
    "a member is a link or a device",
    "Pack regular files only.",
    "a symbolic link",
)
SEVEN_ZIP_METHOD: Final = Rule(
    "7z-method",
    Severity.INCONCLUSIVE,
    "a chain of coders that is not supported",
    "Pack the files as zip or tar.",
    "a 7z with PPMd",
)
SEVEN_ZIP_TRAILING: Final = Rule(
    "7z-trailing",
    Severity.SUSPICIOUS,
    "bytes follow the archive",
    _REPACK,
    "text after a 7z",
)
COMPRESSED_BROKEN: Final = Rule(
    "compressed-broken",
    Severity.INCONCLUSIVE,
    "compressed data are broken or cut off",
    "Copy the file again, or compress it again.",
    "half of a gzip file",
)
COMPRESSED_TRAILING: Final = Rule(
    "compressed-trailing",
    Severity.SUSPICIOUS,
    "bytes follow the compressed data",
    "Compress the file again.",
    "text after a gzip stream",
)

RULES: Final = (
    ARCHIVE_PATH, ARCHIVE_NAME, ARCHIVE_DUPLICATE, WHEEL_STARTUP, ZIP_AMBIGUOUS, ZIP_BROKEN,
    ZIP_BROKEN_DIRECTORY, ZIP_CHECKSUM, ZIP_CONTRADICTION, ZIP_COUNT, ZIP_ENCRYPTED, ZIP_GAP,
    ZIP_LINK, ZIP_METHOD, ZIP_OVERLAP, ZIP_PREFIX, ZIP_TRAILING, TORCH_PACKAGE, TAR_BROKEN,
    TAR_SPARSE, TAR_SPECIAL, TAR_TRAILING, SEVEN_ZIP_BROKEN, SEVEN_ZIP_LINK, SEVEN_ZIP_METHOD,
    SEVEN_ZIP_TRAILING, COMPRESSED_BROKEN, COMPRESSED_TRAILING,
)  # fmt: skip
