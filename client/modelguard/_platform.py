"""Which systems the client runs on."""

from __future__ import annotations

import sys

from modelguard._errors import ConfigError


def check_platform(platform: str = sys.platform) -> None:
    """Raise ConfigError on a system without the file locks that pulls need."""
    if platform == "win32":
        raise ConfigError("modelguard does not run on Windows", hint="use it in WSL")
