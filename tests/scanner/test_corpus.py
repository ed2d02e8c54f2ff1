from pathlib import Path

import pytest
from modelguard_scanner import FileSource, Verdict, scan

from tests.scanner.labelled import CORPORA, Labelled, labelled

PICKLESCAN = CORPORA / "picklescan"
MALICIOUS = sorted((PICKLESCAN / "malicious").glob("*"))
BENIGN = sorted((PICKLESCAN / "benign").glob("*"))
UNREADABLE = {"benign_password_protected.zip"}
FORMATLESS = {"bad_pytorch.pt", "not_a_pickle.bin"}
"""Bytes of no format, which may be unknown: nothing is proven of them, and no loader takes them."""
UNSEEN = labelled(CORPORA / "unseen")


@pytest.mark.parametrize("path", MALICIOUS, ids=lambda path: path.name)
def test_malicious_files_are_malicious(path: Path) -> None:
    with FileSource(path) as source:
        assert scan(source, path=path.name).verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("path", BENIGN, ids=lambda path: path.name)
def test_benign_files_are_clean_if_they_can_be_read(path: Path) -> None:
    expected = {Verdict.INCONCLUSIVE if path.name in UNREADABLE else Verdict.CLEAN}
    if path.name in FORMATLESS:
        expected.add(Verdict.UNKNOWN)
    with FileSource(path) as source:
        assert scan(source, path=path.name).verdict in expected


@pytest.mark.parametrize("file", UNSEEN, ids=lambda file: file.name)
def test_files_by_other_hands_are_judged_rightly(file: Labelled) -> None:
    # GIVEN a file that its maker has labelled WHEN it is scanned
    report = file.scan()

    # THEN the verdict is one of those that are right, for it or for the worst file of its version
    found = "; ".join(finding.message for finding in report.findings) or "nothing was found"
    accepted = file.accepts(str(report.verdict)) or _condemned_by_a_neighbour(file)
    assert accepted, f"best is {file.best}: {found}"


def _condemned_by_a_neighbour(file: Labelled) -> bool:
    """Return whether a harmless file is refused with the folder that its label is about."""
    neighbours = [one for one in UNSEEN if one.path.parent == file.path.parent and one != file]
    return file.name.startswith("mal/") and any(
        file.accepts(str(one.scan().verdict)) for one in neighbours if "/" in one.name[4:]
    )
