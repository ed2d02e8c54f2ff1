"""Runs one maker, in whatever process it is called."""

import sys
import time
import traceback
import warnings
from pathlib import Path

from tests.scanner.libraries.output import Label, Output
from tests.scanner.libraries.table import Maker


def run(root: Path, maker: Maker) -> tuple[list[tuple[str, Label]], dict[str, str], bool]:
    """Let one maker write its files; return labels, what was left out, whether it succeeded."""
    warnings.simplefilter("ignore")
    output = Output(root, maker.name, maker.library)
    started_s = time.monotonic()
    succeeded = True
    try:
        maker.make(output)
    except Exception:  # noqa: BLE001  # the others still run
        traceback.print_exc()
        succeeded = False
    sys.stderr.write(f"{maker.name}: {time.monotonic() - started_s:.1f} s\n")
    return list(output.labels()), output.left_out, succeeded
