"""Liveness and documentation."""

import json
import re

from lambdas.contract.functions import FUNCTIONS
from lambdas.functions.docs.handler import lambda_handler
from tests.support.gateway import invoke, rest_event
from tools import stale
from tools.openapi import TARGET, document


def test_health_needs_nothing() -> None:
    answer = invoke(lambda_handler, rest_event("GET", "/health"))
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_the_served_document_is_the_one_that_the_handlers_generate() -> None:
    answer = invoke(lambda_handler, rest_event("GET", "/openapi.json"))
    assert answer.body.decode() == TARGET.read_text(encoding="utf-8")
    assert answer.body.decode() == document(), stale(TARGET)


def test_the_document_has_exactly_the_routes_of_the_contract() -> None:
    paths = json.loads(document())["paths"]
    documented = {(method.upper(), path) for path in paths for method in paths[path]}
    assert documented == {(r.method, r.path) for f in FUNCTIONS for r in f.routes}


def test_the_document_is_openapi_3_1_and_promises_no_422_of_validation() -> None:
    schema = json.loads(document())
    assert schema["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in document()


def test_the_page_shows_the_document_and_names_no_other_host_to_fetch_from() -> None:
    answer = invoke(lambda_handler, rest_event("GET", "/docs"))
    page = answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert '"/artifact/{artifact_type}"' in page
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=['\"]https?:", page)
