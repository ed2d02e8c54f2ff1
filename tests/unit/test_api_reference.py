"""The page about the API is the one that the contract and the handlers generate."""

import re

from lambdas.contract.functions import FUNCTIONS
from tools import stale
from tools.api_reference import TARGET, reference


def test_the_page_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference(), stale(TARGET)


def test_the_page_has_each_route_once_in_the_table_and_once_as_a_heading() -> None:
    routes = sorted(f"{r.method} {r.path}" for f in FUNCTIONS for r in f.routes)
    page = TARGET.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[`(.+?)`\]", page, re.MULTILINE)) == routes
    assert sorted(re.findall(r"^### `(.+?)`$", page, re.MULTILINE)) == routes


def test_each_error_code_is_set_as_code() -> None:
    page = TARGET.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([45]\d\d) \| (.*) \|$", page, re.MULTILINE)
    assert rows
    for _, answer in rows:
        assert re.fullmatch(r"`[A-Z0-9_]+`(, `[A-Z0-9_]+`)*(: .+)?", answer), answer
