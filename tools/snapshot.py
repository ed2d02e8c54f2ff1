"""`make snapshot`: rewrites every file that is generated from the code, in seconds."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from tools import ROOT, api_reference, openapi, rules_table, settings_table, templates

GENERATED: Final[Mapping[Path, Callable[[], str]]] = {
    openapi.TARGET: openapi.document,
    api_reference.TARGET: api_reference.reference,
    settings_table.TARGET: settings_table.document,
    rules_table.TARGET: rules_table.document,
    **{path: partial(templates.document, name) for name, path in templates.TARGETS.items()},
}


def main() -> None:
    """Write the files that changed and say of each whether it did."""
    for path, generate in GENERATED.items():
        text = generate()
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        if changed:
            path.write_text(text, encoding="utf-8")
        print(f"{'wrote' if changed else 'unchanged:'} {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
