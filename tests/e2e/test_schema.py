"""The deployed API keeps the promises of its OpenAPI document, whatever it is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from tools.openapi import TARGET

# The checked-in document, which another test holds to be the served one.
OPERATIONS = {
    operation.ok().label: operation.ok()
    for operation in schemathesis.openapi.from_path(TARGET).get_all_operations()
}


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_gets_an_answer_that_the_document_does_not_promise(
    label: str, api_url: str
) -> None:
    @given(case=OPERATIONS[label].as_strategy())
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def send(case: Any) -> None:
        case.call_and_validate(
            base_url=api_url,
            checks=[
                checks.not_a_server_error,
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
            ],
            timeout=60,
        )

    send()
