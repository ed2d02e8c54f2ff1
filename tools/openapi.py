"""Writes the OpenAPI document of all handlers; `--check` only compares it with the file."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import lambdas.functions.docs
from lambdas.contract.functions import FUNCTIONS
from lambdas.registry.errors import RegistryError
from lambdas.web.app import new_app
from lambdas.web.errors import STATUS

TARGET = Path(lambdas.functions.docs.__file__).with_name("openapi.json")
_FIRST_FAILURE = 500
_TITLE = "ModelGuard"
_VERSION = "1.0.0"
_DESCRIPTION = "A serverless registry for machine-learning artifacts."


def document() -> str:
    """Return the document as JSON text, built from one app with every router."""
    modules = [importlib.import_module(f"{function.module}.handler") for function in FUNCTIONS]
    app = new_app(*(module.router for module in modules if hasattr(module, "router")))
    schema = json.loads(
        app.get_openapi_json_schema(title=_TITLE, version=_VERSION, description=_DESCRIPTION)
    )
    _drop_validation_responses(schema)
    _document_failures(schema)
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _drop_validation_responses(schema: dict[str, Any]) -> None:
    """Remove the 422 that Powertools documents for validation errors, which are a 400 here."""
    for path in schema["paths"].values():
        for operation in path.values():
            answer = operation["responses"].get("422", {})
            if "HTTPValidationError" in json.dumps(answer):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)


def _document_failures(schema: dict[str, Any]) -> None:
    """Document our own 500 in place of the one for Powertools' response validation."""
    codes = {error.code for error, status in STATUS.items() if status >= _FIRST_FAILURE}
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    failure = {
        "description": ", ".join(sorted({RegistryError.code, *codes})),
        "content": body,
    }
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"]["500"] = failure
    schema["components"]["schemas"].pop("ResponseValidationError")


def main() -> int:
    """Write the document, or check it; return the exit status."""
    text = document()
    if "--check" in sys.argv[1:]:
        return int(not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
