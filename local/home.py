"""What `make up` keeps in the git-ignored `.local/`."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from typing import Final

from local.engine import Engine
from tools import ROOT
from tools.console import CommandError

HOME: Final = ROOT / ".local"
ENGINE: Final = Engine(HOME)
CDK_OUTPUT: Final = HOME / "cdk"
_DEPLOYED: Final = HOME / "deployed.json"


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Hold the lock that admits one `make up` or `make down` at a time to this checkout.

    Raises:
        CommandError: Another process holds it.
    """
    HOME.mkdir(exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                "another `make up` or `make down` is running in this checkout"
            ) from None
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 - positional only
        yield


def deployed_fingerprint() -> str:
    """Return the fingerprint of the last finished deployment, or "" if there is none."""
    try:
        return str(json.loads(_DEPLOYED.read_text())["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def remember_deployed(fingerprint: str) -> None:
    """Record that the engine runs the deployment with this fingerprint."""
    fresh = _DEPLOYED.with_suffix(".new")
    fresh.write_text(json.dumps({"fingerprint": fingerprint}))
    os.replace(fresh, _DEPLOYED)  # noqa: PTH105 - atomic on every platform


def forget_deployed() -> None:
    """Record that a deployment has started whose outcome is not known yet."""
    _DEPLOYED.unlink(missing_ok=True)
