"""Inspects a source: tries it as every format that it could be loaded as."""

from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.limits import Limits, OverCap, ScanError
from modelguard_scanner.report import VERDICT_OF, Report, Severity
from modelguard_scanner.routing import HEAD, claims
from modelguard_scanner.rules import DEFAULT, Rules
from modelguard_scanner.source import Source, SourceError, Window


def scan(
    source: Source, *, path: str, policy: Rules = DEFAULT, limits: Limits | None = None
) -> Report:
    """Inspect `source` without loading any of it, and say what was found.

    Args:
        source: the artifact; only `size` and `read_at` are used.
        path: its name, for findings and for facts. It never decides what is inspected.
        policy: which imports and formats are accepted.
        limits: what the scan may cost; over a cap the verdict is at least inconclusive.

    Returns:
        The report. Whatever the bytes are, there is one.

    Raises:
        SourceError: the source failed or ended early, so that nothing is known: try again.
    """
    limits = limits or Limits()
    window = Window(source, limits.max_bytes_read)
    inspection = Inspection(policy, limits, inspect_member)
    top = Member(window, path)
    inspect_member(inspection, top)
    facts = inspection.facts.build()
    if policy.allowed_formats is not None and facts.format not in policy.allowed_formats:
        message = f"the format {facts.format} is not among the allowed ones"
        inspection.find(top, "format-not-allowed", Severity.SUSPICIOUS, message)
    return Report(
        verdict=VERDICT_OF[inspection.worst],
        findings=inspection.findings,
        facts=facts,
        bytes_read=window.bytes_read,
        bytes_total=window.size,
    )


def inspect_member(inspection: Inspection, member: Member) -> None:
    """Inspect one file or member; its failures become findings, a spent budget ends the scan."""
    try:
        _inspect(inspection, member)
    except SourceError:
        raise
    except ScanError as error:
        inspection.fail(member, error)
        if isinstance(error, OverCap) and member.depth:
            raise
    except (Exception, RecursionError, MemoryError) as error:  # noqa: BLE001  # never clean by accident
        message = f"the engine failed with {type(error).__name__}"
        inspection.find(member, "engine-failure", Severity.INCONCLUSIVE, message)


def _inspect(inspection: Inspection, member: Member) -> None:
    from modelguard_scanner.dispatch import dispatch  # noqa: PLC0415  # keeps the import light

    if member.depth > inspection.limits.max_depth:
        # No budget is spent by this: what lies beside the member is still inspected.
        cap = OverCap("containers inside of each other", inspection.limits.max_depth)
        raise ScanError(cap.rule, cap.message)
    if member.source.size:
        head = member.source.read_at(0, HEAD)
        dispatch(inspection, member, head, claims(head))
