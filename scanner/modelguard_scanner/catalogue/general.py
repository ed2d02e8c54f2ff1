"""Rules that concern files of any format."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

FORMAT_UNKNOWN: Final = Rule(
    "format-unknown",
    Severity.UNKNOWN,
    "no reader knows this format, so nothing was proven",
    "Publish weights in a format that can be inspected, such as safetensors.",
    "a picture, or raw bytes",
)
FORMAT_UNREADABLE: Final = Rule(
    "format-unreadable",
    Severity.INCONCLUSIVE,
    "a known format that this engine cannot open",
    "Pack the files as zip, tar, gzip or xz, or publish them unpacked.",
    "a `.rar` archive",
)
FORMAT_NOT_ALLOWED: Final = Rule(
    "format-not-allowed",
    Severity.SUSPICIOUS,
    "the format is not among the allowed ones",
    "Convert the file to an allowed format, or add the format to guard_formats.",
    "a pickle where `guard_formats` is `safetensors`",
)
POLYGLOT: Final = Rule(
    "polyglot",
    Severity.SUSPICIOUS,
    "the bytes are several formats at once",
    "Save the file again with its library.",
    "a pickle that is also a zip",
)
EXECUTABLE: Final = Rule(
    "executable",
    Severity.SUSPICIOUS,
    "the file is code, or runs code when it is read",
    "Ship programs and libraries as packages, and only data with the model.",
    "an ELF library next to the weights",
)
SCRIPT: Final = Rule(
    "script",
    Severity.SUSPICIOUS,
    "a script whose first line makes it executable",
    "Publish scripts as an artifact of type code.",
    "`#!/bin/sh` at the start of a file",
)
OVER_CAP: Final = Rule(
    "over-cap",
    Severity.INCONCLUSIVE,
    "the scan reached one of its caps",
    "Split the file, or scan it locally with larger limits.",
    "an archive of a million members",
)
ENGINE_FAILURE: Final = Rule(
    "engine-failure",
    Severity.INCONCLUSIVE,
    "the engine failed on these bytes",
    "Report the file's format as a bug of the scanner.",
    "an error that no reader foresaw",
)

RULES: Final = (
    FORMAT_UNKNOWN, FORMAT_UNREADABLE, FORMAT_NOT_ALLOWED, POLYGLOT, EXECUTABLE, SCRIPT, OVER_CAP,
    ENGINE_FAILURE,
)  # fmt: skip
