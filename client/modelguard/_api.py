"""The registry's HTTP API: URLs, JSON, errors and retries; one instance serves all threads."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlencode

from modelguard._auth import BearerAuth
from modelguard._body import Body, UnexpectedBodyError, decode, read_bounded
from modelguard._errors import (
    ApiError,
    ConfigError,
    PendingError,
    Subject,
    UnauthorizedError,
    api_error,
)
from modelguard._http import Request
from modelguard._retry import API_RETRY, RETRYABLE_STATUS, Retry, TryAgainError, retry_after_s
from modelguard._types import LATEST
from modelguard._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from modelguard._auth import Auth
    from modelguard._http import Response, Transport

_T = TypeVar("_T")
_FIRST_ERROR: Final = 400
_PENDING_POLL_S: Final = 5.0
_MAX_PENDING_POLL_S: Final = 30.0
_MAX_PAGES: Final = 10_000
_MAX_EMPTY_PAGES: Final = 100
"""A page may be empty because the caller may see none of it, but a listing has to end."""
_MAX_REQUEST_ID: Final = 128
_USER_AGENT: Final = f"modelguard/{__version__}"


def path_of(*segments: str | int) -> str:
    """Return a URL path made of segments, each percent-encoded."""
    try:
        return "".join(f"/{quote(str(segment), safe='')}" for segment in segments)
    except UnicodeEncodeError as error:
        raise ConfigError(f"{error.object!r} is not valid Unicode") from error


@dataclass(frozen=True, slots=True)
class Api:
    """One registry; each write carries an Idempotency-Key, so that a retry does not write twice."""

    url: str
    transport: Transport
    auth: Auth
    retry: Retry = API_RETRY
    clock: Callable[[], float] = time.monotonic

    @property
    def encrypted(self) -> bool:
        """Whether the registry is used over https, which its storage then has to be as well."""
        return self.url.startswith("https:")

    def json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send a JSON request and return the JSON response; an empty body becomes an empty object.

        Raises:
            ApiError: The registry refused the request.
            TransportError: The registry could not be reached.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        content = json.dumps(body).encode() if body is not None else None
        return self.ask(Request(method, self.address(path, query), headers, content))

    def ask(self, request: Request) -> dict[str, Any]:
        """Send a request and return its JSON response; a truncated response is retried."""
        prepared = _prepared(request)
        return self.retry.run(lambda: self._parse(self._attempt(prepared)))

    def pages(self, path: str, member: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the items of a listing, fetching each page when the previous one is used up."""
        token, seen, empty = "", set[str](), 0
        while True:
            page = self.json("GET", path, {**query, **({"next": token} if token else {})})
            items, token = self.read(lambda body: _page_of(body, member), page)
            yield from items
            empty = 0 if items else empty + 1
            if not token:
                return
            if token in seen or empty > _MAX_EMPTY_PAGES or len(seen) > _MAX_PAGES:
                raise self.not_a_registry()
            seen.add(token)

    def send(self, request: Request) -> Response:
        """Send with retries and return the successful response, with its body unread."""
        prepared = _prepared(request)
        return self.retry.run(lambda: self._attempt(prepared))

    def send_when_cleared(
        self, request: Request, wait_s: float, note: Callable[[str], None]
    ) -> Response:
        """Send, and while the inspection is pending, report that, wait and send again."""
        until_s = self.clock() + wait_s
        while True:
            try:
                return self.send(request)
            except PendingError as error:
                left_s = until_s - self.clock()
                if left_s <= 0:
                    raise
                note(f"waiting for the inspection (up to {duration(wait_s)})")
                asked_s = error.retry_after_s or _PENDING_POLL_S
                self.retry.sleep(min(asked_s, _MAX_PENDING_POLL_S, left_s))

    def address(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return the full URL of a path."""
        # AWS checks signatures against %20, not against the `+` that urlencode writes by default.
        try:
            encoded = urlencode(query or {}, quote_via=quote)
        except UnicodeEncodeError as error:
            raise ConfigError(f"{error.object!r} is not valid Unicode") from error
        return f"{self.url}{path}?{encoded}" if encoded else f"{self.url}{path}"

    def read(self, of: Callable[[Mapping[str, Any]], _T], body: Mapping[str, Any]) -> _T:
        """Parse a response body with `of`, or raise ServerError if it does not have that shape."""
        try:
            return of(body)
        except UnexpectedBodyError as error:
            raise self.not_a_registry() from error

    def not_a_registry(self) -> ApiError:
        """Return the error for a server whose responses are not those of a registry."""
        text = f"The server at {self.url} is not a ModelGuard registry"
        return api_error(HTTPStatus.BAD_GATEWAY, {"error": text}, "")

    def _parse(self, response: Response) -> dict[str, Any]:
        content = read_bounded(response)
        return self.read(lambda _: decode(content), {}) if content else {}

    def _attempt(self, request: Request) -> Response:
        signed = {**request.headers, **self.auth.headers(request)}
        response = self.transport.send(Request(request.method, request.url, signed, request.body))
        if response.status < _FIRST_ERROR:
            return response
        error = self._error_of(request, response)
        if response.status in RETRYABLE_STATUS or error.code == "IN_PROGRESS":
            raise TryAgainError(error, after_s=retry_after_s(response))
        raise error

    def _error_of(self, request: Request, response: Response) -> ApiError:
        try:
            body = decode(read_bounded(response))
        except UnexpectedBodyError:
            body = {}
        error = api_error(
            response.status,
            body,
            response.headers.get("x-request-id", "")[:_MAX_REQUEST_ID],
            _subject_of(request.url, self.url),
        )
        error.retry_after_s = retry_after_s(response)
        if isinstance(error, UnauthorizedError):
            error.hint = (
                "the token may be mistyped, expired or revoked"
                if isinstance(self.auth, BearerAuth)
                else f"run `modelguard login {self.url} --auth token`, or set MODELGUARD_TOKEN"
            )
        return error


def _prepared(request: Request) -> Request:
    """Add the common headers; the Idempotency-Key stays the same across retries."""
    headers = {"User-Agent": _USER_AGENT, "Accept": "*/*", **request.headers}
    if request.method not in {"GET", "HEAD"}:
        headers.setdefault("Idempotency-Key", os.urandom(16).hex())
    return Request(request.method, request.url, headers, request.body)


def duration(seconds: float) -> str:
    """Return a duration for people, for example `10 min`."""
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"  # noqa: PLR2004


def _subject_of(url: str, base: str) -> Subject:
    """Return what a request is about, from its URL."""
    path, _, query = url.removeprefix(base).partition("?")
    match [unquote(segment) for segment in path.split("/")[1:]]:
        case ["models", name, *_]:
            return Subject(name=name)
        case ["artifacts", artifact_type, name, *_]:
            (version,) = parse_qs(query).get("version", [""])
            return Subject(artifact_type, name, "" if version == LATEST else version)
        case _:
            return Subject()


def _page_of(body: Mapping[str, Any], member: str) -> tuple[list[dict[str, Any]], str]:
    """Return the items of a page and the token of the next one, which may be empty."""
    page = Body(body)
    if not page.is_list(member):
        raise UnexpectedBodyError(f"{member} is not a list")
    return [each.members for each in page.objects(member)], page.text("next", "")
