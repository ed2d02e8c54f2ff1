"""Prints the CPU seconds of a handler's initialization, first and warm request.

`benchmarks.cold_start` runs it inside a bundle. DynamoDB's response comes from memory, so that only
the handler and its libraries are measured.
"""

import importlib
import json
import os
import sys
import time
import zlib
from base64 import b64encode
from http import HTTPStatus

ROUNDS = 200


def _packed(value):
    return {"B": b64encode(zlib.compress(json.dumps(value).encode())).decode()}


_KEY = "model/bert-base/0f8fad5b-d9cb-469f-a165-70867728950e.pkl"
_FILE = {
    "path": "model.pkl",
    "size": 4,
    "sha256": "0" * 64,
    "s3_key": _KEY,
    "content_type": "application/octet-stream",
    "s3_version": "v",
}
_MANIFEST = {"files": [_FILE], "created_at": "2030-01-01T00:00:00Z", "message": ""}
_ITEM = {
    "name": {"S": "bert-base"},
    "item": {"S": "record"},
    "license": {"S": "MIT"},
    "size": {"N": "4"},
    "model_key": {"S": _KEY},
    "code_key": {"S": ""},
    "dataset_key": {"S": ""},
    "created_at": {"S": "2030-01-01T00:00:00Z"},
    "updated_at": {"S": "2030-01-01T00:00:00Z"},
    "count_model": {"N": "1"},
    "head_model": {
        "M": {
            "number": {"N": "1"},
            "created_at": {"S": "2030-01-01T00:00:00Z"},
            "size": {"N": "4"},
            "verdict": {"S": "clean"},
            "files": {"N": "1"},
            "manifest": _packed(_MANIFEST),
            "inspection": _packed({"verdict": "clean", "findings": []}),
        }
    },
}
_BODY = json.dumps({"Item": _ITEM}).encode()


class _Raw:
    def __init__(self) -> None:
        self.body = _BODY

    def stream(self, **_: object):
        yield self.body


def _answer(_, request):
    from botocore.awsrequest import AWSResponse

    return AWSResponse(request.url, 200, {"content-length": str(len(_BODY))}, _Raw())


class _Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "benchmark"


_EVENT = {
    "httpMethod": "GET",
    "path": "/artifacts/model/bert-base",
    "headers": {},
    "queryStringParameters": {"metadata_only": "true"},
    "multiValueQueryStringParameters": {"metadata_only": ["true"]},
    "requestContext": {"requestId": "r"},
}


def main() -> None:
    """Print the costs of the handler in the given module as JSON."""
    start = time.process_time()
    handler = importlib.import_module(sys.argv[1]).lambda_handler
    costs = {"init": time.process_time() - start}
    if "--requests" in sys.argv:
        # Imported only now, so that the import counts towards the handler.
        from botocore.httpsession import URLLib3Session

        URLLib3Session.send = _answer
        start = time.process_time()
        answer = handler(_EVENT, _Context)
        costs["first"] = time.process_time() - start
        if answer["statusCode"] != HTTPStatus.OK:  # measuring error responses would mislead
            raise SystemExit(answer["body"])
        start = time.process_time()
        for _ in range(ROUNDS):
            handler(_EVENT, _Context)
        costs["warm"] = (time.process_time() - start) / ROUNDS
    print(json.dumps(costs), flush=True)
    os._exit(0)  # skips the interpreter's shutdown, which is not measured


if __name__ == "__main__":
    main()
