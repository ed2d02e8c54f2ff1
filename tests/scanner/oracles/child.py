"""Runs the cases of one oracle inside the sandbox; `runner` starts it and reads what it writes."""

import argparse
import json
import mmap
import sys
import time
from random import Random
from struct import pack

from tests.scanner.oracles import minimise, oracle, sandbox

STEP = 256
"""Cases between two looks at the clock."""
PROGRESS_BYTES = 1 << 20
"""Size of the file that holds the index, the length and the bytes of the current case."""
MAX_DIFFERENCES = 20
"""A child that found as many ends early."""


def case(chosen: oracle.Oracle, seed: int, index: int) -> bytes:
    """Make the case `index` of a seed, independent of all others."""
    return chosen.make(Random(f"{seed}:{index}"))


def main() -> None:
    """Run cases, or minimise the one on standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("oracle")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=sys.maxsize)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--progress", help="a file that gets the current case")
    parser.add_argument("--minimise", action="store_true")
    options = parser.parse_args()
    chosen = oracle.load(options.oracle)
    chosen.prepare()
    given = sys.stdin.buffer.read() if options.minimise else b""
    progress = _progress(options.progress)
    escapes = sandbox.close(chosen.memory)

    def difference(data: bytes) -> str | None:
        try:
            found = chosen.difference(data)
        except sandbox.Escape:
            found = None
        if escapes:
            found = f"escape: {escapes[0]}"
            escapes.clear()
        return found

    if options.minimise:
        small = minimise.minimise(given, difference, options.seconds)
        _say(data=small.hex(), difference=difference(small))
        return
    ends = time.monotonic() + options.seconds
    done = differences = 0
    while done < options.count and differences < MAX_DIFFERENCES and time.monotonic() < ends:
        for index in range(options.start + done, options.start + min(options.count, done + STEP)):
            data = case(chosen, options.seed, index)
            progress[:16] = pack("<QQ", index, len(data))
            progress[16 : 16 + len(data)] = data[: PROGRESS_BYTES - 16]
            found = difference(data)
            if found is not None:
                differences += 1
                _say(index=index, difference=found, data=data.hex())
        done = min(options.count, done + STEP)
    _say(done=done)


def _progress(path: str | None) -> "mmap.mmap | bytearray":
    if path is None:
        return bytearray(PROGRESS_BYTES)
    with open(path, "r+b") as file:  # noqa: PTH123  # its descriptor is what is needed
        return mmap.mmap(file.fileno(), PROGRESS_BYTES)


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
