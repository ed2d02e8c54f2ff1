"""The honest files that real libraries write: none is malicious, nearly all are clean."""

import inspect
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from modelguard_scanner import Report

from tests.scanner.labelled import Labelled, labelled
from tests.scanner.libraries.table import MAKERS
from tools import honest
from tools.console import CommandError

INSTALL_S = 120
RATE = 0.95
SMALL = [maker.name for maker in MAKERS if not maker.large]


@dataclass(frozen=True)
class Judged:
    """A file of a maker, and what the scanner says of it."""

    file: Labelled
    report: Report

    def __str__(self) -> str:
        said = "; ".join(sorted({finding.message for finding in self.report.findings}))
        return f"{self.file.name} is {self.report.verdict}, not {self.file.best}: {said}"


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    """The scanned files of all small makers; skipped where their libraries cannot be had."""
    try:
        honest.SMALL.install(timeout_s=INSTALL_S)
    except CommandError as error:
        pytest.skip(f"real libraries are needed, and {error}; `make honest` says why")
    return [Judged(file, file.scan()) for file in labelled(honest.files())]


@pytest.mark.parametrize("maker", SMALL)
def test_no_honest_file_is_malicious(judged: list[Judged], maker: str) -> None:
    # GIVEN what one maker wrote
    written = [item for item in judged if item.file.name.startswith(f"{maker}/")]
    assert written

    # THEN none of it is taken for an attack
    wrong = [item for item in written if str(item.report.verdict) == "malicious"]
    assert not wrong, _lines(wrong)


def test_honest_files_are_clean(judged: list[Judged]) -> None:
    # GIVEN the files that carry no code
    plain = [item for item in judged if item.file.best == "clean"]
    assert len(plain) > 1000

    # THEN nearly all are clean
    others = [item for item in plain if str(item.report.verdict) != "clean"]
    rate = 1 - len(others) / len(plain)
    assert rate >= RATE, _lines(others)


def test_files_that_carry_code_are_not_clean(judged: list[Judged]) -> None:
    # GIVEN the files that hold functions by value
    carriers = [item for item in judged if item.file.best == "suspicious"]
    assert carriers

    # THEN that is said, and they are not taken for attacks
    assert (
        _lines(item for item in carriers if not item.file.accepts(str(item.report.verdict))) == ""
    )


def test_every_maker_is_in_the_table() -> None:
    # GIVEN the public functions of the modules that hold makers
    modules = {maker.make.__module__ for maker in MAKERS}
    functions = {
        function
        for module in modules
        for name, function in inspect.getmembers(sys.modules[module], inspect.isfunction)
        if function.__module__ == module and not name.startswith("_")
    }
    # THEN the table names each of them once
    assert {maker.make for maker in MAKERS} == functions
    assert len({maker.name for maker in MAKERS}) == len(MAKERS) == len(functions)


def test_what_lies_between_right_verdicts_is_right() -> None:
    # GIVEN a file that is clean at best and inconclusive at worst, and one that must be clean
    broad = Labelled("set/a", Path("a"), ("clean", "suspicious", "inconclusive"))
    narrow = Labelled("set/b", Path("b"), ("clean",))

    # THEN only the first may be unknown
    assert broad.accepts("unknown")
    assert not narrow.accepts("unknown")
    assert not broad.accepts("malicious")


def _lines(items: Iterable[Judged]) -> str:
    return "\n".join(str(item) for item in items)
