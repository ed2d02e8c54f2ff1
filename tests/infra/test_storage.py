"""What keeps the data safe, and the identities that must never change."""

from typing import Any

from lambdas.contract.table import (
    LISTING_ATTRIBUTES,
    LISTING_INDEX,
    LISTING_KEY,
    SWEEP_INDEX,
    SWEEP_KEY,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
    TABLE_TTL_ATTRIBUTE,
)
from tests.infra.conftest import Synthesize
from tests.infra.template import Template

# A changed id replaces the resource, and the data stays in the old one.
PINNED = {
    "StorageBucket5CB7C8EA": "AWS::S3::Bucket",
    "StorageTableB43FDCE7": "AWS::DynamoDB::GlobalTable",
    "ApiRestApiE35FEAFE": "AWS::ApiGateway::RestApi",
}


def test_resources_that_hold_data_or_addresses_keep_their_ids(
    aws: Template, local: Template
) -> None:
    kinds = set(PINNED.values())

    for template in (aws, local):
        found = {
            id_: resource["Type"]
            for id_, resource in template.body["Resources"].items()
            if resource["Type"] in kinds
        }

        assert found == PINNED


def test_the_bucket_is_private_versioned_encrypted_and_kept(aws: Template) -> None:
    id_, bucket = aws.only("AWS::S3::Bucket")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    (owner,) = bucket["OwnershipControls"]["Rules"]
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert "BucketName" not in bucket
    assert aws.resource(id_)["DeletionPolicy"] == "Retain"
    assert aws.resource(id_)["UpdateReplacePolicy"] == "Retain"


def test_the_bucket_refuses_requests_without_tls(aws: Template) -> None:
    _, policy = aws.only("AWS::S3::BucketPolicy")
    conditions = [one["Condition"] for one in policy["PolicyDocument"]["Statement"]]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions


def test_the_only_lifecycle_rule_aborts_uploads_and_expires_nothing(aws: Template) -> None:
    _, bucket = aws.only("AWS::S3::Bucket")
    # THEN records pin object versions, so no version may expire
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule == {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        "Id": "AbortUploads",
        "Status": "Enabled",
    }


def test_the_table_has_the_contract_keys_and_indexes(aws: Template) -> None:
    _, table = aws.only("AWS::DynamoDB::GlobalTable")

    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}

    assert keys(table) == [TABLE_PARTITION_KEY, TABLE_SORT_KEY]
    assert table["TimeToLiveSpecification"] == {
        "AttributeName": TABLE_TTL_ATTRIBUTE,
        "Enabled": True,
    }
    listing, sweep = indexes.pop(LISTING_INDEX), indexes.pop(SWEEP_INDEX)
    assert not indexes
    assert keys(listing) == [LISTING_KEY, TABLE_PARTITION_KEY]
    assert listing["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": list(LISTING_ATTRIBUTES),
    }
    assert keys(sweep) == [SWEEP_KEY, SWEEP_SORT_KEY]
    assert sweep["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_table_is_on_demand_restorable_protected_and_kept(aws: Template) -> None:
    id_, table = aws.only("AWS::DynamoDB::GlobalTable")
    (replica,) = table["Replicas"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert replica["DeletionProtectionEnabled"] is True
    assert aws.resource(id_)["DeletionPolicy"] == "Retain"


def test_a_stage_can_be_configured_to_delete_its_data_with_it(synthesize: Synthesize) -> None:
    template = synthesize(stage="dev", retain_data="false")
    resources = template.body["Resources"].values()
    policies = {one["DeletionPolicy"] for one in resources if "DeletionPolicy" in one}
    _, table = template.only("AWS::DynamoDB::GlobalTable")
    assert policies == {"Delete"}
    assert table["Replicas"][0]["DeletionProtectionEnabled"] is False


def keys(schema: dict[str, Any]) -> list[str]:
    return [key["AttributeName"] for key in schema["KeySchema"]]
