"""Makes an environment from `requirements.txt` and writes the list of classes with it.

`python scanner/generate`; the environment lies in `.local/generate` and is kept.
"""

import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[1] / ".local" / "generate"
KNOWN = HERE.parent / "modelguard_scanner" / "pickles" / "known.py"


def main() -> None:
    """Write `known.py`."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    needs = ("-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt"))
    subprocess.run([python, *needs], check=True)
    done = subprocess.run([python, str(HERE / "classes.py")], check=True, stdout=subprocess.PIPE)
    KNOWN.write_bytes(done.stdout)


if __name__ == "__main__":
    main()
