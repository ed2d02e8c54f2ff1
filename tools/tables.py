"""The tables that are generated into pages of docs/: settings, and rules of the scanner."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from modelguard_scanner.catalogue import all_rules

from infra.config import LOCAL_DEFAULTS, Config
from tools import ROOT

SETTINGS_PAGE: Final = ROOT / "docs" / "configuration.md"
RULES_PAGE: Final = ROOT / "docs" / "scanner.md"


def settings_page() -> str:
    """Return docs/configuration.md with a current table of settings."""
    rows = []
    for field in dataclasses.fields(Config):
        default, local = field.default, LOCAL_DEFAULTS.get(field.name, field.default)
        shown = _written(default), "" if local == default else _written(local)
        rows.append((f"`{field.name}`", *shown, field.metadata["doc"]))
    table = _table(("key", "default", "on the local engine", "meaning"), rows)
    return _with(SETTINGS_PAGE, "<!-- settings -->\n", table, "<!-- /settings -->\n")


def rules_page() -> str:
    """Return docs/scanner.md with a current table of rules."""
    rows = [
        [
            cell.replace("|", "\\|")
            for cell in (f"`{rule.id}`", rule.severity, rule.summary, rule.example, rule.advice)
        ]
        for rule in all_rules()
    ]
    table = _table(("rule", "verdict", "what was found", "for example", "what to do"), rows)
    start = "<!-- rules: start; written by `make snapshot` -->\n"
    return _with(RULES_PAGE, start, table, "<!-- rules: end -->")


def _with(page: Path, start: str, table: str, end: str) -> str:
    """Return a page with a table in place of what stands between its two marks."""
    head, rest = page.read_text(encoding="utf-8").split(start)
    _, tail = rest.split(end)
    return head + start + table + end + tail


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(titles)
    lines = [" | ".join(titles), *(" | ".join(row) for row in rows)]
    lines = [f"| {line} |\n" for line in lines]
    return "".join([lines[0], "|---" * len(titles), "|\n", *lines[1:]])


def _written(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "none" if value in ((), "") else f"`{text}`"
