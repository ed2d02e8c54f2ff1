"""The registry's API: addresses, JSON, errors, retries; one instance serves all threads."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode

from modelguard._errors import ApiError, PendingError, api_error
from modelguard._http import Request
from modelguard._retry import API_RETRY, RETRYABLE_STATUS, Retry, TryAgainError, retry_after_s
from modelguard._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from modelguard._auth import Auth
    from modelguard._http import Response, Transport

_T = TypeVar("_T")
_FIRST_ERROR: Final = 400
_PENDING_POLL_S: Final = 5.0
_USER_AGENT: Final = f"modelguard/{__version__}"


def path_of(*segments: str | int) -> str:
    """Return a URL path of segments, each encoded."""
    return "".join(f"/{quote(str(segment), safe='')}" for segment in segments)


@dataclass(frozen=True, slots=True)
class Api:
    """A registry that answers; every write carries a key, so that a retry does not write twice."""

    url: str
    transport: Transport
    auth: Auth
    retry: Retry = API_RETRY
    clock: Callable[[], float] = time.monotonic

    def json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send JSON and return the JSON answer; an empty answer is an empty object.

        Raises:
            ApiError: The registry refused.
            TransportError: It could not be reached.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        content = json.dumps(body).encode() if body is not None else None
        return self.ask(Request(method, self.address(path, query), headers, content))

    def ask(self, request: Request) -> dict[str, Any]:
        """Send and return the JSON answer; one that breaks off counts as none."""
        prepared = _prepared(request)
        return self.retry.run(lambda: self._parse(self._attempt(prepared)))

    def pages(self, path: str, member: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the items of a listing, fetching a page when the last one is used up."""
        token = ""
        while True:
            page = self.json("GET", path, {**query, **({"next": token} if token else {})})
            yield from page.get(member, ())
            token = page.get("next") or ""
            if not token:
                return

    def send(self, request: Request) -> Response:
        """Send with retries and return the answer, which is no error; its body is not read yet."""
        prepared = _prepared(request)
        return self.retry.run(lambda: self._attempt(prepared))

    def send_when_cleared(
        self, request: Request, wait_s: float, note: Callable[[str], None]
    ) -> Response:
        """Send, and while the inspection is pending say so, wait and send again."""
        until_s = self.clock() + wait_s
        while True:
            try:
                return self.send(request)
            except PendingError as error:
                pause_s = float(error.details.get("retry_after_s") or _PENDING_POLL_S)
                if self.clock() + pause_s > until_s:
                    raise
                note(f"waiting: {error.message}")
                self.retry.sleep(pause_s)

    def address(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return a full URL."""
        # A space as `+` would not be what an AWS signature is checked against.
        encoded = urlencode(query or {}, quote_via=quote)
        return f"{self.url}{path}?{encoded}" if encoded else f"{self.url}{path}"

    def read(self, of: Callable[[Mapping[str, Any]], _T], body: Mapping[str, Any]) -> _T:
        """Return the value that an answer means, or raise ServerError when it means nothing."""
        try:
            return of(body)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._no_registry() from error

    def _no_registry(self) -> ApiError:
        text = f"{self.url} answers, but not as a ModelGuard registry does"
        return api_error(HTTPStatus.BAD_GATEWAY, {"error": text}, "")

    def _parse(self, response: Response) -> dict[str, Any]:
        try:
            text = response.read()
        finally:
            response.close()
        try:
            found = json.loads(text) if text else {}
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._no_registry()
        return found

    def _attempt(self, request: Request) -> Response:
        signed = {**request.headers, **self.auth.headers(request)}
        response = self.transport.send(Request(request.method, request.url, signed, request.body))
        if response.status < _FIRST_ERROR:
            return response
        error = self._error_of(response)
        if response.status in RETRYABLE_STATUS or error.code == "IN_PROGRESS":
            raise TryAgainError(error, after_s=retry_after_s(response))
        raise error

    def _error_of(self, response: Response) -> ApiError:
        try:
            body = json.loads(response.read())
        except ValueError:
            body = {}
        finally:
            response.close()
        known = dict(body) if isinstance(body, dict) else {}
        known.setdefault("retry_after_s", retry_after_s(response))
        return api_error(response.status, known, response.headers.get("x-request-id", ""))


def _prepared(request: Request) -> Request:
    """Add what every request carries; a write's key stays the same through its retries."""
    headers = {"User-Agent": _USER_AGENT, "Accept": "*/*", **request.headers}
    if request.method not in {"GET", "HEAD"}:
        headers.setdefault("Idempotency-Key", os.urandom(16).hex())
    return Request(request.method, request.url, headers, request.body)
