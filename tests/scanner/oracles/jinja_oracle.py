"""Jinja: every attribute that its sandbox refuses while a template is rendered was reported."""

import importlib
from contextlib import suppress
from random import Random
from typing import Any

from modelguard_scanner import DEFAULT, BytesSource, Limits, Severity
from modelguard_scanner.formats.templates import inspect_template
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Member, Scan

from tests.scanner.oracles.jinja_programs import template

DATA: dict[str, Any] = {
    "messages": [{"role": "user", "content": "text", "a": 1}, {"role": "x", "content": ["y"]}],
    "x": {"role": "a", "k": "v"},
    "tools": [{"function": {"name": "f", "parameters": {"a": 1}}}],
    "m": {"role": "user"},
}


class JinjaOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 3_000
    memory = 2 * 1024**3
    requires = ("jinja2",)

    def __init__(self) -> None:
        self._refused: list[str] = []
        self._environment: Any = None

    def prepare(self) -> None:
        sandbox = importlib.import_module("jinja2.sandbox")
        refused = self._refused

        class Recording(sandbox.SandboxedEnvironment):  # type: ignore[name-defined,misc]  # optional
            def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
                safe: bool = super().is_safe_attribute(obj, attr, value)
                if not safe:
                    refused.append(f"{type(obj).__name__}.{attr}")
                return safe

        self._environment = Recording(
            trim_blocks=True, lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"],
        )  # fmt: skip
        self.difference(b"{{ x|tojson }}{{ x|urlencode }}{{ lipsum() }}{{ [1]|random }}")

    def make(self, random: Random) -> bytes:
        return template(random).encode()

    def difference(self, data: bytes) -> str | None:
        text = data.decode("utf-8", "replace")
        state = Scan(DEFAULT, Limits(), lambda _, __: None)
        try:
            inspect_template(state, Member(BytesSource(data), "x"), text)
        except ScanError as error:
            return f"not read: {error}"
        self._refused.clear()
        try:
            compiled = self._environment.from_string(text)
        except Exception:  # noqa: BLE001  # not a template, so it is never rendered
            return None
        if any(found.rule == "template-unread" for found in state.findings):
            return f"not read: {state.findings[0].message}"
        if state.worst is not Severity.INFO:
            return None
        with suppress(Exception):  # what it did until then counts
            compiled.render(DATA)
        return f"not reported: {self._refused[0]}" if self._refused else None


ORACLE = JinjaOracle()
