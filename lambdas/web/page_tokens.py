"""Page tokens: where the next page starts; opaque to clients, and valid for one listing only."""

import base64
import hashlib
import json
from typing import Final, TypeVar

from lambdas.registry.errors import InvalidTokenError

_VERSION: Final = 1
_MAX_CHARS: Final = 1_000

_Last = TypeVar("_Last", str, int)


def page_token(listing: str, last: str | int) -> str:
    """Return the token for the page that follows `last` in `listing`.

    The checksum detects damage, not forgery: the content of a token is validated like any input.
    """
    payload = json.dumps([_VERSION, listing, last])
    checksum = hashlib.sha256(payload.encode()).hexdigest()[:8]
    return base64.urlsafe_b64encode(f"{checksum}{payload}".encode()).rstrip(b"=").decode()


def read_page_token(listing: str, token: str, kind: type[_Last]) -> _Last:
    """Return the last item before the page, or raise INVALID_TOKEN if the token is not ours."""
    try:
        padded = token[:_MAX_CHARS].encode() + b"=" * (-len(token) % 4)
        last = json.loads(base64.urlsafe_b64decode(padded)[8:])[2]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _invalid_token() from error
    if type(last) is not kind or page_token(listing, last) != token:
        raise _invalid_token()
    return last


def _invalid_token() -> InvalidTokenError:
    return InvalidTokenError("The page token does not belong to this listing; start without one")
