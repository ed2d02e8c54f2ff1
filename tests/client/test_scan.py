"""`modelguard scan`: the guard's verdict on local files, with nothing sent."""

import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from click.testing import CliRunner, Result
from modelguard_scanner.catalogue import all_rules
from sarif_kit.validate import validation_errors

from modelguard.cli._app import app


class Exploit:
    """Names a dangerous function in its pickle; nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


def scan(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["scan", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps({"weights": [1.0]}))
    (tmp_path / "readme.md").write_text("# Model")
    return tmp_path


def test_clean_files_are_clean_and_end_with_status_0(folder: Path) -> None:
    result = scan(folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["clean  readme.md  text", "clean  weights.pkl  pickle"]


def test_a_malicious_file_is_named_with_its_reason_and_ends_with_status_4(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps(Exploit()))
    result = scan(folder)
    assert result.exit_code == 4
    assert "malicious  model.pkl" in result.stdout
    assert "system" in result.stdout


def test_json_has_the_whole_report(folder: Path) -> None:
    reports = json.loads(scan("--json", folder).stdout)
    assert reports["weights.pkl"]["verdict"] == "clean"
    assert reports["weights.pkl"]["facts"]["format"] == "pickle"


def test_a_missing_file_is_one_line_and_no_trace(tmp_path: Path) -> None:
    result = scan(tmp_path / "none")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1


def test_a_finding_says_what_was_found_where_and_what_to_do(folder: Path) -> None:
    # GIVEN an archive with a malicious member
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        archive.writestr("inner.pkl", pickle.dumps(Exploit()))

    # WHEN it is scanned
    lines = scan(folder / "model.zip").stdout.splitlines()

    # THEN the verdict is followed by the rule, the place, the reason and the advice
    assert lines[:2] == ["malicious  model.zip  zip", "  malicious: pickle-import-dangerous"]
    assert lines[2].startswith("    where: model.zip!inner.pkl, at byte ")
    assert lines[3].startswith("    found: imports posix.system")
    assert lines[4].startswith("    to do: Do not load the file")


@pytest.mark.parametrize("options", [(), ("--json",), ("--format", "sarif")])
def test_unknown_files_pass(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "weights.raw").write_bytes(bytes(100))
    assert scan(*options, tmp_path).exit_code == 0


def test_unknown_files_are_noted(tmp_path: Path) -> None:
    (tmp_path / "weights.raw").write_bytes(bytes(100))
    result = scan(tmp_path)
    assert result.stdout.startswith("unknown  weights.raw")
    assert "guard_unknown=hold" in result.stderr


def test_format_json_is_the_same_as_json(folder: Path) -> None:
    assert scan("--format", "json", folder).stdout == scan("--json", folder).stdout


def test_json_and_another_format_exclude_each_other(folder: Path) -> None:
    assert scan("--json", "--format", "sarif", folder).exit_code == 2
    assert scan("--json", "--format", "json", folder).exit_code == 0


ODD_NAMES = (
    "a b.pkl", "100%.pkl", "%41.pkl", "c:d.pkl", "#1?x=y.pkl", "modèle.pkl", "模型/権重.pkl",
    "a!b.pkl", "[x](y){0}.pkl", "deep/er/model.pkl", "+&;=@.pkl",
)  # fmt: skip


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Malicious files with odd names, an archive of one, and an unknown and a clean file."""
    root = tmp_path / "the root"
    for name in ODD_NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(Exploit()))
    with zipfile.ZipFile(root / "model.zip", "w") as archive:
        archive.writestr("[a](b){0}.pkl", pickle.dumps(Exploit()))
    (root / "weights.raw").write_bytes(bytes(100))
    (root / "readme.md").write_text("# Model")
    return root


def run_of(result: Result) -> dict[str, Any]:
    """The only run of a SARIF log that follows the official schema."""
    log = json.loads(result.stdout)
    assert validation_errors(log) == []
    (run,) = log["runs"]
    return dict(run)


def located(run: dict[str, Any], location: dict[str, Any]) -> Path:
    """The file that a location's URI leads to, resolved as the standard for URIs says."""
    base = run["originalUriBaseIds"][location["uriBaseId"]]["uri"]
    return Path(unquote(urlsplit(urljoin(base, f"./{location['uri']}")).path))


@pytest.mark.parametrize("inside", [True, False])
def test_sarif_leads_to_every_file(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, *, inside: bool
) -> None:
    # GIVEN a folder below the working directory, or elsewhere
    if inside:
        monkeypatch.chdir(hostile.parent)

    # WHEN it is scanned
    result = scan("--format", "sarif", hostile.name if inside else hostile)

    # THEN every result leads to its file, relative to the working directory or to the folder
    run = run_of(result)
    assert result.exit_code == 4
    found = {
        located(run, entry["locations"][0]["physicalLocation"]["artifactLocation"])
        for entry in run["results"]
    }
    assert found == {hostile / name for name in (*ODD_NAMES, "model.zip", "weights.raw")}
    uris = {artifact["location"]["uri"] for artifact in run["artifacts"]}
    assert ("the%20root/a%20b.pkl" if inside else "a%20b.pkl") in uris
    bases = {artifact["location"]["uriBaseId"] for artifact in run["artifacts"]}
    assert bases == {"%SRCROOT%" if inside else "SCANROOT0"}


def test_sarif_has_rules_levels_verdicts_and_offsets(hostile: Path) -> None:
    # WHEN malicious, unknown and clean files are scanned
    run = run_of(scan("--format", "sarif", hostile))

    # THEN each result names its rule, and its level and properties say how bad it is
    rules = run["tool"]["driver"]["rules"]
    known = {rule.id: rule for rule in all_rules()}
    assert [rule["id"] for rule in rules] == sorted({entry["ruleId"] for entry in run["results"]})
    for entry in run["results"]:
        assert rules[entry["ruleIndex"]]["id"] == entry["ruleId"]
        assert rules[entry["ruleIndex"]]["help"]["text"] == known[entry["ruleId"]].advice
        malicious = entry["properties"]["verdict"] == "malicious"
        assert entry["level"] == ("error" if malicious else "note")

        # AND an offset is the file's: one in a member is no region of the file
        physical = entry["locations"][0]["physicalLocation"]
        uri = physical["artifactLocation"]["uri"]
        if uri == "model.zip":
            assert "region" not in physical
            assert entry["properties"]["memberOffset"] > 0
            assert entry["properties"]["member"] == "[a](b){0}.pkl"
        elif malicious:
            assert physical["region"]["byteOffset"] > 0

    # AND every file has its verdict
    verdicts = {
        artifact["location"]["uri"]: artifact["properties"]["verdict"]
        for artifact in run["artifacts"]
    }
    assert verdicts["readme.md"] == "clean"
    assert verdicts["weights.raw"] == "unknown"
    assert len(verdicts) == len(ODD_NAMES) + 3


def test_sarif_makes_no_link_of_an_artifacts_text(hostile: Path) -> None:
    texts = [
        entry["message"]["text"]
        for entry in run_of(scan("--format", "sarif", hostile / "model.zip"))["results"]
    ]
    assert texts
    assert all(text.startswith(r"\[a\](b){{0}}.pkl: ") for text in texts)


def test_sarif_of_clean_files_has_no_results(folder: Path) -> None:
    result = scan("--format", "sarif", folder)
    run = run_of(result)
    assert result.exit_code == 0
    assert run["results"] == []
    assert len(run["artifacts"]) == 2


def test_the_same_finding_keeps_its_fingerprint(hostile: Path) -> None:
    first, second = (run_of(scan("--format", "sarif", hostile))["results"] for _ in range(2))
    prints = [entry["partialFingerprints"] for entry in first]
    assert prints == [entry["partialFingerprints"] for entry in second]
    assert len({each["finding/v1"] for each in prints}) == len(prints)
