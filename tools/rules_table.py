"""The table of the scanner's rules in docs/scanner.md, generated from their catalogue."""

from typing import Final

from modelguard_scanner.catalogue import all_rules

from tools import ROOT

TARGET: Final = ROOT / "docs" / "scanner.md"
_START: Final = "<!-- rules: start; written by `make snapshot` -->\n"
_END: Final = "<!-- rules: end -->"


def document() -> str:
    """Return the whole page with a current table between its two marks."""
    head, rest = TARGET.read_text(encoding="utf-8").split(_START)
    _, tail = rest.split(_END)
    return head + _START + _table() + _END + tail


def _table() -> str:
    rows = [
        "| rule | verdict | what was found | for example | what to do |",
        "|---|---|---|---|---|",
    ]
    for rule in all_rules():
        cells = (f"`{rule.id}`", rule.severity, rule.summary, rule.example, rule.advice)
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"
