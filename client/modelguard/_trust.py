"""Which certificates the client trusts: the machine's, or those that the environment names."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final

from modelguard._errors import ConfigError

VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The first one that is set counts; each names a file, or a directory, in place of the default."""


def tls_context() -> ssl.SSLContext:
    """Return a context that checks certificates and host names.

    Raises:
        ConfigError: A variable names something that holds no certificates.
    """
    named = ((name, os.environ.get(name, "")) for name in VARIABLES)
    variable, value = next(((name, path) for name, path in named if path), ("", ""))
    if not value:
        return ssl.create_default_context()
    try:
        if Path(value).is_dir():
            return ssl.create_default_context(capath=value)
        return ssl.create_default_context(cafile=value)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{variable} names {value}, from which no certificates can be read",
            hint="set it to a file in PEM format, or unset it",
        ) from error
