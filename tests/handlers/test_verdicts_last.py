"""A verdict only gets worse by accident: what fails, comes late or never never makes it better."""

import itertools
import os
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.aws import resources
from lambdas.aws.dynamodb.inspections import DynamoInspections
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.functions.inspector.handler import inspector
from lambdas.functions.versions.handler import lambda_handler as versions
from lambdas.registry.call import Call
from lambdas.registry.inspections import InspectionRequests, Inspector, Target
from lambdas.registry.verdict import Finding, Inspection, Verdict
from lambdas.registry.version import Version
from tests.support import aws, events
from tests.support.gateway import invoke, rest_event

TARGET = Target("big", "model", 1)
QUERIES = ("", "allow_unverified=true")
PATIENCE = 14
"""More rounds of a failing inspector, with a sweep after each, than it takes to give up."""


class Exploit:
    """Names a dangerous function in its pickle; nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


CLEAN = pickle.dumps([1.0])
MALICIOUS = pickle.dumps(Exploit())


class DeadError(Exception):
    """The inspector's process has died, or its time is up."""


def served() -> set[str]:
    """Return the queries that get bytes of the version under test."""
    return {
        query
        for query in QUERIES
        if events.fetch("big", f"version=1&file=a.pkl&{query}").status == 200
    }


def requests() -> InspectionRequests:
    table, inspections = resources.on_table(DynamoTable), resources.on_table(DynamoInspections)
    return InspectionRequests(table, inspections, Call(pause=lambda _: None))


def dying(examine: Callable[..., Inspection]) -> Inspector:
    table, inspections = resources.on_table(DynamoTable), resources.on_table(DynamoInspections)
    return Inspector(table, inspections, examine, pause=lambda _: None)


def dies_at_once(_version: Version, _on_danger: Callable[[Inspection], None]) -> Inspection:
    raise DeadError


def dies_after_the_danger(_version: Version, on_danger: Callable[[Inspection], None]) -> Inspection:
    on_danger(Inspection(Verdict.MALICIOUS, (Finding("a.pkl", "x", "", "malicious"),)))
    raise DeadError


def judged(verdict: Verdict) -> None:
    """Upload a version and have it judged so, or not judged at all."""
    events.push({"a.pkl": CLEAN, "b.pkl": CLEAN})
    if verdict is not Verdict.PENDING:
        dying(lambda *_: Inspection(verdict)).inspect(TARGET)
        assert events.metadata("big")["verdict"] == verdict


def lost_events() -> None:
    """The event source is disabled: no request ever reaches the inspector."""


def failing(examine: Callable[..., Inspection]) -> Callable[[], None]:
    def run() -> None:
        with pytest.raises(DeadError):
            dying(examine).inspect(TARGET)

    return run


WAYS: dict[str, Callable[[], None]] = {
    "disabled": lost_events,
    "dies at once": failing(dies_at_once),
    "dies after the danger": failing(dies_after_the_danger),
}


@pytest.mark.parametrize(("verdict", "way"), list(itertools.product(Verdict, WAYS)))
def test_no_accident_lets_more_be_served_than_before(verdict: Verdict, way: str) -> None:
    # GIVEN a version with a verdict, or none yet, and a request to inspect it (again)
    judged(verdict)
    before = served()
    requests().request(TARGET)

    # WHEN every attempt fails in one way, and the sweep follows up each time, for a long while
    for _ in range(PATIENCE):
        if resources.on_table(DynamoInspections).due(TARGET):
            WAYS[way]()
        requests().follow_up(TARGET, inspector())

        # THEN nothing is ever served that was not served before
        assert served() <= before

    # AND danger that was seen is remembered
    if way == "dies after the danger":
        assert events.metadata("big")["verdict"] == "malicious"
        assert served() == set()
    elif verdict is not Verdict.PENDING:
        assert events.metadata("big")["verdict"] == verdict


def test_an_inspection_that_always_fails_ends_in_a_state_of_its_own_that_says_so() -> None:
    # GIVEN a version whose inspections all die
    judged(Verdict.PENDING)
    for _ in range(PATIENCE):
        if resources.on_table(DynamoInspections).due(TARGET):
            WAYS["dies at once"]()
        requests().follow_up(TARGET, inspector())

    # THEN the registry has stopped trying, and says why it serves nothing
    assert resources.on_table(DynamoInspections).due(TARGET) is None
    (finding,) = events.metadata("big")["findings"]
    assert finding["rule"] == "inspection-failed"
    answer = events.fetch("big", "file=a.pkl&allow_unverified=true")
    assert (answer.status, answer.error_code) == (409, "ARTIFACT_PENDING")
    assert "rescan" in answer.json["error"]

    # AND a rescan that succeeds clears it
    requests().request(TARGET)
    assert events.inspect_due() == 1
    assert served() == set(QUERIES)


def test_attempts_are_counted_by_the_inspector_and_not_by_the_sweep() -> None:
    # GIVEN a version whose events are lost
    judged(Verdict.PENDING)

    # WHEN the sweep asks again and again
    for _ in range(PATIENCE):
        requests().follow_up(TARGET, inspector())

    # THEN it is still waiting, for nothing was tried, and is cleared once events arrive
    due = resources.on_table(DynamoInspections).due(TARGET)
    assert due
    assert due.attempts == 0
    assert events.inspect_due() == 1
    assert events.metadata("big")["verdict"] == "clean"


def test_nothing_that_the_inspector_writes_on_its_way_is_another_event() -> None:
    # GIVEN an inspection that found danger and died
    judged(Verdict.PENDING)
    WAYS["dies after the danger"]()

    # THEN the stream has nothing new to say, and the sweep still follows up
    assert events.stream_events() == []
    assert resources.on_table(DynamoInspections).due(TARGET)
    requests().follow_up(TARGET, inspector())
    assert len(events.stream_events()) == 1


def rescan() -> int:
    return invoke(versions, rest_event("POST", "/artifacts/model/big/rescan")).status


def test_rescans_cannot_keep_an_inspection_from_concluding() -> None:
    # GIVEN a version under inspection
    judged(Verdict.CLEAN)
    assert rescan() == 202

    # WHEN others ask for a rescan while its files are read
    def interrupted(_version: Version, _on_danger: Callable[[Inspection], None]) -> Inspection:
        assert rescan() == 202
        return Inspection(Verdict.MALICIOUS)

    dying(interrupted).inspect(TARGET)

    # THEN the inspection concludes, and each request is in the audit trail
    assert events.metadata("big")["verdict"] == "malicious"
    trail = resources.trail().events("big", None, 10).items
    assert [event.operation.action for event in trail].count("rescan") == 2


def test_one_dangerous_file_of_many_is_stored_before_the_others_are_read() -> None:
    # GIVEN a version whose first file is malicious, and whose second cannot be read
    events.push({"a.pkl": MALICIOUS, "b.pkl": CLEAN})
    aws.destroy_object(events.metadata("big")["files"][1]["s3_key"])

    # WHEN it is inspected
    with pytest.raises(Exception, match="object store"):
        events.inspect_due()

    # THEN it is known to be malicious
    assert events.metadata("big")["verdict"] == "malicious"
    assert served() == set()
