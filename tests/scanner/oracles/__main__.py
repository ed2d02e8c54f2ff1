"""Searches for files on which scanner and loader differ, and writes each as a minimal file."""

import argparse
import sys
import time
from pathlib import Path

from tests.scanner.oracles import oracle, runner


def main() -> int:
    """Run all oracles in turn, or one; return 1 if one of them differs from the scanner."""
    parser = argparse.ArgumentParser(prog="python -m tests.scanner.oracles", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all oracles together")
    parser.add_argument("--seed", type=int, help="default: a new one")
    parser.add_argument("--only", choices=oracle.names(), action="append")
    parser.add_argument("--count", type=int, default=1 << 62, help="most cases of each oracle")
    parser.add_argument("--python", help="interpreter of the loaders, if not the usual one")
    parser.add_argument("--out", type=Path, default=Path(".local/fuzz"))
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int(time.time())
    chosen = options.only or oracle.names()
    failed = False
    for name in chosen:
        share = options.seconds / len(chosen)
        python = options.python or runner.interpreter(name)
        done = runner.run(name, seed, count=options.count, seconds=share, python=python)
        rate = done.cases / max(done.seconds, 1e-9)
        sys.stdout.write(f"{name}: {done.cases} cases of seed {seed}, {rate:,.0f} per second\n")
        kinds = {found.message.partition(":")[0]: found for found in done.differences}
        for found in kinds.values():
            failed = True
            _write(options.out, runner.minimal(found, python=python))
    return int(failed)


def _write(folder: Path, found: runner.Difference) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.oracle}-{found.seed}-{found.index}.bin"
    path.write_bytes(found.data)
    sys.stdout.write(f"  case {found.index}: {found.message} ({len(found.data)} bytes, {path})\n")


if __name__ == "__main__":
    sys.exit(main())
