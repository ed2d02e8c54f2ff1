"""CPU time of each handler's initialization, first and warm request, relative to a naive handler.

Ours run from the deployed bundle (`infra.bundle`), the naive one from the same locked packages as
installed, both with byte code. Each run is a new process, the runs alternate, and the median
counts. The request is a metadata read.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

from uv import find_uv_bin

from infra import bundle
from infra.bundle import Platform
from infra.config import Config
from lambdas.contract.functions import FUNCTIONS
from tools import ROOT

ROUNDS: Final = 15
HOME: Final = ROOT / ".local" / "bench" / "cold_start"
LAMBDA: Final = {
    "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_EC2_METADATA_DISABLED": "true",
    "LAMBDA_TASK_ROOT": "/var/task",
    "_X_AMZN_TRACE_ID": f"Root=1-5759e988-{'0' * 24};Parent={'0' * 16};Sampled=0",
}
PROGRAM: Final = Path(__file__).parent / "programs" / "request_cost.py"
KINDS: Final = ("init", "first", "warm")


def main() -> None:
    """Print the table."""
    ours, naive = _build_ours(), _build_naive()
    programs = {"naive": (naive, "naive_handler")}
    programs |= {function.name: (ours, f"{function.module}.handler") for function in FUNCTIONS}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, (path, module) in programs.items():
            runs[name].append(_costs(path, module, requests=name in {"naive", "GetArtifact"}))
    costs = {name: _medians(measured) for name, measured in runs.items()}
    print(f"{'CPU ms':<18}" + "".join(f"{kind:>8}{'ratio':>8}" for kind in KINDS))
    for name, cost in costs.items():
        cells = "".join(
            f"{cost[kind] * 1e3:>8.2f}{cost[kind] / costs['naive'][kind]:>8.2f}"
            for kind in KINDS
            if kind in cost
        )
        print(f"{name:<18}{cells}")


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {kind: statistics.median(run[kind] for run in runs) for kind in runs[0]}


def _build_ours() -> str:
    """Build the layer and the sources like a deployment to this machine."""
    platform = Platform.of(Config(target="local", auth="none"))
    layer, sources = HOME / "layer", HOME / "sources"
    if not layer.exists():
        bundle.build_dependencies(platform, layer)
    bundle.build_sources(platform, sources)
    return os.pathsep.join((str(sources), str(layer / "python")))


def _build_naive() -> str:
    """Install the same locked packages unmodified, and the X-Ray SDK that the Tracer needs."""
    target = HOME / "naive"
    if not target.exists():
        install = [find_uv_bin(), "pip", "install", "--quiet", "--target", str(target)]
        python = ["--python", sys.executable]
        subprocess.run(  # noqa: S603 - our own arguments
            [*install, *python, "--requirements", str(bundle.LOCK), "aws-xray-sdk"], check=True
        )
    source = PROGRAM.with_name("naive_handler.py")
    (target / source.name).write_bytes(source.read_bytes())
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(target)], check=True)  # noqa: S603
    return str(target)


def _costs(path: str, module: str, *, requests: bool) -> dict[str, float]:
    """Return the CPU seconds of a new process: `init` and, with `requests`, `first` and `warm`."""
    command = [sys.executable, "-s", str(PROGRAM), module, *(["--requests"] if requests else [])]
    environment = {**LAMBDA, "PATH": os.defpath, "PYTHONPATH": path}
    done = subprocess.run(  # noqa: S603 - our own arguments
        command,
        env=environment,
        check=True,
        cwd=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    costs: dict[str, float] = json.loads(done.stdout)
    return costs


if __name__ == "__main__":
    main()
