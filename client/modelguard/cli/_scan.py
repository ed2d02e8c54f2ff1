"""The command scan: inspect local files before they are pushed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from modelguard._errors import LocalFileError
from modelguard._files import collect
from modelguard.cli import _exit, _options, _output
from modelguard.cli._run import failures
from modelguard.cli._sarif import Scanned, document

if TYPE_CHECKING:
    from modelguard_scanner import Report

UNKNOWN: Final = "unknown"
PASSING: Final = frozenset({"clean", UNKNOWN})


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option(
    "--format",
    "chosen",
    type=click.Choice(["text", "json", "sarif"]),
    help="Print findings as text (the default), as JSON, or as SARIF for a code host.",
)
@_options.json_
def scan(*, paths: tuple[Path, ...], chosen: str | None, as_json: bool) -> None:
    """Inspect local files as the registry would.

    No file is loaded or sent. The exit status is 4 unless every file is clean or unknown.
    """
    if as_json and chosen not in (None, "json"):
        raise click.UsageError(f"--json and --format {chosen} exclude each other")
    with failures(as_json=as_json or chosen == "json"):
        scanned = [
            Scanned(file.path, file.source, _report(file.path, file.source))
            for file in collect(paths)
        ]
        if as_json or chosen == "json":
            _output.json_document({file.path: file.report for file in scanned})
        elif chosen == "sarif":
            _output.json_document(document(scanned))
        else:
            _show(scanned)
    if any(file.report.verdict not in PASSING for file in scanned):
        sys.exit(_exit.REFUSED)


def _report(path: str, source: Path) -> Report:
    try:
        from modelguard_scanner import FileSource, SourceError, scan  # noqa: PLC0415 - optional
    except ImportError as error:
        raise LocalFileError(
            "The scanner is not installed", hint="in a checkout, run: pip install ./scanner"
        ) from error
    try:
        with FileSource(source) as opened:
            return scan(opened, path=path)
    except (OSError, SourceError) as error:
        raise LocalFileError(f"{source} cannot be read: {error}") from error


def _show(scanned: list[Scanned]) -> None:
    for file in scanned:
        _output.data(f"{file.report.verdict}  {file.path}  {file.report.facts.format}")
        for finding in file.report.findings:
            member = file.member_of(finding)
            place = f"{file.path}!{member}" if member else file.path
            at = "" if finding.offset is None else f", at byte {finding.offset:,}"
            _output.data(f"  {finding.severity}: {finding.rule}")
            _output.data(f"    where: {place}{at}")
            _output.data(f"    found: {finding.message}")
            _output.data(f"    to do: {finding.advice}")
    unknown = sum(file.report.verdict == UNKNOWN for file in scanned)
    if unknown:
        _output.notice(
            f"note: no reader knows the format of {unknown} of {len(scanned)} files, so nothing was"
            " proven about them; a registry with guard_unknown=hold refuses them"
        )


COMMANDS: Final[tuple[click.Command, ...]] = (scan,)
