"""Questions that the tests ask a CloudFormation template."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Template:
    body: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties by logical id."""
        return {
            id_: resource.get("Properties", {})
            for id_, resource in self.body["Resources"].items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> tuple[str, dict[str, Any]]:
        ((id_, properties),) = self.of_type(kind).items()
        return id_, properties

    def resource(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = self.body["Resources"][id_]
        return found

    def methods(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every method of the API by its verb and full path."""
        return {
            (method["HttpMethod"], self._path(method["ResourceId"])): method
            for method in self.of_type("AWS::ApiGateway::Method").values()
        }

    def grants(self, role: str) -> set[tuple[str, str]]:
        """Pairs of action and resource that a role allows, from every policy that names it.

        Where only some partitions of a table are meant, the resource ends with how they begin.
        """
        properties = self.of_type("AWS::IAM::Role")[role]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [
            policy["PolicyDocument"]
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
        ]
        return {pair for document in documents for pair in _allowed(document)}

    def _path(self, resource_id: dict[str, Any]) -> str:
        if "Ref" not in resource_id:
            return ""
        resource = self.of_type("AWS::ApiGateway::Resource")[resource_id["Ref"]]
        return f"{self._path(resource['ParentId'])}/{resource['PathPart']}"


def _allowed(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & set(statement)
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield action, json.dumps(resource, sort_keys=True) + _partitions(statement)


def _partitions(statement: dict[str, Any]) -> str:
    condition = statement.get("Condition")
    if condition is None:
        return ""
    (keys,) = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert condition == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]}}
    return f" {keys}"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
