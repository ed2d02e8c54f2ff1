"""Run the makers: `python -m tests.scanner.libraries FOLDER [--all] [--only NAME]`."""

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.scanner.libraries.output import write_labels
from tests.scanner.libraries.running import run
from tests.scanner.libraries.table import MAKERS


def main() -> int:
    """Write every maker's files and their labels; fail if a maker did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="the large ones too")
    parser.add_argument("--only", action="append", default=[], help="the makers of these names")
    arguments = parser.parse_args()
    chosen = [
        maker
        for maker in MAKERS
        if (maker.name in arguments.only if arguments.only else arguments.all or not maker.large)
    ]
    os.environ.update(KERAS_BACKEND="torch", TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
    # A process for each: dill, once imported, changes what every later pickle of joblib holds.
    with ProcessPoolExecutor(
        2, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        results = list(pool.map(run, [arguments.folder] * len(chosen), chosen))
    labels = {name: label for made, _, _ in results for name, label in made}
    left_out = {maker.name: left for maker, (_, left, _) in zip(chosen, results, strict=True)}
    write_labels(arguments.folder, labels, left_out)
    return 0 if all(ended for _, _, ended in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
