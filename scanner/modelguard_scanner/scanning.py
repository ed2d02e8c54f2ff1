"""The state of one scan, shared by all format readers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelguard_scanner.facts import FactsBuilder, printable
from modelguard_scanner.limits import Budget, Limits, ScanError
from modelguard_scanner.report import RANK, Finding, Severity
from modelguard_scanner.rules import Rules
from modelguard_scanner.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelguard_scanner.catalogue.rule import Rule

PATH_KEPT: Final = 300
"""Characters of a member's path that a finding shows."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file, or what lies inside one: `path` is `outer!inner`, `depth` counts containers."""

    source: Source
    path: str
    depth: int = 0
    in_package: bool = False
    """Inside a Python wheel, where native code is expected."""
    in_torchscript: bool = False
    """A pickle that TorchScript's interpreter reads, which imports nothing."""

    def text(self, offset: int, length: int) -> str:
        """Return a range as text, one character per byte."""
        return self.source.read_at(offset, length).decode("latin-1")


class Scan:
    """Findings, facts and the budget of one scan."""

    def __init__(
        self,
        rules: Rules,
        limits: Limits,
        inspect: "Callable[[Scan, Member], None]",
        *,
        expects_code: bool = False,
    ) -> None:
        self.rules = rules
        self.limits = limits
        self.expects_code = expects_code
        self.budget = Budget(limits)
        self.facts = FactsBuilder()
        self.worst = Severity.INFO
        self._inspect = inspect
        self._findings: dict[tuple[str, str, str], Finding] = {}
        self._floor = -1

    def find(
        self, member: Member, rule: "Rule", detail: str = "", offset: int | None = None
    ) -> None:
        """Record a finding once; `detail` is its message where the rule's summary is too general.

        Over the cap the worst ones are kept, and the verdict remembers all.
        """
        if RANK[rule.severity] > RANK[self.worst]:
            self.worst = rule.severity
        if RANK[rule.severity] <= self._floor:
            return
        path, message = printable(member.path, PATH_KEPT), printable(detail or rule.summary)
        finding = Finding(path, rule.id, rule.severity, message, offset, rule.advice)
        key = (path, rule.id, message)
        if key not in self._findings and self._has_room(rule.severity):
            self._findings[key] = finding

    def _has_room(self, severity: Severity) -> bool:
        """Return whether one more finding may be kept, after dropping a lesser one if needed.

        Once there is no room, the rank of the least finding only rises: nothing at or below it is
        looked at again, as there may be millions.
        """
        if len(self._findings) < self.limits.max_findings:
            return True
        key, least = min(self._findings.items(), key=lambda item: RANK[item[1].severity])
        self._floor = RANK[least.severity]
        if self._floor >= RANK[severity]:
            return False
        del self._findings[key]
        return True

    def fail(self, member: Member, error: ScanError) -> None:
        """Record why a member could not be read to its end."""
        self.find(member, error.rule, error.message, error.offset)

    def trial(self) -> "Scan":
        """Return a scan of its own findings and facts that spends this one's budget."""
        trial = Scan(self.rules, self.limits, lambda _, __: None)
        trial.budget = self.budget
        return trial

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
