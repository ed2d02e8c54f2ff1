"""Which files a push and a pull take: patterns, ignore files, several files, standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from modelguard import LocalFileError
from modelguard._files import collect
from modelguard._patterns import Patterns
from modelguard.cli._app import app
from tests.client.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {
    "config.json": b"{}",
    "model.bin": b"bin",
    "model.safetensors": b"safe",
    "onnx/model.onnx": b"onnx",
    "onnx/config.json": b"{}",
    "logs/train.txt": b"log",
}


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), " ".join(sorted(FILES))),
        (("*.json",), (), "config.json onnx/config.json"),
        (("*.json", "*.bin"), ("onnx/*",), "config.json model.bin"),
        (("onnx",), (), "onnx/config.json onnx/model.onnx"),
        (("onnx/",), (), "onnx/config.json onnx/model.onnx"),
        (("/config.json",), (), "config.json"),
        ((), ("onnx/", "logs"), "config.json model.bin model.safetensors"),
        ((), ("model.*",), "config.json logs/train.txt onnx/config.json"),
        (("model.bin/",), (), ""),
        (("model.[!s]*",), (), "model.bin onnx/model.onnx"),
        (("*x/*",), (), "onnx/config.json onnx/model.onnx"),
    ],
)  # fmt: skip
def test_patterns(include: tuple[str, ...], exclude: tuple[str, ...], expected: str) -> None:
    patterns = Patterns(include, exclude)
    assert sorted(path for path in FILES if patterns.select(path)) == expected.split()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Result]:
    """Run a command in a directory with the files in `m`, against a registry that has them."""
    for path, content in FILES.items():
        (tmp_path / "m" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "m" / path).write_bytes(content)
    registry = Registry()
    registry.add(FILES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))
    monkeypatch.setenv("MODELGUARD_URL", "http://registry")
    monkeypatch.delenv("MODELGUARD_TOKEN", raising=False)
    monkeypatch.setattr("modelguard._client.HttpTransport", lambda: registry)
    return lambda arguments: CliRunner().invoke(app, arguments.split())


def test_a_push_takes_what_is_selected_and_not_ignored(
    run: Callable[[str], Result], tmp_path: Path
) -> None:
    # GIVEN an ignore file
    (tmp_path / "m" / ".modelguardignore").write_text("# logs\n\nlogs/\n*.bin\n")

    # WHEN a push is planned THEN what it names is left out, and patterns select among the rest
    planned = run("push m -n x --dry-run --exclude onnx").stdout.split()
    assert planned[::3] == ["config.json", "model.safetensors"]
    planned = run("push m -n x --dry-run --include *.json").stdout.split()
    assert planned[::3] == ["config.json", "onnx/config.json"]
    assert run("push m -n x --include *.bin").exit_code == 1
    # AND patterns that would mean something else are refused
    (tmp_path / "m" / ".modelguardignore").write_text("*.bin\n!model.bin\n")
    with pytest.raises(LocalFileError, match="not supported"):
        collect([tmp_path / "m"])


def test_a_pull_takes_what_is_selected(run: Callable[[str], Result], tmp_path: Path) -> None:
    # WHEN several files, or patterns, are pulled THEN these are there
    for options, expected in (
        ("-f model.bin -f onnx/model.onnx", {"model.bin", "onnx/model.onnx"}),
        ("--include *.json --exclude onnx/", {"config.json"}),
        ("--exclude *.bin --exclude logs --exclude onnx", {"config.json", "model.safetensors"}),
    ):
        out = tmp_path / "out" / str(len(options))
        assert run(f"pull m -o {out} {options}").exit_code == 0
        found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        assert {path for path in found if not path.startswith(".")} == expected
        assert run(f"verify {out}").exit_code == 0
    # AND what selects nothing is an error
    assert run("pull m -o none --include *.pt").exit_code == 1


def test_a_file_can_be_written_to_standard_output(
    run: Callable[[str], Result], tmp_path: Path
) -> None:
    # WHEN one file is wanted at stdout THEN it is all that is there, and no directory is made
    result = run("pull m -f model.bin -o -")
    assert (result.exit_code, result.stdout_bytes) == (0, b"bin")
    assert not (tmp_path / "-").exists()
    # AND several files are not mixed
    result = run("pull m -o -")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--file" in result.stderr


def test_quiet_lists_no_files(run: Callable[[str], Result]) -> None:
    assert len(run("pull m -o out").stdout.splitlines()) == len(FILES)
    result = run("pull m -o out -q")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
