"""Runs one maker, in whatever process it is called."""

import sys
import time
import traceback
import warnings
from pathlib import Path

from tests.scanner.libraries.output import Label, Output
from tests.scanner.libraries.table import Maker


def run(root: Path, maker: Maker) -> tuple[list[tuple[str, Label]], dict[str, str], bool]:
    """Let one maker write its files; return their labels, what it left out, and whether it ended."""
    warnings.simplefilter("ignore")
    output = Output(root, maker.name, maker.library)
    started_s = time.monotonic()
    ended = True
    try:
        maker.make(output)
    except Exception:  # noqa: BLE001  # the others still run
        traceback.print_exc()
        ended = False
    print(f"{maker.name}: {time.monotonic() - started_s:.1f} s", file=sys.stderr, flush=True)
    return list(output.labels()), output.left_out, ended
