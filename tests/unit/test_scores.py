"""Scores: from 0 to 1, and only ever better with more of what they measure."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lambdas.registry.model import Head, Model, Record
from lambdas.registry.scores import DEVICES, SCORES, net_score, scored, size_score
from lambdas.registry.verdict import Verdict
from lambdas.registry.version import Summary

summaries = st.builds(
    Summary,
    number=st.integers(1, 9),
    created_at=st.just("now"),
    size=st.integers(0, 10**13),
    verdict=st.sampled_from(Verdict),
    files=st.integers(1, 1000),
    readme=st.booleans(),
    license_file=st.booleans(),
    libraries=st.booleans(),
)
records = st.builds(
    lambda heads, license_name, size, description: Record(
        Model("m", size=size, license=license_name),
        heads={kind: Head(summary, None) for kind, summary in heads.items()},
        description=description,
    ),
    heads=st.dictionaries(st.sampled_from(["model", "code", "dataset"]), summaries, max_size=3),
    license_name=st.sampled_from(["unknown", "MIT", "mpl-2.0", "LGPL-3.0-only", "custom", ""]),
    size=st.integers(0, 10**13),
    description=st.sampled_from(["", "words"]),
)
best = Summary(1, "now", 1, Verdict.CLEAN, 1, readme=True, license_file=True, libraries=True)


def flat(record: Record) -> dict[str, float]:
    scores = scored(record).scores
    return {
        f"{name}.{device}": value
        for name, score in scores.items()
        for device, value in (score if isinstance(score, dict) else {"": score}).items()
    }


@given(records)
def test_every_score_is_between_0_and_1_and_has_its_latency(record: Record) -> None:
    model = scored(record)
    assert all(0 <= value <= 1 for value in flat(record).values())
    assert set(model.scores) == {*SCORES, "net_score"} == set(model.scores_latency)
    assert all(milliseconds >= 0 for milliseconds in model.scores_latency.values())


@given(records, st.sampled_from(["model", "code", "dataset"]))
def test_a_best_version_of_a_type_lowers_no_score(record: Record, kind: str) -> None:
    # GIVEN the same record with a clean, documented version of that type
    better = replace(record, heads={**record.heads, kind: Head(best, None)})
    before, after = flat(record), flat(better)
    assert all(after[name] >= before[name] for name in before)


@given(records)
def test_a_known_license_and_a_description_lower_no_score(record: Record) -> None:
    better = replace(record, model=replace(record.model, license="MIT"), description="words")
    before, after = flat(record), flat(better)
    assert all(after[name] >= before[name] for name in before)


@given(records, st.integers(1, 10**13))
def test_a_bigger_model_scores_no_better_on_any_device(record: Record, more: int) -> None:
    bigger = replace(record, model=replace(record.model, size=record.model.size + more))
    assert all(size_score(bigger)[device] <= size_score(record)[device] for device in DEVICES)


@given(records)
def test_a_malicious_version_takes_the_net_score_to_zero(record: Record) -> None:
    summary = replace(best, verdict=Verdict.MALICIOUS)
    condemned = replace(record, heads={**record.heads, "model": Head(summary, None)})
    assert net_score(scored(condemned).scores) == 0
