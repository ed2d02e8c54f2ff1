"""What a rule is: one kind of observation, and what to do about it."""

from dataclasses import dataclass

from modelguard_scanner.report import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding.

    `id` is stable: operators filter by it. `severity` is the same wherever the rule applies; what
    weighs differently is another rule. `summary` is what was found, `advice` one sentence on what
    to do about it, `example` a shortest case for the documentation.
    """

    id: str
    severity: Severity
    summary: str
    advice: str
    example: str
