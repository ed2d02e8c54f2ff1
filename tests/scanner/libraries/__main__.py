"""Run the makers: `python -m tests.scanner.libraries FOLDER [--all] [--only NAME]`."""

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from tests.scanner.libraries.output import write_labels
from tests.scanner.libraries.running import run
from tests.scanner.libraries.table import MAKERS

ENVIRONMENT: Final = {
    "HF_HUB_OFFLINE": "1",
    "KERAS_BACKEND": "torch",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""No network, and no threads: the models are too small for them, and makers are forked."""
SHARED_IMPORTS: Final = ("pandas", "scipy.stats", "sklearn.pipeline", "sklearn.ensemble")
"""Imported once for all makers."""


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
    os.environ.update(ENVIRONMENT)
    # A process for each: dill, once imported, changes what every later pickle of joblib holds.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(SHARED_IMPORTS))
    with ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1) as pool:
        results = list(pool.map(run, [arguments.folder] * len(chosen), chosen))
    labels = {name: label for made, _, _ in results for name, label in made}
    left_out = {maker.name: left for maker, (_, left, _) in zip(chosen, results, strict=True)}
    write_labels(arguments.folder, labels, left_out)
    return 0 if all(succeeded for _, _, succeeded in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
