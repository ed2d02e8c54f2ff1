"""HDF5: Keras keeps its configuration in attributes, as JSON text that is stored in one piece."""

import json
import re
from itertools import islice
from typing import Final

from modelguard_scanner.catalogue.models import HDF5_CONFIG, HDF5_PICKLE
from modelguard_scanner.formats.keras_config import inspect_keras_config
from modelguard_scanner.formats.search import search
from modelguard_scanner.limits import TooLarge
from modelguard_scanner.report import Severity
from modelguard_scanner.scanning import Member, Scan

MARKS: Final = re.compile(rb'"(?:class_name|module|registered_name)"|model_config|\\u00[2-7]')
START: Final = re.compile(rb'\{\s*"[A-Za-z_]\w*"\s*:')
IMPORT: Final = re.compile(rb"[ci]([A-Za-z_][\w.]{0,63})\n([A-Za-z_][\w.]{0,63})\n")
"""An import in the pickles that PyTables keeps in attributes, and loads."""
MAX_MARKS: Final = 500_000
MAX_CONFIG: Final = 8 * 1024 * 1024


def inspect_hdf5(scan: Scan, member: Member) -> bool:
    """Find the JSON configurations of a Keras file and judge them.

    Every mark of a configuration must lie inside a text that was parsed, or the file is
    inconclusive.
    """
    scan.facts.add_format("hdf5")
    if member.source.size > scan.limits.max_search_bytes:
        raise TooLarge("bytes of an HDF5 file", scan.limits.max_search_bytes)
    _imports(scan, member)
    marks = list(islice(search(scan, member.source, MARKS), MAX_MARKS))
    if len(marks) == MAX_MARKS:
        raise TooLarge("marks of a configuration in an HDF5 file", MAX_MARKS)
    if not marks:
        return True
    end, opened = 0, 0
    for start in search(scan, member.source, START):
        opened += 1
        if start >= end:
            end = max(end, _config(scan, member, start))
            marks = [mark for mark in marks if not start <= mark < end]
    names = [mark for mark in marks if member.source.read_at(mark, 12) != b"model_config"]
    if names or (not opened and marks):
        message = "a Keras configuration that could not be read"
        scan.find(member, HDF5_CONFIG, message, (names or marks)[0])
    return True


def _imports(scan: Scan, member: Member) -> None:
    for offset in search(scan, member.source, IMPORT):
        match = IMPORT.match(member.source.read_at(offset, 2 * 64 + 3))
        module, name = (part.decode() for part in match.groups()) if match else ("", "")
        if scan.rules.judge(module, name) is Severity.MALICIOUS:
            message = f"holds a pickle that imports {module}.{name}"
            scan.find(member, HDF5_PICKLE, message, offset)


def _config(scan: Scan, member: Member, start: int) -> int:
    """Judge the JSON text at `start` and return its end; `start` itself if it is none."""
    scan.budget.check_time()
    text = member.text(start, MAX_CONFIG).partition("\0")[0]
    try:
        value, length = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return start
    inspect_keras_config(scan, member, value)
    return start + length
