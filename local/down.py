"""`make down`: stop the engine by its pid; uploaded data stays in `.local/`."""

from local import home
from tools.console import friendly_errors, say


def main() -> None:
    """Stop the engine and wait until its state is on disk."""
    with friendly_errors(), home.exclusive():
        stopped = home.ENGINE.stop()
    say("stopped; the data stays in .local/" if stopped else "ModelGuard was not running")


if __name__ == "__main__":
    main()
