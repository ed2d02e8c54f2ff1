"""GET /health, /openapi.json and /docs: liveness and documentation."""

from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response

from lambdas.contract.routes import DOCS, HEALTH, OPENAPI
from lambdas.functions.docs import page
from lambdas.web.app import entry_point
from lambdas.web.endpoint import endpoint, new_router

router = new_router()

_DOCUMENT = Path(__file__).with_name("openapi.json")


@endpoint(
    router,
    HEALTH,
    responses={
        200: {
            "description": "Alive",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
def health() -> dict[str, str]:
    """Check that the API is alive."""
    return {"status": "ok"}


@endpoint(
    router,
    OPENAPI,
    responses={
        200: {
            "description": "This document",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
def openapi() -> Response[Any]:
    """Return the OpenAPI 3.1 document of the API."""
    return Response(200, "application/json", _document())


@endpoint(
    router,
    DOCS,
    responses={
        200: {
            "description": "The documentation page",
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
    },
)
def docs() -> Response[Any]:
    """Return an interactive page for the OpenAPI document, which loads nothing from other hosts."""
    return Response(
        200,
        "text/html; charset=utf-8",
        page.render(_document()),
        {"Content-Security-Policy": page.CONTENT_SECURITY_POLICY},
    )


@cache
def _document() -> str:
    return _DOCUMENT.read_text(encoding="utf-8")


lambda_handler = entry_point(router)
