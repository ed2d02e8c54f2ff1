"""One transfer by one client: prints wall seconds, CPU seconds and peak memory as JSON.

`benchmarks.transfers` runs it in a new process, in the environment of the measured client. Wall
time is that of the transfer; CPU time and memory are those of the process, including imports.
"""

import hashlib
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

MIB = 1024**2
BLOCK = MIB


def modelguard_push(job):
    from modelguard import Client

    client = Client(job["registry"])
    return lambda: client.push(job["path"], name=job["name"])


def modelguard_pull(job):
    from modelguard import Client

    client = Client(job["registry"])
    return lambda: client.pull(job["name"], to=job["target"])


def _s3(job):
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=job["s3"],
        aws_access_key_id=job["key_id"],
        aws_secret_access_key=job["secret"],
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=16),
    )


def _tuned():
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(
        multipart_threshold=64 * MIB,
        multipart_chunksize=16 * MIB,
        max_concurrency=4,
        io_chunksize=MIB,
    )


def boto3_push(job, config=None):
    s3 = _s3(job)
    return lambda: s3.upload_file(job["path"], job["bucket"], job["name"], Config=config)


def boto3_pull(job, config=None):
    s3 = _s3(job)
    target = _target(job)
    return lambda: s3.download_file(job["bucket"], job["key"], target, Config=config)


def boto3_tuned_push(job):
    return boto3_push(job, _tuned())


def boto3_tuned_pull(job):
    return boto3_pull(job, _tuned())


def urllib3_push(job):
    import urllib3

    http = urllib3.PoolManager()

    def push():
        with open(job["path"], "rb") as body:
            length = str(Path(job["path"]).stat().st_size)
            answer = http.request(
                "PUT", job["put_url"], body=body, headers={"Content-Length": length}
            )
        assert answer.status == 200, answer.data

    return push


def urllib3_pull(job):
    import urllib3

    http = urllib3.PoolManager()
    target = _target(job)

    def pull():
        answer = http.request("GET", job["get_url"], preload_content=False)
        with open(target, "wb") as to:
            to.writelines(answer.stream(BLOCK))

    return pull


def urllib3_verified_pull(job):
    pull = urllib3_pull(job)
    target = _target(job)

    def pull_and_hash():
        pull()
        with open(target, "rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()

    return pull_and_hash


def bare_reads_pull(job):
    """Read over four connections and discard the bytes: roughly the limit of server and machine."""
    url = urlsplit(job["get_url"])
    size = Path(job["path"]).stat().st_size

    def read(start):
        connection = HTTPConnection(url.netloc)
        byte_range = f"bytes={start}-{min(size, start + 16 * MIB) - 1}"
        connection.request("GET", f"{url.path}?{url.query}", headers={"Range": byte_range})
        answer, buffer = connection.getresponse(), bytearray(BLOCK)
        assert answer.status == 206, answer.status
        read = 0
        while count := answer.readinto(buffer):
            read += count
        connection.close()
        return read

    def pull():
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(read, range(0, size, 16 * MIB))) == size

    return pull


def mlflow_push(job):
    client = _mlflow(job)
    return lambda: client.log_artifact(job["run_id"], job["path"], job["name"])


def mlflow_pull(job):
    client = _mlflow(job)
    path = f"{job['mlflow_name']}/{Path(job['path']).name}"
    return lambda: client.download_artifacts(job["run_id"], path, job["target"])


def mlflow_run(job):
    """Create the run that the artifacts belong to, and print its id."""
    client = _mlflow(job)
    print(client.create_run("0").info.run_id)


def _mlflow(job):
    from mlflow import MlflowClient

    return MlflowClient(job["mlflow"])


def _target(job):
    return str(Path(job["target"]) / "file")


def _peak_mb():
    """Return peak resident memory in MB; rusage would include the parent's memory at the fork."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0


if __name__ == "__main__":
    name, job = sys.argv[1], json.loads(sys.argv[2])
    transfer = globals()[name](job)
    if transfer:
        started = time.perf_counter()
        transfer()
        seconds = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            json.dumps(
                {
                    "wall_s": seconds,
                    "cpu_s": used.ru_utime + used.ru_stime,
                    "memory_mb": _peak_mb(),
                }
            )
        )
