import pytest

from tests.scanner.oracles import oracle, runner

SEED = 20261


@pytest.mark.parametrize("name", oracle.names())
def test_no_loader_reaches_what_the_scanner_did_not_report(name: str) -> None:
    for library in getattr(oracle.load(name), "requires", ()):
        pytest.importorskip(library, reason=f"{library}, the judge, is not installed")
    done = runner.run(name, SEED, count=oracle.load(name).cases_in_test)
    assert [
        f"{found.index}: {found.message} {found.data[:200]!r}" for found in done.differences
    ] == []
    assert done.cases == oracle.load(name).cases_in_test
