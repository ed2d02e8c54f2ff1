"""What documents, docstrings and messages name exists: paths, modules, links and make targets."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from tools import ROOT

PACKAGES = {
    **dict.fromkeys(
        ("benchmarks", "infra", "lambdas", "local", "operations", "tests", "tools"), ROOT
    ),
    "modelguard": ROOT / "client",
    "modelguard_scanner": ROOT / "scanner",
}
ELSEWHERE = {
    "*/DELETE/*": "the end of an ARN",
    ".venv/bin/modelguard": "in the environment that `make environment` builds",
    ".local/": "the local engine's home, which `make up` creates",
    "DIR/.modelguard": "below the folder that a pull writes to",
    "chunk/0000": "a sort key of the table",
    "docs/gguf.md": "a page of ggml",
    "name/": "a pattern that selects files",
    "org/model": "a name on another hub",
    "engine.json": "in the local engine's home",
    "python/": "the folder of Python packages in a Lambda layer",
}
"""Paths that are not in the checkout, and where they are."""

QUOTED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH = re.compile(
    r"(?:\.?[\w<>*-]+/)+[\w<>*.-]*"  # a folder, or what is in one
    r"|[\w.<>*-]+\.(?:json|md|py|sh|toml|txt)"  # a file that is named alone
)
DOCUMENT = re.compile(r"(?<![\w/.-])docs/[\w/-]+\.md")
MODULE = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
TYPED_MODULE = re.compile(rf"python -m ({MODULE.pattern})")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
QUOTED_TARGET = re.compile(r"`make (?:-s )?([a-z][a-z-]*)")
TYPED_TARGET = re.compile(r"(?:^|\(|&& )make (?:-s )?([a-z][a-z-]*)", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@cache
def entries() -> frozenset[str]:
    """Return every file and folder of the checkout, relative to its root."""
    found = set()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in {"__pycache__", "cdk.out"} and (name[0] != "." or name == ".ci")
        ]
        place = Path(folder).relative_to(ROOT)
        found.update((place / name).as_posix() for name in (*folders, *files))
    return frozenset(found)


def texts(*suffixes: str) -> Iterator[Path]:
    return (ROOT / name for name in sorted(entries()) if name.endswith(suffixes))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose_of(path: Path) -> str:
    """Return a text without the blocks of code that a document fences."""
    return FENCE.sub("", text_of(path)) if path.suffix == ".md" else text_of(path)


def path_exists(name: str) -> bool:
    """Return whether a path exists, from the root or as the end of a longer one.

    Only a path that begins with no folder of the root may be the end of one; `<anything>` and `*`
    stand for one component.
    """
    if name in ELSEWHERE:
        return True
    pattern = re.sub(r"\\\*|<[^>]*>", "[^/]+", re.escape(name.strip("/")))
    matches = re.compile(pattern if begins_at_the_root(name) else rf"(?:.*/)?{pattern}").fullmatch
    return any(matches(entry) for entry in entries())


def module_exists(name: str) -> bool:
    """Return whether a dotted name is a module, or a word in the module that it begins with."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = PACKAGES[parts[0]].joinpath(*parts[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py", place / "__main__.py"):
            if file.is_file():
                return set(re.findall(r"\w+", text_of(file))).issuperset(parts[length:])
    return False


def paths_in(path: Path) -> Iterator[str]:
    """Yield the paths that a text names: in back-quotes, or a page of docs/ anywhere."""
    yield from DOCUMENT.findall(text_of(path))
    quoted = filter(PATH.fullmatch, QUOTED.findall(prose_of(path)))
    yield from filter(begins_at_the_root, quoted) if speaks_of_artifacts(path) else quoted


def speaks_of_artifacts(path: Path) -> bool:
    """Return whether a text is about the scanner, and so names files that lie in artifacts."""
    name = path.relative_to(ROOT).as_posix()
    return name == "docs/scanner.md" or name.startswith(("scanner/", "tests/scanner/"))


def begins_at_the_root(name: str) -> bool:
    return "/" in name and name.partition("/")[0] in entries()


def modules_in(path: Path) -> Iterator[str]:
    yield from filter(MODULE.fullmatch, QUOTED.findall(prose_of(path)))
    yield from TYPED_MODULE.findall(text_of(path))


def targets_in(path: Path) -> Iterator[str]:
    yield from QUOTED_TARGET.findall(text_of(path))
    if path.suffix == ".md":
        yield from TYPED_TARGET.findall("\n".join(FENCE.findall(text_of(path))))


def missing(names: Callable[[Path], Iterable[str]], exists: Callable[[str], bool]) -> list[str]:
    """Return what is named and does not exist, after the text that names it."""
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in texts(".md", ".py", "Makefile", ".toml")
        for name in sorted(set(names(path)))
        if not exists(name)
    ]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_path_that_is_named_exists() -> None:
    assert missing(paths_in, cache(path_exists)) == [], (
        "correct each path; one that lies outside the checkout belongs in ELSEWHERE. "
        "docs/*.md counts even in a string: name a file of an example otherwise"
    )


def test_every_module_that_is_named_exists() -> None:
    assert missing(modules_in, cache(module_exists)) == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), re.MULTILINE)
    assert missing(targets_in, set(targets).__contains__) == []


def test_every_link_of_a_document_leads_to_a_file_and_to_a_heading_in_it() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {name}#{anchor}"
        for page in texts(".md")
        for name, anchor in LINK.findall(prose_of(page))
        for target in [page.parent / name if name else page]
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert broken == []


def test_each_path_that_is_allowed_to_be_missing_is_missing_and_named() -> None:
    named = {name for path in texts(".md", ".py") for name in paths_in(path)}
    assert set(ELSEWHERE) <= named
    assert not [name for name in ELSEWHERE if name.strip("/") in entries()]


def test_the_walks_through_the_code_name_functions_where_they_are() -> None:
    page = text_of(ROOT / "docs" / "architecture.md")
    steps = re.findall(r"^\| \d+ \| `([^`]+)` \| `([^`]+)` \|", page, re.MULTILINE)
    assert len(steps) > 30
    for path, name in steps:
        defined = set(re.findall(r"^ *(?:class|def) (\w+)", text_of(ROOT / path), re.MULTILINE))
        assert defined.issuperset(name.split(".")), f"{path} does not define {name}"


def test_the_layout_in_the_readme_has_every_folder() -> None:
    layout = text_of(ROOT / "README.md").partition("\n## Layout\n")[2].partition("\n## ")[0]
    named = {
        name.strip("/")
        for name in re.findall(r"^\| (.+?) \|", layout, re.MULTILINE)
        for name in QUOTED.findall(name)
    }
    folders = {name for name in entries() if "/" not in name and (ROOT / name).is_dir()}
    assert folders <= named


def test_the_log_messages_that_the_runbook_searches_for_are_written() -> None:
    messages = re.findall(r'filter message = "([^"]+)"', text_of(ROOT / "docs" / "operations.md"))
    source = "".join(map(text_of, (ROOT / "lambdas").rglob("*.py")))
    assert messages
    assert [message for message in messages if f'"{message}"' not in source] == []
