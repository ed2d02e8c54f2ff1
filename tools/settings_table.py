"""The table of settings in docs/configuration.md, generated from their definitions."""

import dataclasses
from typing import Any, Final

from infra.config import LOCAL_DEFAULTS, Config
from tools import ROOT

TARGET: Final = ROOT / "docs" / "configuration.md"
_START: Final = "<!-- settings -->\n"
_END: Final = "<!-- /settings -->\n"


def document() -> str:
    """Return the whole page with a current table between its two marks."""
    head, rest = TARGET.read_text(encoding="utf-8").split(_START)
    _, tail = rest.split(_END)
    return head + _START + _table() + _END + tail


def _table() -> str:
    rows = ["| key | default | on the local engine | meaning |", "|---|---|---|---|"]
    for field in dataclasses.fields(Config):
        local = LOCAL_DEFAULTS.get(field.name, field.default)
        shown = [_written(field.default), "" if local == field.default else _written(local)]
        rows.append(f"| `{field.name}` | {' | '.join(shown)} | {field.metadata['doc']} |")
    return "\n".join(rows) + "\n"


def _written(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "none" if value in ((), "") else f"`{text}`"
