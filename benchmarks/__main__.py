"""`make bench`: runs every benchmark, or those that are named."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> int:
    """Run the benchmarks in the order of their names; return the exit status."""
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    runnable = {
        name: module
        for name in known
        if name != "__main__"
        and hasattr(module := importlib.import_module(f"benchmarks.{name}"), "main")
    }
    chosen = sys.argv[1:] or list(runnable)
    for name in chosen:
        if name not in runnable:
            print(f"no benchmark named {name}; there are {', '.join(runnable)}", file=sys.stderr)
            return 2
        print(f"== {name} ==", flush=True)
        runnable[name].main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
