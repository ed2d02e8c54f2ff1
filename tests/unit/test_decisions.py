"""Decision records have one format, and the index names each of them once."""

import re
from datetime import date
from pathlib import Path

import pytest

from tools import ROOT

FOLDER = ROOT / "docs" / "decisions"
INDEX = FOLDER / "README.md"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)
FORMAT = re.compile(
    r"# (?P<title>[^\n]+)\n\n"
    r"- Status: (?P<status>[^\n]+)\n"
    r"- Date: (?P<date>\d{4}-\d\d-\d\d)\n\n"
    r"## Context\n(?P<context>.+)\n\n"
    r"## Decision\n(?P<decision>.+)\n\n"
    r"## Cost\n(?P<cost>.+)\n",
    re.DOTALL,
)
STATUS = re.compile(r"accepted|rejected|superseded by \[[^\]]+\]\((?P<file>[^)]+)\)")


def record(path: Path) -> re.Match[str]:
    found = FORMAT.fullmatch(path.read_text(encoding="utf-8"))
    assert found, "expected a title, Status, Date, and the sections Context, Decision and Cost"
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_decision_has_a_status_a_date_and_three_sections(path: Path) -> None:
    found = record(path)
    status = STATUS.fullmatch(found["status"])
    assert status, "expected accepted, rejected, or superseded by a link"
    assert status["file"] is None or (FOLDER / status["file"]).is_file()
    assert date.fromisoformat(found["date"])
    sections = re.findall(r"^## (.+)$", found.string, re.MULTILINE)
    assert sections == ["Context", "Decision", "Cost"]


def test_the_index_has_one_line_for_each_decision_under_its_title() -> None:
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", INDEX.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted((record(path)["title"], path.name) for path in PAGES), (
        "docs/decisions/README.md needs one line `- [title](file.md)` for each decision"
    )
