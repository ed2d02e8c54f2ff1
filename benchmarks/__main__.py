"""`make bench`: runs all benchmarks, or those named as arguments."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> int:
    """Run the benchmarks in alphabetical order; return the exit status."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    runnable = {
        name: module
        for name in names
        if name != "__main__"
        and hasattr(module := importlib.import_module(f"benchmarks.{name}"), "main")
    }
    chosen = sys.argv[1:] or list(runnable)
    for name in chosen:
        if name not in runnable:
            print(f"no benchmark named {name}; choose from {', '.join(runnable)}", file=sys.stderr)
            return 2
        print(f"== {name} ==", flush=True)
        runnable[name].main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
