"""Slim botocore data: the same operations, endpoints and shapes, without prose."""

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore
import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import Session

from infra.botocore_data import SERVICES, slim

SHIPPED = Path(botocore.__file__).parent / "data"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slimmed data of the services that are called, and of one that is not."""
    folder = tmp_path_factory.mktemp("data")
    for entry in SHIPPED.iterdir():
        if entry.is_file():
            shutil.copy(entry, folder)
        elif entry.name in {*SERVICES, "sqs"}:
            shutil.copytree(entry, folder / entry.name)
    slim(folder)
    return folder


def slim_session(data: Path) -> Session:
    session = Session()
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    return session


def signature(shape: Any) -> Any:
    """Return what a shape says to a serializer."""
    return (shape.type_name, dict(shape.serialization), sorted(getattr(shape, "members", {})))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_keeps_every_operation_with_its_shapes(data: Path, service: str) -> None:
    def model(session: Session) -> ServiceModel:
        return session.get_service_model(service)

    slimmed, shipped = model(slim_session(data)), model(Session())

    assert slimmed.operation_names == shipped.operation_names
    for name in shipped.operation_names:
        ours, theirs = slimmed.operation_model(name), shipped.operation_model(name)
        assert ours.http == theirs.http
        for kind in ("input_shape", "output_shape"):
            shape = getattr(theirs, kind)
            assert not shape or signature(getattr(ours, kind)) == signature(shape)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_client_finds_the_same_endpoint(data: Path, service: str, region: str) -> None:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    slimmed = slim_session(data).create_client(service, region, **keys)
    shipped = Session().create_client(service, region, **keys)
    assert slimmed.meta.endpoint_url == shipped.meta.endpoint_url


def test_a_client_sends_the_same_request(data: Path) -> None:
    def url(session: Session) -> str:
        client = session.create_client(
            "s3",
            "eu-central-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
        )
        parameters = {"Bucket": "bucket", "Key": "a/ü", "VersionId": "1"}
        return str(client.generate_presigned_url("get_object", Params=parameters))

    slimmed, shipped = (urlsplit(url(session)) for session in (slim_session(data), Session()))

    assert slimmed[:3] == shipped[:3]
    assert parse_qs(slimmed.query).keys() == parse_qs(shipped.query).keys()


def test_what_no_function_reads_is_gone(data: Path) -> None:
    assert not (data / "sqs").exists()
    assert not list(data.rglob("*.gz"))
    assert not list(data.rglob("examples-1.json"))


def test_the_prose_is_gone(data: Path) -> None:
    assert "<p>" not in (data / "s3/2006-03-01/service-2.json").read_text(encoding="utf-8")
