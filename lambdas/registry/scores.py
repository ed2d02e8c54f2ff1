"""A model's scores from 0 to 1: one function each, monotonic in what it measures.

They depend on the record alone and are computed on every read, so that none can be out of date.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import perf_counter_ns
from types import MappingProxyType
from typing import Final

from lambdas.registry.model import UNKNOWN_LICENSE, Model, Record
from lambdas.registry.verdict import Verdict

_MIB: Final = 1024 * 1024
DEVICES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "raspberry_pi": 512 * _MIB,
        "jetson_nano": 2 * 1024 * _MIB,
        "desktop_pc": 16 * 1024 * _MIB,
        "aws_server": 128 * 1024 * _MIB,
    }
)
"""Memory of each device class, in bytes."""
_SAFETY: Final[Mapping[Verdict, float]] = MappingProxyType(
    {
        Verdict.CLEAN: 1.0,
        Verdict.UNKNOWN: 0.5,
        Verdict.SUSPICIOUS: 0.25,
        Verdict.INCONCLUSIVE: 0.25,
        Verdict.PENDING: 0.0,
        Verdict.MALICIOUS: 0.0,
    }
)
_PERMISSIVE: Final = frozenset(
    {
        "0bsd",
        "apache-2.0",
        "bsd-2-clause",
        "bsd-3-clause",
        "bsl-1.0",
        "cc-by-4.0",
        "cc0-1.0",
        "isc",
        "mit",
        "unlicense",
        "zlib",
    }
)
_SHARE_ALIKE: Final = re.compile(r"(?:cc-by-sa|epl|lgpl|mpl)-[0-9.]+(?:-only|-or-later)?\Z")

Score = float | dict[str, float]


def safety(record: Record) -> float:
    """Return the worst of the newest versions: clean 1, unknown 0.5, not cleared 0.25, else 0."""
    return min((_SAFETY[head.summary.verdict] for head in record.heads.values()), default=0.0)


def license_score(record: Record) -> float:
    """Return 1 for a permissive SPDX license, 0.75 for share-alike, 0.5 for others, 0 for none."""
    name = record.model.license.strip().lower()
    if name in _PERMISSIVE:
        return 1.0
    if _SHARE_ALIKE.match(name):
        return 0.75
    return 0.0 if name in {"", UNKNOWN_LICENSE} else 0.5


def size_score(record: Record) -> dict[str, float]:
    """Return the share of memory that the model leaves free on each device class, 0 if no model."""
    if "model" not in record.heads:
        return dict.fromkeys(DEVICES, 0.0)
    return {
        device: round(max(0.0, 1 - record.model.size / capacity), 4)
        for device, capacity in DEVICES.items()
    }


def dataset_and_code_score(record: Record) -> float:
    """Return 0.5 for a dataset plus 0.5 for code under the name."""
    return 0.5 * ("dataset" in record.heads) + 0.5 * ("code" in record.heads)


def documentation(record: Record) -> float:
    """Return 0.5 for a README or model card, plus 0.3 for a description, 0.2 for a license file."""
    readme = any(head.summary.readme for head in record.heads.values())
    license_file = any(head.summary.license_file for head in record.heads.values())
    return round(0.5 * readme + 0.3 * bool(record.description) + 0.2 * license_file, 4)


def reproducibility(record: Record) -> float:
    """Return 0.4 for code, plus 0.3 for a dataset, 0.3 if the model names its library versions."""
    model = record.heads.get("model")
    libraries = bool(model and model.summary.libraries)
    code, dataset = "code" in record.heads, "dataset" in record.heads
    return round(0.4 * code + 0.3 * dataset + 0.3 * libraries, 4)


SCORES: Final[Mapping[str, Callable[[Record], Score]]] = MappingProxyType(
    {
        "safety": safety,
        "license": license_score,
        "size_score": size_score,
        "dataset_and_code_score": dataset_and_code_score,
        "documentation": documentation,
        "reproducibility": reproducibility,
    }
)


def net_score(scores: Mapping[str, Score]) -> float:
    """Return safety times the mean of the other scores; size counts as the mean of its devices."""
    others = [_mean(score) for name, score in scores.items() if name != "safety"]
    return round(_mean(scores["safety"]) * sum(others) / len(others), 4)


def scored(record: Record) -> Model:
    """Return the record's model with its scores and the milliseconds that each took."""
    scores: dict[str, Score] = {}
    latency_ms: dict[str, float] = {}
    for name, score in SCORES.items():
        started_ns = perf_counter_ns()
        scores[name] = score(record)
        latency_ms[name] = (perf_counter_ns() - started_ns) / 1e6
    started_ns = perf_counter_ns()
    scores["net_score"] = net_score(scores)
    latency_ms["net_score"] = (perf_counter_ns() - started_ns) / 1e6
    return replace(record.model, scores=scores, scores_latency=latency_ms)


def _mean(score: Score) -> float:
    return sum(score.values()) / len(score) if isinstance(score, dict) else score
