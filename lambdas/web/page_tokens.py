"""Page tokens: where the next page begins, opaque to clients and of no use in another listing."""

import base64
import hashlib
import json
from typing import Final, TypeVar

from lambdas.registry.errors import InvalidTokenError

_VERSION: Final = 1
_LONGEST: Final = 1_000

_Last = TypeVar("_Last", str, int)


def page_token(listing: str, last: str | int) -> str:
    """Return the token of the page behind `last`; `listing` tells listings apart.

    The checksum finds damage; it is no secret, so what a token says is checked like any input.
    """
    payload = json.dumps([_VERSION, listing, last])
    checksum = hashlib.sha256(payload.encode()).hexdigest()[:8]
    return base64.urlsafe_b64encode(f"{checksum}{payload}".encode()).rstrip(b"=").decode()


def read_page_token(listing: str, token: str, kind: type[_Last]) -> _Last:
    """Return what the page comes behind, or raise INVALID_TOKEN for all but our own tokens."""
    try:
        padded = token[:_LONGEST].encode() + b"=" * (-len(token) % 4)
        last = json.loads(base64.urlsafe_b64decode(padded)[8:])[2]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _invalid_token() from error
    if type(last) is not kind or page_token(listing, last) != token:
        raise _invalid_token()
    return last


def _invalid_token() -> InvalidTokenError:
    return InvalidTokenError("The page token is not one of this listing; begin without one")
