import os
from pathlib import Path

import pytest
from modelguard_scanner import FileSource, Verdict, scan

ROOT = Path(__file__).parents[2]
CORPORA = Path(os.environ.get("MODELGUARD_CORPORA", ROOT.parent / "shared" / "corpora"))
CORPUS = CORPORA / "picklescan"
MALICIOUS = sorted((CORPUS / "malicious").glob("*"))
BENIGN = sorted((CORPUS / "benign").glob("*"))
EXPECTED = {
    "benign_password_protected.zip": Verdict.INCONCLUSIVE,
    "bad_pytorch.pt": Verdict.UNKNOWN,  # the first eight bytes of a picture
    "not_a_pickle.bin": Verdict.UNKNOWN,  # eight bytes that are not text either
}

pytestmark = pytest.mark.skipif(not MALICIOUS, reason="picklescan's test files are not there")


@pytest.mark.parametrize("path", MALICIOUS, ids=lambda path: path.name)
def test_malicious_files_are_malicious(path: Path) -> None:
    with FileSource(path) as source:
        assert scan(source, path=path.name).verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("path", BENIGN, ids=lambda path: path.name)
def test_benign_files_are_clean_unless_they_cannot_be_read(path: Path) -> None:
    expected = EXPECTED.get(path.name, Verdict.CLEAN)
    with FileSource(path) as source:
        assert scan(source, path=path.name).verdict is expected
