"""The guard in the service: nothing is served until it has been inspected, on any path."""

import os
import pickle
from typing import Any

import pytest
from modelguard_scanner import RULES_VERSION, SourceError

from lambdas.aws import resources
from lambdas.aws.dynamodb.inspections import DynamoInspections
from lambdas.aws.dynamodb.listings import DynamoListings
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.contract.environment import (
    ENV_GUARD_CLASSES,
    ENV_GUARD_FORMATS,
    ENV_GUARD_POLICY,
    ENV_GUARD_UNKNOWN,
)
from lambdas.functions.inspector.handler import inspector, lambda_handler
from lambdas.functions.models.handler import lambda_handler as models
from lambdas.functions.sweep.handler import lambda_handler as sweep
from lambdas.functions.versions.handler import lambda_handler as versions
from lambdas.registry.call import Call
from lambdas.registry.inspections import InspectionRequests, Progress, Reinspection, Target
from lambdas.registry.operation import Action
from lambdas.web.app import logger
from tests.support import aws, events, use_cases
from tests.support.contents import small_parts
from tests.support.gateway import invoke, rest_event


class Exploit:
    """Names a dangerous function in its pickle; nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


class Harmless:
    """A class that is on no list."""


MALICIOUS = pickle.dumps(Exploit())
SUSPICIOUS = pickle.dumps(Harmless())
UNREADABLE = b"\x80\x04\x95\xff\xff\xff\xff\x00\x00\x00\x00cut"
CLEAN = pickle.dumps({"weights": [1.0, 2.0]})
UNKNOWN = bytes(range(255, 127, -1))


def requests_by(mark: str) -> InspectionRequests:
    """Return the use case that asks for inspections under this mark; it never sleeps."""
    table, inspections = resources.on_table(DynamoTable), resources.on_table(DynamoInspections)
    call = Call(now=lambda: use_cases.NOON, new_id=lambda: mark, pause=lambda _: None)
    return InspectionRequests(table, inspections, call)


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(logger, "warning", lambda _, **fields: logged.append(fields))
    return logged


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (CLEAN, "clean"),
        (b"any text", "clean"),
        (UNKNOWN, "unknown"),
        (SUSPICIOUS, "suspicious"),
        (UNREADABLE, "inconclusive"),
        (MALICIOUS, "malicious"),
    ],
)
def test_a_small_upload_is_inspected_in_the_request(content: bytes, verdict: str) -> None:
    answer = events.upload(content, filename="innocent.txt")
    assert answer.json["verdict"] == verdict
    assert bool(answer.json["findings"]) == (verdict != "clean")
    assert answer.json["inspection"]["rules"] == RULES_VERSION
    assert answer.json["inspection"]["bytes_total"] == len(content)


@pytest.mark.parametrize("query", ["", "version=1", "version=prod", "file=model.bin"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_malicious_bytes_are_served_by_no_request(method: str, query: str) -> None:
    events.upload(MALICIOUS)
    alias = rest_event("PUT", "/artifacts/model/bert-base/aliases/prod", body=b'{"version": 1}')
    assert invoke(versions, alias).status == 200
    for more in ("", "allow_unverified=true"):
        answer = events.fetch(query="&".join(filter(None, (query, more))), method=method)
        assert (answer.status, answer.error_code) == (403, "ARTIFACT_MALICIOUS")


def test_a_client_that_has_malicious_bytes_is_not_told_that_they_are_current() -> None:
    sha256 = events.upload(MALICIOUS).json["sha256"]
    assert events.fetch(headers={"If-None-Match": f'"{sha256}"'}).status == 403


@pytest.mark.parametrize("content", [SUSPICIOUS, UNREADABLE])
def test_an_uncleared_version_is_served_only_on_request_and_that_is_logged(
    content: bytes, warnings: list[dict[str, Any]]
) -> None:
    events.upload(content)
    refused, served = events.fetch(), events.fetch(query="allow_unverified=true")
    assert (refused.status, refused.error_code) == (403, "ARTIFACT_NOT_CLEARED")
    assert "allow_unverified=true" in refused.json["error"]
    assert served.body == content
    assert [(one["caller"], one["model"]) for one in warnings] == [("anonymous", "bert-base")]


def test_a_strict_registry_serves_clean_versions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_GUARD_POLICY, "strict")
    events.upload(SUSPICIOUS)

    answer = events.fetch(query="allow_unverified=true")
    assert (answer.status, answer.error_code) == (403, "ARTIFACT_NOT_CLEARED")
    assert "allow_unverified" not in answer.json["error"]
    events.upload(CLEAN)
    assert events.fetch().body == CLEAN


def test_what_no_reader_claims_is_served_under_its_own_verdict() -> None:
    # GIVEN bytes that belong to no format
    assert events.upload(UNKNOWN).json["verdict"] == "unknown"

    # WHEN they are downloaded without any flag
    served = events.fetch()

    # THEN header, JSON and audit trail all name the verdict
    assert (served.status, served.body) == (200, UNKNOWN)
    assert served.headers["X-Artifact-Verdict"] == "unknown"
    assert events.metadata()["verdict"] == "unknown"
    download = resources.trail().events("bert-base", None, 1).items[0].operation
    assert (download.action, download.verdict) == (Action.DOWNLOAD, "unknown")
    assert not download.unverified


@pytest.mark.parametrize(
    ("variable", "value"), [(ENV_GUARD_UNKNOWN, "hold"), (ENV_GUARD_POLICY, "strict")]
)
@pytest.mark.parametrize("query", ["", "allow_unverified=true"])
def test_an_operator_may_hold_what_no_reader_claims(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, query: str
) -> None:
    monkeypatch.setenv(variable, value)
    events.upload(UNKNOWN)

    # WHEN the version is asked for in either way
    refused, headers = events.fetch(query=query), events.fetch(query=query, method="HEAD")

    # THEN it is refused, and stays visible
    assert (refused.status, refused.error_code) == (403, "ARTIFACT_NOT_CLEARED")
    assert headers.status == 403
    assert events.metadata()["verdict"] == "unknown"


def test_an_unknown_version_scores_below_a_clean_one() -> None:
    unknown, clean = events.upload(UNKNOWN, name="unknown"), events.upload(CLEAN, name="clean")

    scores = [answer.json["model"]["scores"]["safety"] for answer in (unknown, clean)]
    assert scores == [0.5, 1.0]


def test_a_finding_says_by_which_rule_and_what_to_do() -> None:
    (finding, *_) = events.upload(MALICIOUS).json["findings"]

    assert finding["rule"] == "pickle-import-dangerous"
    assert finding["what"].startswith("pickle-import-dangerous: ")
    assert finding["advice"].endswith(".")


def test_an_operator_may_allow_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_GUARD_CLASSES, f"{Harmless.__module__}.Harmless")
    answer = events.upload(SUSPICIOUS)
    assert answer.json["verdict"] == "clean"
    assert answer.json["inspection"]["rules"].startswith(f"{RULES_VERSION}+")


def test_an_operator_may_name_the_formats_that_a_model_may_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ENV_GUARD_FORMATS, "safetensors,onnx")
    assert events.upload(CLEAN).json["verdict"] == "suspicious"
    assert events.upload(b"# A readme", name="text").json["verdict"] == "clean"
    assert events.upload(CLEAN, kind="dataset").json["verdict"] == "clean"


def test_metadata_is_given_whatever_the_verdict_is() -> None:
    events.upload(MALICIOUS)
    body = events.metadata()
    assert body["verdict"] == "malicious"
    assert any("system" in finding["what"] for finding in body["findings"])


def test_a_large_upload_waits_for_its_inspection_and_is_served_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_parts(monkeypatch)
    events.push({"config.json": b"{}", "model.pkl": CLEAN})

    waiting = events.fetch("big", "file=model.pkl")

    assert (waiting.status, waiting.error_code) == (409, "ARTIFACT_PENDING")
    assert int(waiting.headers["Retry-After"]) >= 1

    assert events.inspect_due() == 1

    assert events.fetch("big", "file=model.pkl").body == CLEAN
    assert events.metadata("big")["verdict"] == "clean"
    waiting_items = [item for item in aws.items() if "due" in item]
    assert waiting_items == []


def test_one_malicious_file_condemns_its_version_and_the_record_shows_it() -> None:
    events.push({"config.json": b"{}", "model.pkl": MALICIOUS})

    events.inspect_due()

    assert events.fetch("big", "file=config.json").error_code == "ARTIFACT_MALICIOUS"
    record = invoke(models, rest_event("GET", "/models/big")).json
    assert record["versions"]["model"]["verdict"] == "malicious"
    assert record["scores"]["safety"] == 0
    assert record["scores"]["net_score"] == 0


def test_an_older_version_is_judged_without_touching_the_newest() -> None:
    events.push({"model.pkl": MALICIOUS})
    events.upload(CLEAN, name="big")
    events.inspect_due()
    assert events.metadata("big")["verdict"] == "clean"
    assert events.metadata("big", version="1")["verdict"] == "malicious"


def test_the_inspector_logs_under_the_id_of_the_request_that_led_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str | None] = []
    monkeypatch.setattr(logger, "info", lambda *_, **__: logged.append(logger.get_correlation_id()))
    completed = events.push({"a.bin": b"a"}, "bert-base").headers["x-request-id"]

    events.inspect_due()
    rescanned = invoke(versions, rest_event("POST", "/artifacts/model/bert-base/rescan"))
    events.inspect_due()

    assert logged == [completed, rescanned.headers["x-request-id"]]


def test_events_that_come_twice_or_too_late_change_nothing(calls: aws.AwsCalls) -> None:
    events.push({"model.pkl": CLEAN})
    due = events.stream_events()
    events.inspect_due()
    calls.made.clear()
    lambda_handler({"Records": due}, None)
    assert calls.made == ["dynamodb:GetItem"]


def test_an_inspection_takes_few_calls(calls: aws.AwsCalls) -> None:
    events.push({"model.pkl": CLEAN})
    calls.made.clear()

    inspector().inspect(Target("big", "model", 1))

    assert calls.made == [
        "dynamodb:GetItem",
        "dynamodb:UpdateItem",
        "s3:GetObject",
        "dynamodb:GetItem",
        "dynamodb:TransactWriteItems",
    ]


def test_bytes_that_cannot_be_read_are_tried_again_and_never_judged() -> None:
    events.push({"model.pkl": CLEAN})
    due = events.stream_events()
    with aws.failing("s3", "GetObject", "InternalError"), pytest.raises(SourceError):
        lambda_handler({"Records": due}, None)
    assert events.metadata("big")["verdict"] == "pending"

    # AND the stream sends the same events again
    lambda_handler({"Records": due}, None)
    assert events.metadata("big")["verdict"] == "clean"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(5))
def test_an_inspector_that_dies_anywhere_is_followed_by_one_that_finishes(
    calls: aws.AwsCalls, when: str, call: int
) -> None:
    events.push({"model.pkl": CLEAN})
    due = events.stream_events()
    calls.made.clear()
    calls.crash(when, call)
    with pytest.raises(aws.CrashError):
        inspector().inspect(Target("big", "model", 1))

    # WHEN the stream sends the events of the crashed function again
    lambda_handler({"Records": due}, None)

    assert events.fetch("big").body == CLEAN


def test_a_rescan_keeps_the_present_verdict_until_the_new_one_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events.upload(SUSPICIOUS)
    monkeypatch.setenv(ENV_GUARD_CLASSES, f"{Harmless.__module__}.*")

    answer = invoke(versions, rest_event("POST", "/artifacts/model/bert-base/rescan"))

    assert (answer.status, answer.json["verdict"]) == (202, "suspicious")
    assert events.fetch().error_code == "ARTIFACT_NOT_CLEARED"

    assert events.inspect_due() == 1

    assert events.fetch().body == SUSPICIOUS


def test_a_rescan_of_what_does_not_exist_is_refused() -> None:
    events.upload(CLEAN)
    for path, code in (
        ("/artifacts/model/nobody/rescan", "MODEL_NOT_FOUND"),
        ("/artifacts/code/bert-base/rescan", "ARTIFACT_NOT_FOUND"),
    ):
        assert invoke(versions, rest_event("POST", path)).error_code == code


def test_a_change_of_rules_inspects_every_version_again_in_as_many_passes_as_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a", "b"):
        events.upload(SUSPICIOUS, name=name)
        events.upload(SUSPICIOUS, name=name)
    assert sweep({}, None)["reinspected"] == 0
    monkeypatch.setenv(ENV_GUARD_CLASSES, f"{Harmless.__module__}.*")

    assert sweep({}, None)["reinspected"] == 4

    assert events.inspect_due() == 4
    assert [events.metadata(name, version=n)["verdict"] for name in "ab" for n in "12"] == [
        "clean"
    ] * 4
    assert sweep({}, None)["reinspected"] == 0


def test_a_pass_that_ran_out_of_time_is_resumed_where_it_stopped() -> None:
    events.upload(CLEAN)
    requests = requests_by("id")
    reinspection = Reinspection(
        resources.on_table(DynamoListings),
        resources.on_table(DynamoInspections),
        requests,
        lambda: False,
    )

    assert reinspection.advance("other rules") == 0

    assert resources.on_table(DynamoInspections).progress() in {None, Progress("other rules")}


def test_a_license_found_in_the_files_is_used_unless_the_upload_names_one() -> None:
    license_text = b"SPDX-License-Identifier: MIT\n"
    found = events.upload_form(("LICENSE", license_text), ("model.bin", b"x"), model_name="found")
    said = events.upload_form(("LICENSE", license_text), model_name="said", license="Apache-2.0")
    assert found.json["model"]["license"] == "MIT"
    assert said.json["model"]["license"] == "Apache-2.0"
