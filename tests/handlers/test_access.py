"""What a token's grants allow, on every route that names a model."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.contract.environment import ENV_AUTH
from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.routes import Route
from lambdas.functions.audit.handler import lambda_handler as audit
from lambdas.functions.docs.handler import lambda_handler as docs
from lambdas.functions.get_artifact.handler import lambda_handler as get_artifact
from lambdas.functions.models.handler import lambda_handler as models
from lambdas.functions.upload_artifact.handler import lambda_handler as upload_artifact
from lambdas.functions.uploads.handler import lambda_handler as uploads
from lambdas.functions.versions.handler import lambda_handler as versions
from lambdas.web.app import LambdaHandler
from tests.support import aws, events
from tests.support.contents import declared
from tests.support.gateway import Answer, invoke, rest_event

HANDLERS: dict[str, LambdaHandler] = {
    "lambdas.functions.audit": audit,
    "lambdas.functions.docs": docs,
    "lambdas.functions.get_artifact": get_artifact,
    "lambdas.functions.models": models,
    "lambdas.functions.upload_artifact": upload_artifact,
    "lambdas.functions.uploads": uploads,
    "lambdas.functions.versions": versions,
}
NAMED = [
    (spec.module, route)
    for spec in FUNCTIONS
    for route in spec.routes
    if route.need in {"read", "write", "admin"} and "{id}" in route.path
]
BELOW = {"read": "", "write": "read", "admin": "write"}
CONTENT = b"weights"
DECLARED = declared({"m": b"m"}, "team-a-bert")


@pytest.fixture(autouse=True)
def _takes_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_AUTH, "token")


def token(*grants: str) -> str:
    return str(events.create_token(*grants).json["token"])


def ask(handler: LambdaHandler, event: dict[str, Any], *grants: str) -> Answer:
    return invoke(handler, events.carrying(event, token(*grants)))


def upload_as(name: str, *grants: str) -> Answer:
    headers = {"Content-Type": "application/octet-stream", "X-Model-Name": name}
    event = rest_event("POST", "/artifact/model", body=CONTENT, headers=headers)
    return ask(upload_artifact, event, *grants)


def request(route: Route, name: str) -> dict[str, Any]:
    values = {"{artifact_type}": "model", "{id}": name, "{alias}": "prod"}
    path = route.path
    for variable, value in values.items():
        path = path.replace(variable, value)
    bodies = {"PATCH": b'{"license": "MIT"}', "PUT": b'{"version": 1}'}
    return rest_event(
        route.method,
        path,
        body=bodies.get(route.method),
        query="version=1" if route.method == "DELETE" else "",
    )


def begin_as(*grants: str) -> Answer:
    event = rest_event("POST", "/artifact/model/uploads", body=json.dumps(DECLARED).encode())
    return ask(uploads, event, *grants)


@pytest.mark.parametrize(("module", "route"), NAMED, ids=lambda value: str(value)[:60])
def test_a_route_takes_its_scope_on_the_name_in_its_path(module: str, route: Route) -> None:
    upload_as("team-a-bert", "admin:*")
    lacking = [f"admin:{other}" for other in ("team-b-*", "team-a-ber", "team-a-bert-*")]
    if BELOW[route.need]:
        lacking.append(f"{BELOW[route.need]}:*")

    for grant in lacking:
        refused = ask(HANDLERS[module], request(route, "team-a-bert"), grant)
        absent = ask(HANDLERS[module], request(route, "team-a-none"), grant)
        # THEN it cannot be told from a name that does not exist
        assert (refused.status, refused.error_code) == (403, "FORBIDDEN"), grant
        assert (absent.status, absent.body) == (refused.status, refused.body)
    # AND with the scope it is not refused
    granted = ask(HANDLERS[module], request(route, "team-a-bert"), f"{route.need}:team-a-*")
    assert granted.status < 500
    assert granted.status != 403


def test_every_route_about_a_name_is_among_those_that_are_tested() -> None:
    scoped = {
        (route.method, route.path)
        for spec in FUNCTIONS
        for route in spec.routes
        if route.need in {"read", "write", "admin"}
    }

    elsewhere = scoped - {(route.method, route.path) for _, route in NAMED}
    # THEN each of these has a test of its own below
    assert elsewhere == {
        ("POST", "/artifact/{artifact_type}"),
        ("POST", "/artifact/{artifact_type}/uploads"),
        ("GET", "/artifact/{artifact_type}/uploads/{upload_id}"),
        ("DELETE", "/artifact/{artifact_type}/uploads/{upload_id}"),
        ("POST", "/artifact/{artifact_type}/uploads/{upload_id}/complete"),
        ("GET", "/models"),
        ("GET", "/audit"),
    }


def test_a_small_upload_takes_write_on_its_name_and_leaves_nothing_otherwise() -> None:
    refused = upload_as("team-a-bert", "read:*", "admin:team-b-*")
    assert (refused.status, refused.error_code) == (403, "FORBIDDEN")
    assert aws.objects() == []
    assert upload_as("team-a-bert", "write:team-a-*").status == 200


def test_a_generated_name_takes_write_on_all_names() -> None:
    event = rest_event("POST", "/artifact/model", body=CONTENT)
    assert ask(upload_artifact, event, "write:team-a-*").error_code == "FORBIDDEN"
    assert ask(upload_artifact, event, "write:*").status == 200


@pytest.mark.parametrize("name", ["a/b", "..", "a--b", "x" * 97, "ü"])
def test_an_invalid_name_is_invalid_whatever_is_granted(name: str) -> None:
    assert upload_as(name, "read:*").error_code == "INVALID_NAME"


def test_beginning_a_session_takes_write_on_its_name() -> None:
    assert begin_as("read:*").error_code == "FORBIDDEN"
    assert begin_as("write:team-a-*").status == 201


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("DELETE", ""), ("POST", "/complete")])
def test_a_session_of_a_name_that_is_not_granted_does_not_exist(method: str, suffix: str) -> None:
    upload_id = begin_as("write:team-a-*").json["upload_id"]
    event = rest_event(method, f"/artifact/model/uploads/{upload_id}{suffix}", body=b"{}")
    absent = rest_event(method, f"/artifact/model/uploads/{'0' * 32}{suffix}", body=b"{}")

    hidden = ask(uploads, event, "admin:team-b-*", "read:*")

    assert (hidden.status, hidden.error_code) == (404, "UPLOAD_NOT_FOUND")
    assert hidden.body == ask(uploads, absent, "admin:*").body
    assert ask(uploads, event, "write:team-a-*").status != 404


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_a_listing_shows_what_may_be_read_and_nothing_else(limit: int) -> None:
    for name in ("a", "b", "b-1", "b-2", "c-1", "d", "e", "f-1"):
        upload_as(name, "admin:*")
    carried = token(
        "read:b", "admin:b-*", "read:c-1", "write:d", "read:d", "read:nothing", "read:f*"
    )
    listed: list[str] = []
    query = f"limit={limit}"

    while query:
        event = events.carrying(rest_event("GET", "/models", query=query), carried)
        page = invoke(models, event).json
        assert len(page["models"]) == limit or "next" not in page
        listed += [model["name"] for model in page["models"]]
        query = f"limit={limit}&next={page['next']}" if "next" in page else ""

    assert listed == ["b", "b-1", "b-2", "c-1", "d", "f-1"]


@pytest.mark.parametrize(
    ("prefix", "listed"),
    [("b", ["b-1", "b-2"]), ("b-2", ["b-2"]), ("c", []), ("", ["b-1", "b-2"])],
)
def test_a_listing_below_a_prefix_stays_within_the_grants(prefix: str, listed: list[str]) -> None:
    for name in ("b", "b-1", "b-2", "c-1"):
        upload_as(name, "admin:*")
    answer = ask(models, rest_event("GET", "/models", query=f"prefix={prefix}"), "read:b-*")
    assert [model["name"] for model in answer.json["models"]] == listed


def test_a_listing_takes_at_most_one_query_for_each_grant(calls: aws.AwsCalls) -> None:
    carried = token(*(f"read:team-{n}-*" for n in range(10)))
    event = events.carrying(rest_event("GET", "/models"), carried)
    calls.made.clear()
    invoke(models, event)
    assert calls.made == ["dynamodb:Query"] * 10


def test_reading_the_events_of_no_model_takes_admin_on_all_names() -> None:
    assert ask(audit, rest_event("GET", "/audit"), "admin:a*", "write:*").error_code == "FORBIDDEN"
    assert ask(audit, rest_event("GET", "/audit"), "admin:*").status == 200


@pytest.mark.parametrize(
    "make",
    [
        lambda event: event,
        lambda event: {**event, "requestContext": {}},
        lambda event: {**event, "requestContext": {"authorizer": {"principalId": "token:1"}}},
        lambda event: {**event, "requestContext": {"authorizer": {"grants": ""}}},
    ],
)
def test_a_request_that_no_authorizer_vouches_for_may_do_nothing(
    make: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    upload_as("bert", "admin:*")
    answer = invoke(get_artifact, make(rest_event("GET", "/artifacts/model/bert")))
    assert (answer.status, answer.error_code) == (403, "FORBIDDEN")
