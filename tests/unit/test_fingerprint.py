"""`make up` deploys again exactly when something that is deployed has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("app.py", "cdk.json", "pyproject.toml", "infra/a.py", "lambdas/web/b.py",
                 "scanner/modelguard_scanner/c.py", "requirements/lambda.txt"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_the_same_files_give_the_same_fingerprint(checkout: Path) -> None:
    # GIVEN a fingerprint
    before = fingerprint(checkout)

    # WHEN files appear that are not deployed
    (checkout / "README.md").write_text("text")
    (checkout / "lambdas" / "__pycache__").mkdir()
    (checkout / "lambdas" / "__pycache__" / "b.pyc").write_bytes(b"code")

    # THEN it stays
    assert fingerprint(checkout) == before


@pytest.mark.parametrize(
    "name", ["app.py", "cdk.json", "infra/a.py", "lambdas/web/b.py", "requirements/lambda.txt"]
)
def test_a_changed_file_changes_it(checkout: Path, name: str) -> None:
    # GIVEN a fingerprint
    before = fingerprint(checkout)

    # WHEN one byte of an input changes
    (checkout / name).write_text(name.upper())

    # THEN so does the fingerprint
    assert fingerprint(checkout) != before


def test_a_renamed_file_changes_it(checkout: Path) -> None:
    # GIVEN a fingerprint
    before = fingerprint(checkout)

    # WHEN a module gets another name
    (checkout / "infra" / "a.py").rename(checkout / "infra" / "z.py")

    # THEN so does the fingerprint
    assert fingerprint(checkout) != before
