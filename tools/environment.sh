#!/bin/sh
# Finds a recent Python and has it build or refresh .venv. Silent if there is nothing to do.
set -eu

works() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    works "$PYTHON" || { echo "error: PYTHON=$PYTHON is not a working Python 3.11 or newer" >&2; exit 1; }
    exec "$PYTHON" tools/environment.py
fi
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if works "$candidate"; then
        exec "$candidate" tools/environment.py
    fi
done
echo "error: ModelGuard needs Python 3.11 or newer, but none was found; install one, or pass its path: make PYTHON=/path/to/python" >&2
exit 1
