"""Writes docs/api.md from the contract and the OpenAPI document; `--check` only compares."""

import json
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from lambdas.contract.functions import FUNCTIONS, Function
from lambdas.contract.routes import Route
from tools import ROOT, openapi

TARGET: Final = ROOT / "docs" / "api.md"
_NEEDS: Final = {
    "nothing": "no credentials",
    "token": "any valid credentials",
    "read": "the scope `read`",
    "write": "the scope `write`",
    "admin": "the scope `admin`",
    "signature": "an AWS signature",
}
_INTRODUCTION: Final = """\
# The API

Generated from `lambdas/contract` and the OpenAPI document; `make snapshot` refreshes it.
`GET /openapi.json` has every parameter and body, and `GET /docs` shows them in a browser.

- **Credentials.** With `auth=iam`, every request except `GET /health` carries an AWS signature,
  and IAM policies on the API's paths take the place of scopes. With `auth=token`, a bearer token
  carries the scopes. With `auth=none`, nothing is checked. Creating, listing and revoking tokens
  always takes an AWS signature.
- **Scopes.** A scope is needed on the model that the request is about. `admin` includes `write`,
  and `write` includes `read`. `GET /models` lists the models that the caller may read, and
  `GET /audit` needs `admin` on `*`.
- **Errors.** The body is `{"error": "…", "error_code": "…"}`, sometimes with more members, such as
  `field`. The tables name the codes of each status. Branch on the code; the message is for people.
- **Idempotency.** A write that is sent again with the same `Idempotency-Key` takes effect once and
  gets the first answer.
- **Pages.** A listing takes `limit` and `next`: pass the `next` of a page to get the one after it.
- **Tracing.** Every answer has an `x-request-id`, which finds the request in the logs and in the
  audit trail.
"""


def reference() -> str:
    """Return the page as Markdown: a table of all routes, then each route with its answers."""
    paths = json.loads(openapi.document())["paths"]
    routes = [(function, route) for function in FUNCTIONS for route in function.routes]
    described = [(*pair, paths[pair[1].path][pair[1].method.lower()]) for pair in routes]
    lines = [
        "## Routes",
        "| route | needs | does |",
        "|---|---|---|",
        *(
            f"| {_link(route)} | {_NEEDS[route.need]} | {operation['summary']} |"
            for _, route, operation in described
        ),
    ]
    for one in described:
        lines += ["", *_section(*one)]
    return "\n".join([_INTRODUCTION, *lines, ""])


def _link(route: Route) -> str:
    """Return a link to a route's section, whose anchor is made as GitHub makes them."""
    anchor = "".join(c for c in f"{route.method} {route.path}".lower() if c.isalnum() or c in " _-")
    return f"[`{route.method} {route.path}`](#{anchor.replace(' ', '-')})"


def _section(function: Function, route: Route, operation: dict[str, Any]) -> Iterator[str]:
    """Yield the lines about one route; `operation` is its OpenAPI operation object."""
    handler = f"{function.module.replace('.', '/')}/handler.py"
    yield f"### `{route.method} {route.path}`"
    yield " ".join(filter(None, [f"{operation['summary']}.", operation.get("description")]))
    yield ""
    yield f"- Needs {_NEEDS[route.need]}."
    yield f"- Function `{function.name}`, in `{handler}`."
    parameters = [one for one in operation.get("parameters", ()) if one["in"] != "path"]
    if parameters:
        yield f"- Parameters: {', '.join(map(_parameter, parameters))}."
    yield ""
    yield "| status | answer |"
    yield "|---|---|"
    for status, answer in sorted(operation["responses"].items()):
        yield f"| {status} | {_answer(int(status), answer['description'])} |"


def _parameter(parameter: dict[str, Any]) -> str:
    """Return an OpenAPI parameter's name and where it goes."""
    remark = ", required" if parameter["required"] else ""
    return f"`{parameter['name']}` ({parameter['in']}{remark})"


def _answer(status: int, description: str) -> str:
    """Return an answer's description, in which error codes are set as code."""
    if status < HTTPStatus.BAD_REQUEST:
        return description
    codes, colon, remark = description.partition(":")
    return ", ".join(f"`{code}`" for code in codes.split(", ")) + colon + remark


def main() -> int:
    """Write or check the page; return the exit status."""
    text = reference()
    if "--check" in sys.argv[1:]:
        return int(not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
