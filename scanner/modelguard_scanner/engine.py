"""Inspects a source: tries it as every format that it could be loaded as."""

from modelguard_scanner.catalogue.general import ENGINE_FAILURE, FORMAT_NOT_ALLOWED
from modelguard_scanner.limits import Limits, OverCap, ScanError, TooLarge
from modelguard_scanner.report import VERDICT_OF, Report
from modelguard_scanner.routing import HEAD
from modelguard_scanner.rules import DEFAULT, Rules
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import Source, SourceError, Window


def scan(
    source: Source,
    *,
    path: str,
    policy: Rules = DEFAULT,
    limits: Limits | None = None,
    expects_code: bool = False,
) -> Report:
    """Inspect `source` without loading any of it, and say what was found.

    Args:
        source: the artifact; only `size` and `read_at` are used.
        path: its name, for findings and for facts. It never decides what is inspected.
        policy: which imports and formats are accepted.
        limits: what the scan may cost; over a cap the verdict is at least inconclusive.
        expects_code: the artifact is code, so that scripts in it are not findings.

    Returns:
        The report. Whatever the bytes are, there is one.

    Raises:
        SourceError: the source failed or ended early, so that nothing is known: try again.
    """
    limits = limits or Limits()
    window = Window(source, limits.max_bytes_read)
    running = Scan(policy, limits, inspect_member, expects_code=expects_code)
    top = Member(window, path)
    inspect_member(running, top)
    facts = running.facts.build()
    if policy.allowed_formats is not None and facts.format not in policy.allowed_formats:
        running.find(top, FORMAT_NOT_ALLOWED, f"the format {facts.format} is not allowed")
    return Report(
        verdict=VERDICT_OF[running.worst],
        findings=running.findings,
        facts=facts,
        bytes_read=window.bytes_read,
        bytes_total=window.size,
    )


def inspect_member(running: Scan, member: Member) -> None:
    """Inspect one file or member; its failures become findings, a spent budget ends the scan."""
    try:
        _inspect(running, member)
    except SourceError:
        raise
    except ScanError as error:
        running.fail(member, error)
        if isinstance(error, OverCap) and member.depth:
            raise
    except (Exception, RecursionError, MemoryError) as error:  # noqa: BLE001  # never clean by accident
        running.find(member, ENGINE_FAILURE, f"the engine failed with {type(error).__name__}")


def _inspect(running: Scan, member: Member) -> None:
    from modelguard_scanner.dispatch import dispatch  # noqa: PLC0415  # keeps the import light

    if member.depth > running.limits.max_depth:
        # No budget is spent by this: what lies next to the member is still inspected.
        raise TooLarge("containers inside each other", running.limits.max_depth)
    if member.source.size:
        dispatch(running, member, member.source.read_at(0, HEAD))
    else:
        running.facts.add_format("empty")
