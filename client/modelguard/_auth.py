"""Authentication of requests: none, a bearer token, or AWS Signature Version 4."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from modelguard._errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelguard._http import Request

_API_HOST = re.compile(r"\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?\Z")

_TOKEN = re.compile(r"mgt_(?P<id>[0-9a-f]{16})_.+")
_CREDENTIALS_HINT = "run `aws configure` or `aws sso login`, or set AWS_PROFILE"


class Auth(Protocol):
    """Adds credentials to requests to the registry, and never to requests to the object storage."""

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers to add to a request, whose body is bytes or None."""


class NoAuth:
    """No authentication, for an open registry such as the local engine."""

    def headers(self, request: Request) -> Mapping[str, str]:  # noqa: ARG002 - the protocol's
        """Return no headers."""
        return {}


class BearerAuth:
    """A bearer token issued by the registry's operator."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[!-~]+", token):
            raise ConfigError(
                "The token contains spaces or other characters that tokens never contain"
            )
        self._value = f"Bearer {token}"
        found = _TOKEN.fullmatch(token)
        self.token_id = found["id"] if found else ""
        """The token's id, if it looks like one of a registry's own tokens."""

    def headers(self, request: Request) -> Mapping[str, str]:  # noqa: ARG002 - the protocol's
        """Return the Authorization header."""
        return {"Authorization": self._value}


class AwsAuth:
    """AWS Signature Version 4 with the credentials that the AWS CLI would use (extra `aws`)."""

    def __init__(self, region: str | None = None) -> None:
        self._region = region
        self._credentials: Any = None

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the signature headers.

        Raises:
            ConfigError: botocore is not installed, or credentials or the region are missing.
        """
        try:
            from botocore.auth import SigV4Auth  # noqa: PLC0415 - 0.2 s of import, only here
            from botocore.awsrequest import AWSRequest  # noqa: PLC0415
            from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        except ImportError as error:
            raise ConfigError(
                "This registry requires AWS signatures, which need the package botocore",
                hint="install it next to the client: pip install botocore",
            ) from error
        region = self._region or region_of(request.url)
        signed = AWSRequest(
            method=request.method,
            url=request.url,
            data=request.body or b"",
            headers=dict(request.headers),
        )
        try:
            SigV4Auth(self._frozen(), "execute-api", region).add_auth(signed)
        except BotoCoreError as error:  # for example a missing profile or an expired session
            reason = " ".join(str(error).split())
            raise ConfigError(
                f"Cannot load AWS credentials: {reason}", hint=_CREDENTIALS_HINT
            ) from error
        return {key: str(value) for key, value in signed.headers.items()}

    def _frozen(self) -> Any:
        from botocore.session import Session  # noqa: PLC0415

        self._credentials = self._credentials or Session().get_credentials()
        if not self._credentials:
            raise ConfigError("No AWS credentials found", hint=_CREDENTIALS_HINT)
        return self._credentials.get_frozen_credentials()


def region_of(url: str) -> str:
    """Return the AWS region of an API, from its host name or else from the environment."""
    found = _API_HOST.search(urlsplit(url).hostname or "")
    region = found["region"] if found else ""
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    if not region:
        raise ConfigError("The registry's AWS region is unknown", hint="set AWS_REGION")
    return region


def is_aws_api(url: str) -> bool:
    """Return whether a URL is on an API Gateway host, where AWS signatures are the default."""
    return bool(_API_HOST.search(urlsplit(url).hostname or ""))
