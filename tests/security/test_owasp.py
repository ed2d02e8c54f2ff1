"""The OWASP API Security Top 10 (2023): at least one named test for each entry.

The handlers run against an AWS in memory; what the gateway does is read from the template.
"""

import json
import re
from collections.abc import Iterator

import pytest

from lambdas.aws import clients
from lambdas.contract.environment import ENV_AUTH
from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.limits import INLINE_LIMIT_BYTES, MAX_FILES_PER_VERSION, MAX_PAGE
from lambdas.contract.table import AUDIT_PREFIX
from lambdas.functions.docs.handler import lambda_handler as docs
from lambdas.functions.models.handler import lambda_handler as models
from tests.infra.template import Template
from tests.support import aws as memory
from tests.support import events
from tests.support.gateway import invoke, rest_event
from tools import ROOT, openapi, stale

TEMPLATE = ROOT / "tests" / "infra" / "snapshots" / "aws.json"


@pytest.fixture(scope="module", autouse=True)
def _cloud() -> Iterator[None]:
    with memory.cloud():
        yield


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """An empty registry."""
    with memory.empty_registry():
        yield


@pytest.fixture(scope="module")
def template() -> Template:
    """The stored template, which `tests/infra/test_snapshots.py` keeps current."""
    return Template(json.loads(TEMPLATE.read_text()))


def test_api1_no_identifier_reaches_anything_but_what_it_names() -> None:
    # GIVEN a model, and identifiers that try to reach it or its bytes by another way
    events.upload(b"secret", name="victim")
    tries = ["../model/victim", "victim/../victim", "victim%2e%2e", "*", "victim\x00", "VICTIM"]
    # THEN none reaches it, and none is a failure of the server
    for name in tries:
        answer = events.fetch(name)
        assert answer.status in {400, 404}, name
        assert b"secret" not in answer.body
    # AND an upload session's id is 128 bits that cannot be guessed
    begun = events.begin({"a": b"a"}, "victim")
    assert re.fullmatch(r"[0-9a-f]{32}", begun.json["upload_id"])


def test_api1_a_token_reaches_the_names_that_it_grants_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN two teams, and a token of one of them
    monkeypatch.setenv(ENV_AUTH, "token")
    token = events.create_token("admin:team-a-*").json["token"]
    # WHEN it asks for a model of the other, and for one that does not exist
    for name in ("team-b-bert", "team-b-none"):
        answer = invoke(models, events.carrying(rest_event("GET", f"/models/{name}"), token))
        # THEN the answers are the same
        assert (answer.status, answer.error_code) == (403, "FORBIDDEN")


def test_api2_every_route_but_the_public_ones_asks_for_credentials(template: Template) -> None:
    public = {
        (route.method, route.path) for spec in FUNCTIONS for route in spec.routes if route.public
    }

    open_routes = {
        key for key, method in template.methods().items() if method["AuthorizationType"] == "NONE"
    }

    assert open_routes == public == {("GET", "/health")}


def test_api2_a_token_is_random_kept_as_a_hash_and_ends() -> None:
    made = events.create_token("read:*").json
    # THEN it has 256 random bits, which are shown once and stored nowhere, and it expires
    secret = made["token"].rpartition(made["token_id"])[2][1:]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert secret not in json.dumps([memory.items(), events.list_tokens().json])
    assert made["expires_at"] < "2999"


def test_api3_a_caller_cannot_set_what_the_registry_decides() -> None:
    events.upload(b"weights", name="graded")
    before = events.metadata("graded")
    # WHEN properties are sent that only the registry sets
    for member in ("scores", "size", "model_key", "verdict", "revision", "head_model"):
        # THEN each is refused and nothing of it is stored
        assert events.patch_model({member: 1}, "graded").error_code == "INVALID_REQUEST"
    assert events.metadata("graded") == before


def test_api4_what_one_request_may_consume_is_limited(template: Template) -> None:
    # GIVEN the limits of the contract WHEN they are exceeded THEN the request is refused
    too_large = events.upload(bytes(INLINE_LIMIT_BYTES + 1))
    assert (too_large.status, too_large.error_code) == (413, "PAYLOAD_TOO_LARGE")
    assert events.list_models(f"limit={MAX_PAGE + 1}").status == 400
    many = {str(number): b"" for number in range(MAX_FILES_PER_VERSION + 1)}
    assert events.begin(many).status == 400
    # AND the gateway limits the rate, and every function has a timeout
    _, stage = template.only("AWS::ApiGateway::Stage")
    assert stage["MethodSettings"][0]["ThrottlingRateLimit"] == 50
    assert all(spec.timeout_s <= 29 for spec in FUNCTIONS if spec.routes)


def test_api5_a_function_can_do_no_more_than_its_routes_need(template: Template) -> None:
    # GIVEN the functions that only read
    readers = [spec for spec in FUNCTIONS if spec.name in {"GetArtifact", "Docs"}]

    handlers = {
        one["Handler"]: one["Role"]["Fn::GetAtt"][0]
        for one in template.of_type("AWS::Lambda::Function").values()
    }
    # THEN their roles write nothing but audit events
    writes = re.compile(r"(dynamodb|s3):(Put|Update|Delete|BatchWrite|Abort)")
    for spec in readers:
        granted = template.grants(handlers[spec.handler])
        written = {(action, where) for action, where in granted if writes.match(action)}
        assert {action for action, _ in written} <= {"dynamodb:PutItem"}
        assert all(where.endswith(f" {AUDIT_PREFIX}*") for _, where in written)


def test_api6_a_repeated_write_happens_once() -> None:
    # GIVEN a client that repeats an upload because it got no answer
    key = {"Idempotency-Key": "one-and-the-same"}
    answers = [events.upload(b"weights", name="once", headers=key) for _ in range(3)]
    # THEN there is one version
    assert [answer.json["version"] for answer in answers] == [1, 1, 1]
    assert events.metadata("once")["version"] == 1


def test_api7_no_input_makes_the_registry_fetch_a_url() -> None:
    # GIVEN the code that runs on Lambda
    sources = [path.read_text() for path in (ROOT / "lambdas").rglob("*.py")]
    # THEN only the two AWS clients open connections
    clients_of = re.compile(
        r"^\s*(?:import|from)\s+(urllib\.request|urllib3|requests|httpx|http\.client|socket)\b",
        re.MULTILINE,
    )
    assert not [source[:80] for source in sources if clients_of.search(source)]
    # AND a URL is not a valid name
    assert events.upload(name="http://169.254.169.254/latest").error_code == "INVALID_NAME"


def test_api8_nothing_is_open_plain_or_talkative_by_default(template: Template) -> None:
    # GIVEN the bucket THEN it is private, and refuses requests without TLS
    _, bucket = template.only("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    _, policy = template.only("AWS::S3::BucketPolicy")
    assert "aws:SecureTransport" in json.dumps(policy)
    # AND no web page may call the API
    assert not [key for key in template.methods() if key[0] == "OPTIONS"]
    # AND a failure tells its caller nothing about the internals
    memory.destroy_table()
    answer = events.fetch()
    assert (answer.status, set(answer.json)) == (500, {"error", "error_code"})
    assert not re.search(rb"Traceback|boto|dynamodb\.|/lambdas/|ModelGuard-Models", answer.body)
    # AND stored bytes are never shown as a page of this origin
    memory.create_table()
    events.upload(b"<script>alert(1)</script>", name="page", filename="page.html")
    shown = events.fetch("page").headers
    assert shown["Content-Disposition"].startswith("attachment")
    assert shown["X-Content-Type-Options"] == "nosniff"


def test_api9_every_deployed_route_is_documented_and_no_other(template: Template) -> None:
    # GIVEN the document that the API itself serves
    document = invoke(docs, rest_event("GET", "/openapi.json")).json
    documented = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    routes = {(route.method, route.path) for spec in FUNCTIONS for route in spec.routes}
    # THEN it lists what is deployed
    assert set(template.methods()) == routes, stale(TEMPLATE)
    assert documented == routes, stale(openapi.TARGET)


def test_api10_answers_of_aws_are_checked_before_they_are_served() -> None:
    # GIVEN an object whose bytes were replaced without the registry
    events.upload(b"the true bytes", name="pinned")
    s3 = clients.s3(memory.REGION)
    key = events.metadata("pinned")["s3_key"]
    s3.put_object(Bucket=memory.BUCKET, Key=key, Body=b"other bytes")
    # WHEN it is read THEN the version that was committed is served
    assert events.fetch("pinned").body == b"the true bytes"
    # AND when that version is lost, the answer is an error and not other bytes
    for version in memory.version_ids(key)[1:]:
        s3.delete_object(Bucket=memory.BUCKET, Key=key, VersionId=version)
    assert events.fetch("pinned").error_code == "S3_ERROR"
