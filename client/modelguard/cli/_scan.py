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

if TYPE_CHECKING:
    from modelguard_scanner import Report

CLEAN: Final = "clean"


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@_options.json_
def scan(*, paths: tuple[Path, ...], as_json: bool) -> None:
    """Inspect local files as the registry would.

    No file is loaded or sent. The exit status is 4 unless every file is clean.
    """
    with failures(as_json=as_json):
        reports = {file.path: _report(file.path, file.source) for file in collect(paths)}
        if as_json:
            _output.json_document(reports)
        else:
            _show(reports)
    if any(report.verdict != CLEAN for report in reports.values()):
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


def _show(reports: dict[str, Report]) -> None:
    for path, report in reports.items():
        _output.data(f"{report.verdict}  {path}  {report.facts.format}")
        for finding in report.findings:
            place = "" if finding.offset is None else f" at {finding.offset}"
            _output.data(f"  {finding.severity}: {finding.path}{place}: {finding.message}")


COMMANDS: Final[tuple[click.Command, ...]] = (scan,)
