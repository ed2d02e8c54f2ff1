"""A transport in memory: what the client sends is kept, what it gets is scripted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelguard import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelguard import Request


@dataclass
class Answer:
    """An answer of the transport; a body shorter than `promised` bytes is one that broke off."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False

    def readinto(self, buffer: memoryview) -> int:
        count = min(len(buffer), len(self.body))
        buffer[:count] = self.body[:count]
        self.body = self.body[count:]
        return count

    def close(self) -> None:
        self.closed = True


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(body).encode(), named)


def refusal(status: int, code: str, **headers: str) -> Answer:
    """A refusal of the registry."""
    return answer({"error": f"because of {code}", "error_code": code}, status, **headers)


class Script:
    """A transport that gives the answers in turn; None is a connection that breaks."""

    def __init__(self, *answers: Answer | None) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        given = self._answers.pop(0)
        if given is None:
            raise TransportError("broken")
        return given

    def close(self) -> None:
        pass
