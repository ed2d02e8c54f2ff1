"""No file takes more than 20 s and 256 MiB, at 2 % of the size here.

`python -m benchmarks.scanner_cost --hostile` measures the full sizes.
"""

from pathlib import Path

import pytest

from tests.scanner.hostile_files import MAKERS, write
from tests.scanner.measured_scan import measured

SCALE = 0.02
SECONDS = 20 * SCALE + 1.5
"""More than the share, since readers are imported whatever the size, and machines are busy."""
MEMORY = 256 * SCALE + 64
"""In MiB; windows, pieces of text and pools of the interpreter do not shrink with the file."""


@pytest.mark.parametrize("name", MAKERS)
def test_a_hostile_file_is_cheap_to_inspect(tmp_path: Path, name: str) -> None:
    # WHEN a hostile file is inspected in a process of its own, without the cap on time
    cost = measured(write(name, tmp_path, SCALE), max_seconds=60)

    # THEN time and memory are bounded, and the engine did not fail
    assert cost.seconds < SECONDS
    assert cost.memory < MEMORY
    assert "engine failed" not in cost.found


def test_the_cap_on_time_holds(tmp_path: Path) -> None:
    cost = measured(write("imports_in_a_zip", tmp_path, SCALE), max_seconds=0)
    assert (cost.verdict, cost.found) == ("inconclusive", "stopped at the cap of 0.0 seconds")
