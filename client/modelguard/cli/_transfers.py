"""The commands push, pull and verify."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from modelguard._client import WAIT_S
from modelguard._errors import LocalFileError, Subject
from modelguard._patterns import Patterns
from modelguard._types import PENDING
from modelguard.cli import _exit, _options, _output
from modelguard.cli._run import failures, registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelguard._types import ArtifactType, Pulled, Version

_STDOUT: Final = Path("-")


class _Push(click.Command):
    """Lets `--wait` stand alone; click would take the next argument for its value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give `--wait` its default value unless a number follows."""
        end = args.index("--") if "--" in args else len(args)
        given = [
            f"--wait={WAIT_S}"
            if arg == "--wait" and at < end and not _is_number(args[at + 1 : at + 2])
            else arg
            for at, arg in enumerate(args)
        ]
        return super().parse_args(ctx, given)


def _is_number(following: list[str]) -> bool:
    """Return whether the next argument is a number, and not a file of that name."""
    return bool(following) and following[0].isdigit() and not Path(following[0]).exists()


@click.command(cls=_Push)
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option("--name", "-n", required=True, help="Name to store the version under.")
@_options.artifact_type
@click.option("--license", "license_", default="", help="License, for example Apache-2.0.")
@click.option("--message", "-m", default="", help="What is new in this version.")
@click.option("--alias", default="", help="Point this alias at the new version.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    metavar="[SECONDS]",
    help=f"Wait for the inspection's verdict, by default up to {WAIT_S:.0f} seconds.",
)
@click.option(
    "--force", is_flag=True, help="Make a new version even if the newest one has the same files."
)
@_options.include
@_options.exclude
@click.option("--dry-run", is_flag=True, help="Only list what would be sent.")
@_options.jobs
@_options.quiet
@_options.json_
@_options.url
def push(
    *,
    paths: tuple[Path, ...],
    name: str,
    artifact_type: ArtifactType,
    license_: str,
    message: str,
    alias: str,
    wait_s: float | None,
    force: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    dry_run: bool,
    jobs: int,
    quiet: bool,
    as_json: bool,
    url: str | None,
) -> None:
    """Store files and directories as a new version.

    Hidden files and caches in directories are skipped, and so is what a directory's
    .modelguardignore names. A directory's files are stored under their paths relative to it. After
    an interruption, run the same command to resume. If the newest version has the same files,
    nothing is stored. With --alias, the push waits for the inspection, and sets the alias only if
    the version is cleared. The exit status is 4 if the inspection refuses the version, and 5 if
    --wait was not long enough.
    """
    if dry_run:
        _show_plan(paths, Patterns(include, exclude), as_json=as_json)
        return
    with registry(url, as_json=as_json, quiet=quiet, jobs=jobs) as client:
        version = client.push(
            *paths,
            name=name,
            artifact_type=artifact_type,
            license=license_,
            message=message,
            alias=alias,
            include=include,
            exclude=exclude,
            force=force,
            wait_s=wait_s,
        )
        if as_json:
            _output.json_document(version)
        else:
            files = f"{len(version.files)} file{'' if len(version.files) == 1 else 's'}"
            size = _output.size(version.size)
            _output.data(f"{version.name}:{version.number}  {size} in {files}  {version.verdict}")
        if version.refused:
            _output.notice(f"to read the findings: modelguard show {_reference(version)}")
            sys.exit(_exit.REFUSED)
        if wait_s is not None and version.verdict == PENDING:
            _output.notice("the inspection did not end in time; the version is stored")
            sys.exit(_exit.TRY_LATER)


@click.command()
@_options.wanted
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Directory to write to; the default is ./NAME, or ./NAME--TYPE if it is not a model."
    " With -, write a single file to standard output.",
)
@_options.artifact_type
@click.option(
    "--file",
    "-f",
    "files",
    multiple=True,
    help="Download only the file with this path; repeatable.",
    metavar="PATH",
)
@_options.include
@_options.exclude
@click.option("--overwrite", is_flag=True, help="Replace local files that differ.")
@click.option(
    "--allow-unverified", is_flag=True, help="Accept a version that is not cleared for download."
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=WAIT_S,
    show_default=True,
    help="How many seconds to wait for a pending inspection.",
)
@_options.jobs
@_options.quiet
@_options.json_
@_options.url
def pull(
    *,
    wanted: tuple[str, str],
    output: Path | None,
    artifact_type: ArtifactType,
    files: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    allow_unverified: bool,
    overwrite: bool,
    wait: float,
    jobs: int,
    quiet: bool,
    as_json: bool,
    url: str | None,
) -> None:
    """Download a version and verify it.

    VERSION is a number or an alias; without it, the newest version is downloaded. After an
    interruption, run the same command to resume.
    """
    name, version = wanted
    with (
        registry(url, as_json=as_json, quiet=quiet, jobs=jobs) as client,
        _directory(output) as directory,
    ):
        pulled = client.pull(
            name,
            _options.selector(version),
            to=directory,
            artifact_type=artifact_type,
            file=files or None,
            include=include,
            exclude=exclude,
            allow_unverified=allow_unverified,
            overwrite=overwrite,
            wait_s=wait,
        )
        if output == _STDOUT:
            _write_out(pulled)
        elif as_json:
            _output.json_document(pulled)
        elif not quiet:
            for path in pulled.paths:
                _output.data(str(path))


@contextmanager
def _directory(output: Path | None) -> Iterator[Path | None]:
    """Provide the directory to pull into; for standard output, a temporary one."""
    if output != _STDOUT:
        yield output
        return
    with tempfile.TemporaryDirectory(prefix="modelguard-") as folder:
        yield Path(folder)


def _write_out(pulled: Pulled) -> None:
    """Copy the only file that was pulled to standard output; it is verified already."""
    if len(pulled.paths) != 1:
        raise LocalFileError(
            f"{len(pulled.paths)} files cannot all be written to standard output",
            hint="name one with --file",
        )
    with pulled.paths[0].open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer, 1024 * 1024)
    sys.stdout.flush()


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--name",
    "-n",
    "wanted",
    type=_options.Wanted(),
    help="What to compare with; the default is what was pulled into the directory.",
)
@_options.artifact_type
@_options.quiet
@_options.json_
@_options.url
def verify(
    *,
    directory: Path,
    wanted: tuple[str, str] | None,
    artifact_type: ArtifactType,
    quiet: bool,
    as_json: bool,
    url: str | None,
) -> None:
    """Compare a directory with what the registry recorded.

    Every file is hashed, and the command lists the files that differ. It also lists extra files,
    which belong to no version, but these do not make it fail.
    """
    name, version = wanted or (None, "")
    with registry(url, as_json=as_json, quiet=quiet) as client:
        outcomes = client.verify(
            directory, name, _options.selector(version), artifact_type=artifact_type
        )
        if as_json:
            _output.json_document(outcomes)
        else:
            for outcome in outcomes:
                title = f"{outcome.version.name}:{outcome.version.number}"
                for difference in outcome.differences:
                    _output.data(f"{difference.path}: {difference.problem}")
                if quiet:
                    continue
                if outcome.ok:
                    _output.notice(f"{title} matches the registry")
                else:
                    pull = f"modelguard pull {_reference(outcome.version)} -o {directory}"
                    _output.notice(
                        f"{title} differs from the registry; to restore it: {pull} --overwrite"
                    )
            for path in outcomes[0].extra:
                _output.data(f"{path}: extra")
        if not all(outcome.ok for outcome in outcomes):
            sys.exit(_exit.DAMAGED)


def _reference(version: Version) -> str:
    """Return a version as the command line takes it."""
    return Subject(version.type, version.name, str(version.number)).reference


def _show_plan(paths: tuple[Path, ...], patterns: Patterns, *, as_json: bool) -> None:
    from modelguard._files import collect  # noqa: PLC0415 - only needed for a dry run

    with failures(as_json=as_json):
        files = collect(paths, patterns)
        if as_json:
            _output.json_document([{"path": each.path, "size": each.size} for each in files])
            return
        _output.table(("PATH", "SIZE"), [(each.path, _output.size(each.size)) for each in files])
        _output.notice(f"{_output.size(sum(each.size for each in files))} in all; nothing was sent")


COMMANDS: Final[tuple[click.Command, ...]] = (push, pull, verify)
