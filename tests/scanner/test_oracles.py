import pytest

from tests.scanner.oracles import oracle, runner
from tools.console import CommandError

SEED = 20261


@pytest.mark.parametrize("name", oracle.names())
def test_no_loader_reaches_what_the_scanner_did_not_report(name: str) -> None:
    for library in getattr(oracle.load(name), "requires", ()):
        pytest.importorskip(library, reason=f"{library}, the judge, is not installed")
    try:
        python = runner.interpreter(name)
    except CommandError as error:
        pytest.skip(f"real libraries are needed, and {error}; `make honest` says why")
    done = runner.run(name, SEED, count=oracle.load(name).cases_in_test, python=python)
    assert [
        f"{found.index}: {found.message} {found.data[:200]!r}" for found in done.differences
    ] == []
    assert done.cases == oracle.load(name).cases_in_test
