"""Every rule that a finding may have is documented, is said in full, and is reached."""

import pytest
from modelguard_scanner import BytesSource, Limits, Rules, Severity, scan
from modelguard_scanner.catalogue import Rule, all_rules

from tests.scanner import assembler as asm
from tests.scanner.payloads import all_payloads
from tests.scanner.rare_findings import rare_findings
from tools import rules_table, stale

RULES = all_rules()


def test_the_documentation_lists_every_rule() -> None:
    written = rules_table.TARGET.read_text(encoding="utf-8")
    assert written == rules_table.document(), stale(rules_table.TARGET)


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_was_found_and_what_to_do(rule: Rule) -> None:
    assert rule.severity is not Severity.INFO
    assert rule.summary[0].islower() or rule.summary.startswith("TorchScript")
    assert not rule.summary.endswith(".")
    assert rule.advice[0].isupper()
    assert rule.advice.endswith(".")
    assert rule.advice.count(". ") == 0
    assert rule.example


def test_every_rule_is_reached() -> None:
    # GIVEN every payload of the tests, and files for the rules that none of them breaks
    found = {
        (finding.rule, finding.severity, finding.advice)
        for data in (*all_payloads().values(), *rare_findings())
        for finding in scan(BytesSource(data), path="model/code/file").findings
    }
    refused = Rules(allowed_formats=frozenset({"onnx"}))
    found |= {
        (finding.rule, finding.severity, finding.advice)
        for finding in scan(BytesSource(b"N."), path="m", policy=refused).findings
    }
    capped = scan(BytesSource(asm.pickle(b"N0" * 9_000)), path="m", limits=Limits(max_steps=5_000))
    found |= {(finding.rule, finding.severity, finding.advice) for finding in capped.findings}

    # THEN each rule but the one for the engine's own faults was found, as the catalogue has it
    known = {(rule.id, rule.severity, rule.advice) for rule in RULES}
    assert {rule for rule, *_ in known - found} == {"engine-failure"}
    assert found <= known
