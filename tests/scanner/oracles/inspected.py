"""What the scanner looked at inside of an archive, for a comparison with what readers see."""

from modelguard_scanner import DEFAULT, BytesSource, Limits, Severity
from modelguard_scanner.engine import inspect_member
from modelguard_scanner.report import VERDICT_OF
from modelguard_scanner.scanning import Member, Scan

SERVED = ("clean", "unknown")


class Inspected:
    """One scan, and the members of the first level that it inspected, as (name, bytes)."""

    def __init__(self, data: bytes, path: str = "m") -> None:
        self.members: list[tuple[str, bytes]] = []
        self._scan = Scan(DEFAULT, Limits(), self._inspect)
        inspect_member(self._scan, Member(BytesSource(data), path))
        self.failure = next(
            (found.message for found in self._scan.findings if found.rule == "engine-failure"), None
        )
        self.is_served = VERDICT_OF[self._scan.worst].value in SERVED
        self.worst: Severity = self._scan.worst

    def _inspect(self, scan: Scan, member: Member) -> None:
        if member.depth == 1:
            name = member.path.partition("!")[2]
            self.members.append((name, member.source.read_at(0, member.source.size)))
        inspect_member(scan, member)
