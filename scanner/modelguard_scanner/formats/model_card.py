"""The front matter of a model card: license, task, base models and datasets.

It is a block of YAML of which only the plain forms are read: `key: value`, `key: [a, b]` and a list
of `- value` lines.
"""

import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.facts import FactsBuilder

LONGEST: Final = 64 * 1024
"""Characters of a card that its front matter is looked for in."""
KEY: Final = re.compile(r"([A-Za-z_][\w-]*):(?:[ \t]+(.*))?")
ITEM: Final = re.compile(r"[ \t]*-[ \t]+(.*)")


def note_card(facts: FactsBuilder, text: str) -> bool:
    """Take facts from a text's front matter; return False if it has none."""
    matter = front_matter(text[:LONGEST])
    if matter is None:
        return False
    for key, value in _values(matter):
        if key == "license":
            facts.add_license(value)
        elif key == "base_model":
            facts.add_base_model(value)
        elif key in ("datasets", "dataset"):
            facts.add_dataset(value)
        elif key == "pipeline_tag":
            facts.add_task(value)
        elif key == "library_name":
            facts.add_note(f"library {value}")
    return True


def front_matter(text: str) -> str | None:
    """Return what stands between the first line and the next one that are `---`."""
    first, newline, rest = text.removeprefix("\ufeff").partition("\n")
    if not newline or first.rstrip() != "---":
        return None
    end = rest.find("\n---")
    return rest[:end] if end >= 0 else None


def _values(matter: str) -> Iterator[tuple[str, str]]:
    """Yield each top-level key with each of its plain values."""
    key = ""
    for line in matter.splitlines():
        item = ITEM.fullmatch(line)
        named = KEY.fullmatch(line)
        if named:
            key = named[1]
            yield from ((key, value) for value in _flow(named[2] or ""))
        elif item and key:
            yield from ((key, value) for value in _flow(item[1]))
        elif line.strip() and not line.startswith((" ", "\t", "#")):
            key = ""


def _flow(text: str) -> Iterator[str]:
    text = text.strip()
    parts = text[1:-1].split(",") if text.startswith("[") and text.endswith("]") else [text]
    for part in parts:
        value = part.strip().strip("'\"")
        if value and not value.startswith(("{", "|", ">", "&", "*", "!")):
            yield value
