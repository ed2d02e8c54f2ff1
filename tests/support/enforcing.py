"""The stack on an engine that checks signatures and evaluates the policies of roles and users."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import requests
from botocore.credentials import Credentials

from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.routes import CREATE_TOKEN
from local import cdk_runner, stack
from local.engine import REGION, Engine, client_environment
from tests.support.deployments import TIMEOUT_S, Ask, Deployment
from tests.support.gateway import Answer
from tests.support.over_http import Api

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.permissions import Grant

_ROOT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_MADE_UP = "made-up"


@dataclass(slots=True)
class EnforcingEngine(Engine):
    """An engine on which only root may do what no policy allows."""

    def _environment(self, port: int) -> dict[str, str]:
        known = client_environment(self.url)
        root = {name: known[name] for name in _ROOT}
        return {**Engine._environment(self, port), **root, "AUTH": "true"}


class Enforced(Deployment):
    """The deployed stack; requests come from a user who may only call its API."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        access_key, secret_key = (client_environment(engine.url)[name] for name in _ROOT)
        root = boto3.Session(access_key, secret_key, None, REGION)
        self.s3 = root.client("s3", endpoint_url=engine.url)
        self.dynamodb = root.client("dynamodb", endpoint_url=engine.url)
        self._iam = root.client("iam", endpoint_url=engine.url)
        self._lambda = root.client("lambda", endpoint_url=engine.url)
        self._tokens: dict[str, str] = {}

    def deploy(self) -> None:
        """Deploy as ops teams do, with bearer tokens and signatures both."""
        output = self._engine.home / "cdk"
        output.mkdir()
        account = f"aws://{stack.ACCOUNT}/{REGION}"
        cdk_runner.run(self._engine, output, "bootstrap", account, cwd=output)
        # The engine has no TLS, and the buckets' own policies refuse requests without it.
        for bucket in self.s3.list_buckets()["Buckets"]:
            self.s3.delete_bucket_policy(Bucket=bucket["Name"])
        context = ["--context", "target=local", "--context", "auth=token"]
        out = ["--output", str(output / "cdk.out")]
        cdk_runner.run(
            self._engine, output, "deploy", "--all", *stack.DEPLOY_OPTIONS, *context, *out
        )
        found = stack.describe(self._engine)
        self.s3.delete_bucket_policy(Bucket=found.bucket)
        self.bucket, self.table, self.url = found.bucket, found.table, found.api_url
        api = urlsplit(found.api_url).path.split("/")[2]
        self.caller = self.new_user("caller", f"arn:aws:execute-api:*:*:{api}/*")
        listed = self._lambda.list_functions()["Functions"]
        self._functions = {
            spec.name: one for spec in FUNCTIONS for one in listed if one["Handler"] == spec.handler
        }
        self._make_up_for_batches()

    def _make_up_for_batches(self) -> None:
        """Grant what only this engine requires, for the first object of a `DeleteObjects`.

        That is s3:DeleteObject, though the object's version is named; of all others of the batch
        it asks for s3:DeleteObjectVersion.
        """
        allowed = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}
        for spec in FUNCTIONS:
            if "s3:DeleteObjectVersion" in spec.object_actions:
                self._put(self._role(spec.name), _MADE_UP, _document(allowed))

    def new_user(self, name: str, may_invoke: str) -> Credentials:
        """Make a user who may invoke one API, and return the credentials to sign with."""
        self._iam.create_user(UserName=name)
        allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": may_invoke}
        self._iam.put_user_policy(
            UserName=name, PolicyName="invoke", PolicyDocument=json.dumps(_document(allowed))
        )
        key = self._iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def ask(self, ask: Ask) -> Answer:
        if ask.route.need == "signature":
            return self.ask_signed(ask, self.caller)
        return self._send(ask, token="" if ask.route.public else self.token(ask.grants))

    def ask_signed(self, ask: Ask, credentials: Credentials) -> Answer:
        """Send a request with a user's signature."""
        return self._send(ask, signer=credentials)

    def token(self, grants: str) -> str:
        """Return a token with these grants, made once."""
        if grants not in self._tokens:
            body = json.dumps({"grants": [grants]}).encode()
            made = self.ask(Ask(CREATE_TOKEN, body=body))
            assert made.status == 201, made
            self._tokens[grants] = made.json["token"]
        return self._tokens[grants]

    def use(
        self, signer: str, method: str, url: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        del signer  # the signature says it
        return _answer(
            requests.request(method, url, data=content, headers=headers, timeout=TIMEOUT_S)
        )

    def run(self, function: str, event: Mapping[str, Any]) -> Any:
        answer = self._lambda.invoke(
            FunctionName=self._functions[function]["FunctionName"], Payload=json.dumps(event)
        )
        payload = answer["Payload"].read()
        assert "FunctionError" not in answer, payload
        return json.loads(payload)

    @contextmanager
    def without(self, function: str, grant: Grant) -> Iterator[None]:
        """Take one permission from a function's role for a while."""
        role = self._role(function)
        named = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        (policy,) = (name for name in named if name != _MADE_UP)
        found: Any = self._iam.get_role_policy(RoleName=role, PolicyName=policy)
        document = found["PolicyDocument"]
        less = {**document, "Statement": _without(document["Statement"], grant)}
        assert less != document
        try:
            self._put(role, policy, less)
            yield
        finally:
            self._put(role, policy, document)

    def _role(self, function: str) -> str:
        return str(self._functions[function]["Role"]).rpartition("/")[2]

    def _put(self, role: str, policy: str, document: Any) -> None:
        self._iam.put_role_policy(
            RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document)
        )

    def _send(self, ask: Ask, **credentials: Any) -> Answer:
        answer = Api(self.url).ask(
            ask.route.method,
            ask.path,
            data=ask.body,
            headers=ask.headers,
            params=ask.query,
            allow_redirects=False,
            **credentials,
        )
        return _answer(answer)


def _document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _answer(response: requests.Response) -> Answer:
    headers = {name.title(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, response.content)


def _without(statements: list[Any], grant: Grant) -> list[Any]:
    """Return the statements that leave all but one permission."""
    kept = []
    for one in statements:
        actions, resources = _listed(one["Action"]), _listed(one["Resource"])
        others = [resource for resource in resources if not _is_about(grant, resource, one)]
        if grant.action in actions and others != resources:
            rest = [action for action in actions if action != grant.action]
            kept += [{**one, "Action": rest}] if rest else []
            kept += [{**one, "Action": [grant.action], "Resource": others}] if others else []
        else:
            kept.append(one)
    return kept


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _is_about(grant: Grant, resource: str, statement: Any) -> bool:
    """Return whether a statement's resource is what a permission of the contract is about."""
    within = resource.rpartition(":")[2]
    bound = json.dumps(statement.get("Condition", {"any": "*"}))
    return {
        "table": "/index/" not in within and f'"{grant.within}*"' in bound,
        "index": within.endswith(f"/index/{grant.within}"),
        "object": "/" in within,
        "bucket": "/" not in within,
    }[grant.resource]
