"""Models, versions, aliases."""

import json
from typing import Any

from lambdas.functions.models.handler import lambda_handler as models_handler
from lambdas.functions.versions.handler import lambda_handler as versions_handler
from tests.support.gateway import Answer, invoke, rest_event

Headers = dict[str, str] | None


def list_models(query: str = "") -> Answer:
    return invoke(models_handler, rest_event("GET", "/models", query=query))


def all_pages(query: str) -> list[str]:
    """Return the names of all models, page after page."""
    names: list[str] = []
    token = ""
    while True:
        page = list_models(query + token).json
        names += [model["name"] for model in page["models"]]
        if "next" not in page:
            return names
        token = f"&next={page['next']}"


def get_model(name: str = "bert-base", headers: Headers = None) -> Answer:
    return invoke(models_handler, rest_event("GET", f"/models/{name}", headers=headers))


def patch_model(body: Any, name: str = "bert-base", headers: Headers = None) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return invoke(models_handler, rest_event("PATCH", f"/models/{name}", body=raw, headers=headers))


def delete_model(name: str = "bert-base", headers: Headers = None) -> Answer:
    return invoke(models_handler, rest_event("DELETE", f"/models/{name}", headers=headers))


def list_versions(name: str = "bert-base", query: str = "", *, kind: str = "model") -> Answer:
    event = rest_event("GET", f"/artifacts/{kind}/{name}/versions", query=query)
    return invoke(versions_handler, event)


def delete_version(
    version: object, name: str = "bert-base", *, kind: str = "model", headers: Headers = None
) -> Answer:
    event = rest_event(
        "DELETE", f"/artifacts/{kind}/{name}", query=f"version={version}", headers=headers
    )
    return invoke(versions_handler, event)


def put_alias(
    alias: str,
    version: Any,
    name: str = "bert-base",
    *,
    kind: str = "model",
    headers: Headers = None,
) -> Answer:
    event = rest_event(
        "PUT",
        f"/artifacts/{kind}/{name}/aliases/{alias}",
        body=json.dumps({"version": version}).encode(),
        headers=headers,
    )
    return invoke(versions_handler, event)


def delete_alias(
    alias: str, name: str = "bert-base", *, kind: str = "model", headers: Headers = None
) -> Answer:
    event = rest_event("DELETE", f"/artifacts/{kind}/{name}/aliases/{alias}", headers=headers)
    return invoke(versions_handler, event)


def rescan(name: str = "bert-base", version: object = "latest", *, kind: str = "model") -> Answer:
    event = rest_event("POST", f"/artifacts/{kind}/{name}/rescan", query=f"version={version}")
    return invoke(versions_handler, event)
