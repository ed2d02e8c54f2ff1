"""Speed, CPU time and memory of push and pull, next to other clients of the same S3 server.

ModelGuard's figures include its calls to the registry and the SHA-256 of every byte, which among
the others only `urllib3 verified` computes; `bare reads` discards the bytes and shows roughly the
limit of server and machine. Each transfer is a new process, the clients alternate, and the best of
the rounds counts, because other load can only slow a transfer down.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from benchmarks.gateway import gateway
from benchmarks.peers import HOME, environment_of
from benchmarks.s3_server import BUCKET, s3_server
from local import stack
from local.engine import HOST, Engine, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.s3_server import S3Server

MB: Final = 10**6
SIZES_MB: Final = tuple(
    int(size) for size in os.environ.get("MODELGUARD_BENCH_MB", "1,64,420,1000").split(",")
)
ROUNDS: Final = int(os.environ.get("MODELGUARD_BENCH_ROUNDS", "3"))
PROGRAM: Final = Path(__file__).parent / "programs" / "transfer.py"
PUSHES: Final = ("modelguard", "boto3", "boto3_tuned", "urllib3", "mlflow")
PULLS: Final = (
    "modelguard", "boto3", "boto3_tuned", "urllib3", "urllib3_verified", "mlflow", "bare_reads"
)  # fmt: skip
START_S: Final = 90
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
MEMORY_SHARE: Final = 0.6
"""Share of the free memory to use; the servers need the rest."""


def main() -> None:
    """Print a table for each size."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # stops the servers too
    with TemporaryDirectory(dir=_place()) as folder, ExitStack() as running:
        home = Path(folder)
        engine = Engine(home / "engine")
        engine.start(free_port(), with_parent=True)
        running.callback(engine.stop)
        deployed = stack.deploy(engine, home / "cdk")
        s3 = running.enter_context(s3_server(home / "s3"))
        url = running.enter_context(gateway(engine, deployed.table, s3))
        pythons = {"mlflow": environment_of("mlflow", "mlflow>=3", "boto3")}
        settings: dict[str, Any] = {
            "registry": url,
            "s3": s3.url,
            "key_id": s3.key_id,
            "secret": s3.secret,
            "bucket": BUCKET,
        }
        if pythons["mlflow"]:
            server = _mlflow_server(pythons["mlflow"], home / "mlflow", s3)
            settings["mlflow"] = running.enter_context(server)
            settings["run_id"] = _run(pythons["mlflow"], "mlflow_run", settings, home).strip()
        for size_mb in SIZES_MB:
            _measure(home, size_mb, settings, pythons, s3)


def _place() -> Path:
    """Return where to put all files: in memory if they fit, to exclude the disk, else on disk."""
    needed = sum(SIZES_MB) * MB * (len(PUSHES) * ROUNDS + 2)
    if MEMORY.is_dir() and needed < MEMORY_SHARE * min(
        shutil.disk_usage(MEMORY).free, _free_memory_bytes()
    ):
        print("The server's data and the files are in memory.")
        return MEMORY
    print("The server's data and the files are on disk, because they do not fit into memory.")
    HOME.mkdir(parents=True, exist_ok=True)
    return HOME


def _free_memory_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def _measure(
    home: Path,
    size_mb: int,
    settings: Mapping[str, Any],
    pythons: Mapping[str, Path | None],
    s3: S3Server,
) -> None:
    source = home / "source.bin"
    block = os.urandom(MB)
    with source.open("wb") as to:
        for number in range(size_mb):
            to.write(number.to_bytes(4, "big") + block[4:])
    results: dict[tuple[str, str], list[dict[str, float]]] = {}
    for turn in range(ROUNDS):
        names = {}
        for tool in _rotated(PUSHES, turn):
            if tool in pythons and not pythons[tool]:
                continue
            names[tool] = f"{tool.replace('_', '-')}-{size_mb}-{turn}"
            job = {**settings, "path": str(source), "name": names[tool]}
            job["put_url"] = s3.client().generate_presigned_url(
                "put_object", {"Bucket": BUCKET, "Key": names[tool]}
            )
            results.setdefault(("push", tool), []).append(
                _transfer(pythons.get(tool), f"{tool}_push", job, home)
            )
        for tool in _rotated(PULLS, turn):
            if tool in pythons and not pythons[tool]:
                continue
            job = {**settings, "path": str(source), "name": names["modelguard"]}
            job |= {"key": names["boto3"], "mlflow_name": names.get("mlflow")}
            job["get_url"] = s3.client().generate_presigned_url(
                "get_object", {"Bucket": BUCKET, "Key": names["boto3"]}
            )
            results.setdefault(("pull", tool), []).append(
                _transfer(pythons.get(tool), f"{tool}_pull", job, home)
            )
    source.unlink()
    for direction in ("push", "pull"):
        _print(direction, size_mb, {k[1]: v for k, v in results.items() if k[0] == direction})


def _rotated(tools: tuple[str, ...], turn: int) -> tuple[str, ...]:
    """Return the tools rotated, because the first one in a round has the coldest caches."""
    first = turn * 2 % len(tools)
    return tools[first:] + tools[:first]


def _transfer(python: Path | None, name: str, job: dict[str, Any], home: Path) -> dict[str, float]:
    target = home / "target"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    found: dict[str, float] = json.loads(_run(python, name, {**job, "target": str(target)}, home))
    return found


def _run(python: Path | None, name: str, job: Mapping[str, Any], home: Path) -> str:
    with TemporaryDirectory(dir=home) as folder:
        settings = {"MODELGUARD_CACHE": folder, "TMPDIR": folder}
        command = [str(python or sys.executable), str(PROGRAM), name, json.dumps(job)]
        done = subprocess.run(  # noqa: S603 - the project's own program
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings, "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"},
        )
    return done.stdout.splitlines()[-1]


def _print(direction: str, size_mb: int, found: Mapping[str, list[dict[str, float]]]) -> None:
    best = {tool: min(runs, key=lambda run: run["wall_s"]) for tool, runs in found.items()}
    ours = best["modelguard"]["wall_s"]
    print(f"\n{direction} of {size_mb} MB, best of {ROUNDS}\n")
    print("| client | MB/s | ModelGuard is | CPU s | memory MB |\n|---|---|---|---|---|")
    for tool in PUSHES if direction == "push" else PULLS:
        if tool not in best:
            continue
        run = best[tool]
        speed, ratio = size_mb / run["wall_s"], run["wall_s"] / ours
        print(
            f"| {tool.replace('_', ' ')} | {speed:,.0f} | {ratio:.2f}x as fast "
            f"| {run['cpu_s']:.2f} | {run['memory_mb']:.0f} |",
            flush=True,
        )


@contextmanager
def _mlflow_server(python: Path, home: Path, s3: S3Server) -> Iterator[str]:
    """Run MLflow's tracking server, which proxies artifacts to the S3 server."""
    home.mkdir()
    url = f"http://{HOST}:{(port := free_port())}"
    settings = {
        "AWS_ACCESS_KEY_ID": s3.key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "MLFLOW_S3_ENDPOINT_URL": s3.url,
        "TMPDIR": str(home),  # it spools artifacts
    }
    command = [str(python), "-m", "mlflow", "server", "--host", HOST, "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--workers", "2"]
    command += ["--artifacts-destination", f"s3://{BUCKET}/mlflow"]
    with (
        (home / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603 - the peer just installed
            command,
            cwd=home,
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait(f"{url}/health")
            yield url
        finally:
            os.killpg(process.pid, 15)


def _wait(url: str) -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} did not respond")


if __name__ == "__main__":
    main()
