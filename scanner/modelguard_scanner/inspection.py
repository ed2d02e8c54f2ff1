"""The state of one scan, shared by all format readers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard_scanner.facts import FactsBuilder, printable
from modelguard_scanner.limits import Budget, Limits, ScanError
from modelguard_scanner.report import RANK, Finding, Severity
from modelguard_scanner.rules import Rules
from modelguard_scanner.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Member:
    """A file, or what lies inside of one: `path` is `outer!inner`, `depth` counts containers."""

    source: Source
    path: str
    depth: int = 0
    in_package: bool = False
    """Inside a Python wheel, where native code is expected."""

    def text(self, offset: int, length: int) -> str:
        """Return a range as text, one character per byte."""
        return self.source.read_at(offset, length).decode("latin-1")


class Inspection:
    """Findings, facts and the budget of one scan."""

    def __init__(
        self, rules: Rules, limits: Limits, inspect: "Callable[[Inspection, Member], None]"
    ) -> None:
        self.rules = rules
        self.limits = limits
        self.budget = Budget(limits)
        self.facts = FactsBuilder()
        self.worst = Severity.INFO
        self._inspect = inspect
        self._findings: dict[tuple[str, str, str], Finding] = {}

    def find(  # the fields of a finding
        self,
        member: Member,
        rule: str,
        severity: Severity,
        message: str,
        offset: int | None = None,
    ) -> None:
        """Record a finding once; over the cap only the verdict remembers it."""
        if RANK[severity] > RANK[self.worst]:
            self.worst = severity
        finding = Finding(printable(member.path, 500), rule, severity, printable(message), offset)
        key = (finding.path, rule, finding.message)
        if len(self._findings) < self.limits.max_findings:
            self._findings.setdefault(key, finding)

    def fail(self, member: Member, error: ScanError) -> None:
        """Record why a member could not be read to its end."""
        self.find(member, error.rule, error.severity, error.message, error.offset)

    def inspect(self, member: Member) -> None:
        """Inspect a member like a file of its own."""
        self._inspect(self, member)

    def inner(self, outer: Member, source: Source, name: str) -> Member:
        """Make the member `name` of a container, one level deeper."""
        return Member(source, f"{outer.path}!{name}", outer.depth + 1, outer.in_package)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, worst first."""
        ordered = sorted(self._findings.values(), key=lambda found: -RANK[found.severity])
        return tuple(ordered)
