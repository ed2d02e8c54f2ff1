"""Load test with concurrent callers on an engine of its own: latencies, 5xx, and lost versions.

`python -m benchmarks.load [--seconds 120] [--callers 4]` makes two runs: one without faults, and
one with a proxy that makes S3 and DynamoDB fail, respond late, or not at all. The exit status is 1
if a committed version is missing or differs, or if a caller got a 5xx in the run without faults.
"""

import argparse
import hashlib
import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
import requests

from benchmarks.faults import FaultyProxy
from local import stack
from local.engine import REGION, Engine, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CALLERS: Final = 8
NAMES: Final = 12
SIZES_BYTES: Final = (1_000, 100_000, 1_000_000)
MARK: Final = b"load "
"""Prefix of every upload, because one in thousands of random files looks like a broken pickle."""
ERROR_SHARE: Final = 0.03
LOSS_SHARE: Final = 0.02
DELAY_SHARE: Final = 0.05
SERVER_ERROR: Final = 500
RETRIED: Final = {409, 429, 500, 502, 503, 504}
TRIES: Final = 6
TIMEOUT_S: Final = 60
HEADER: Final = (
    "| operation | requests | p50 ms | p95 ms | p99 ms | max ms |\n|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Run:
    """What all callers did: latencies by operation, statuses, and committed versions' digests."""

    api_url: str
    latencies_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    committed: dict[tuple[str, int], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    problems: list[str] = field(default_factory=list)

    def note(self, operation: str, status: int, seconds: float) -> None:
        """Record one request."""
        with self.lock:
            self.latencies_s[operation].append(seconds)
            self.statuses[status] += 1

    @property
    def server_errors(self) -> int:
        """The number of 5xx responses."""
        return sum(n for status, n in self.statuses.items() if status >= SERVER_ERROR)


class Caller:
    """A client that cycles through its operations until time is up, retrying where allowed."""

    def __init__(self, run: Run, number: int) -> None:
        self.run = run
        self.number = number
        self.session = requests.Session()
        self.turn = itertools.count(number)

    def work(self, until_s: float) -> None:
        """Cycle through the operations; failures are recorded and do not end the run."""
        operations: tuple[Callable[[], None], ...] = (
            self.upload, self.download, self.metadata, self.versions, self.models,
        )  # fmt: skip
        while time.monotonic() < until_s:
            for operation in operations:
                try:
                    operation()
                except requests.RequestException as error:
                    self._problem(f"{operation.__name__}: {type(error).__name__}")

    def upload(self) -> None:
        """Commit new bytes and remember their digest under the returned version number."""
        turn = next(self.turn)
        name = f"load-{turn % NAMES}"
        content = MARK + os.urandom(SIZES_BYTES[turn % len(SIZES_BYTES)])
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Model-Name": name,
            "Idempotency-Key": str(uuid.uuid4()),
        }
        answer = self._ask("upload", "POST", "artifact/model", data=content, headers=headers)
        if answer.status_code != requests.codes.ok:
            self._problem(f"upload: {answer.status_code} after {TRIES} tries")
            return
        key = (name, answer.json()["version"])
        with self.run.lock:
            if key in self.run.committed:
                self.run.problems.append(f"version number assigned twice: {key}")
            self.run.committed[key] = hashlib.sha256(content).hexdigest()

    def download(self) -> None:
        """Download a committed version and compare its bytes."""
        with self.run.lock:
            name, version = list(self.run.committed)[-1 - self.number % len(self.run.committed)]
        self.compare(name, version, "download")

    def compare(self, name: str, version: int, operation: str) -> None:
        """Download a version and compare its bytes with those committed."""
        path = f"artifacts/model/{name}?version={version}"
        answer = self._ask(operation, "GET", path)
        digest = hashlib.sha256(answer.content).hexdigest()
        if digest != self.run.committed[name, version]:
            self._problem(f"{name} version {version}: status {answer.status_code}, wrong bytes")

    def metadata(self) -> None:
        """Read the metadata of a model's newest version."""
        name, _ = next(iter(self.run.committed))
        self._ask("metadata", "GET", f"artifacts/model/{name}?metadata_only=true")

    def versions(self) -> None:
        """List versions."""
        name, _ = next(iter(self.run.committed))
        self._ask("list of versions", "GET", f"artifacts/model/{name}/versions?limit=20")

    def models(self) -> None:
        """List models."""
        self._ask("list of models", "GET", "models?limit=20")

    def _ask(self, operation: str, method: str, path: str, **options: object) -> requests.Response:
        for attempt in range(TRIES):
            started_s = time.monotonic()
            answer = self.session.request(
                method,
                f"{self.run.api_url}/{path}",
                timeout=TIMEOUT_S,
                **options,  # type: ignore[arg-type]  # data and headers
            )
            self.run.note(operation, answer.status_code, time.monotonic() - started_s)
            if answer.status_code not in RETRIED:
                break
            time.sleep(0.1 * 2**attempt)
        return answer

    def _problem(self, text: str) -> None:
        with self.run.lock:
            self.run.problems.append(text)


def load(api_url: str, callers: int, seconds: float) -> Run:
    """Run the callers, then download every committed version once more."""
    run = Run(api_url)
    for number in range(NAMES):
        Caller(run, number).upload()
    until_s = time.monotonic() + seconds
    clients = [Caller(run, number) for number in range(callers)]
    threads = [threading.Thread(target=client.work, args=(until_s,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checker = Caller(run, 0)
    for name, version in run.committed:
        checker.compare(name, version, "check of every version")
    return run


def report(title: str, run: Run) -> None:
    """Print one run as Markdown."""
    print(f"\n{title}: {sum(run.statuses.values())} requests, {len(run.committed)} versions")
    print(f"committed, {len(run.problems)} problems, {run.server_errors} responses with 5xx.\n")
    print(HEADER)
    for operation, seconds in run.latencies_s.items():
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        cells = (cuts[49], cuts[94], cuts[98], max(seconds))
        print(
            f"| {operation} | {len(seconds)} | "
            + " | ".join(f"{c * 1e3:.0f}" for c in cells)
            + " |"
        )
    print(f"\nstatuses: {dict(sorted(run.statuses.items()))}")
    for problem in run.problems[:10]:
        print(f"PROBLEM {problem}")


def send_through(proxy: FaultyProxy, engine: Engine) -> None:
    """Point every function to the proxy through its environment."""
    client = boto3.client(
        "lambda",
        endpoint_url=engine.url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the engine accepts any key
    )
    for function in client.list_functions()["Functions"]:
        variables = function.get("Environment", {}).get("Variables", {})
        client.update_function_configuration(
            FunctionName=function["FunctionName"],
            Environment={"Variables": {**variables, "AWS_ENDPOINT_URL": proxy.url}},
        )


def main() -> int:
    """Run both loads; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--callers", type=int, default=4, choices=range(1, MAX_CALLERS + 1))
    given, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as home:
        engine = Engine(Path(home))
        engine.start(free_port(), with_parent=True)
        try:
            api_url = stack.deploy(engine, Path(home) / "cdk").api_url
            calm = load(api_url, given.callers, given.seconds)
            report("Without faults", calm)
            proxy = FaultyProxy(engine.port)
            send_through(proxy, engine)
            proxy.error_share, proxy.delay_share = ERROR_SHARE, DELAY_SHARE
            proxy.loss_share = LOSS_SHARE
            faulty = load(api_url, given.callers, given.seconds)
            shares = f"{ERROR_SHARE:.0%} errors, {LOSS_SHARE:.0%} lost responses"
            report(f"With {shares} and {DELAY_SHARE:.0%} delays", faulty)
            print(f"injected: {proxy.injected}")
            proxy.shutdown()
        finally:
            engine.stop()
    lost = bool(calm.problems or faulty.problems)
    return int(lost or calm.server_errors > 0)


if __name__ == "__main__":
    sys.exit(main())
