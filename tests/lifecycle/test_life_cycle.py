"""The whole life cycle against a plain dict, which the registry must agree with."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support import aws, events, use_cases
from tests.support.gateway import Answer
from tests.support.invariants import assert_swept, assert_whole
from tests.support.sharing import share

NAMES = st.sampled_from(["alpha", "beta"])
KINDS = st.sampled_from(["model", "code"])
NUMBERS = st.integers(1, 6)
ALIASES = st.sampled_from(["prod", "best"])
CONTENTS = st.binary(min_size=1, max_size=3)
WORDS = st.sampled_from(["", "MIT", "Apache-2.0"])
KEYS = st.sampled_from(["", "key-1", "key-2"])


@dataclass
class Expected:
    """What a name stands for."""

    versions: dict[str, dict[int, bytes]] = field(default_factory=dict)
    aliases: dict[str, dict[str, int]] = field(default_factory=dict)
    license: str = "unknown"
    tags: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> dict[int, bytes]:
        return self.versions.get(kind, {})


class LifeCycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.cloud = aws.empty_registry()
        self.cloud.__enter__()
        self.models: dict[str, Expected] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.answers: dict[tuple[Any, ...], tuple[Any, Answer]] = {}

    def teardown(self) -> None:
        use_cases.sweep()
        assert_swept()
        self.cloud.__exit__(None, None, None)

    def replayed(self, request: tuple[Any, ...], body: Any, answer: Answer) -> bool:
        """Return whether the answer is that of an earlier request under the same key."""
        key = request[-1]
        if not key:
            return False
        if request in self.answers:
            first_body, first = self.answers[request]
            if first_body == body:
                assert (answer.status, answer.body) == (first.status, first.body)
            else:
                assert answer.error_code == "IDEMPOTENCY_KEY_REUSED"
            return True
        if answer.status < 400:
            self.answers[request] = (body, answer)
        return False

    @rule(name=NAMES, kind=KINDS, content=CONTENTS, key=KEYS)
    def upload(self, name: str, kind: str, content: bytes, key: str) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        answer = events.upload(content, name=name, kind=kind, headers=headers)
        if self.replayed(("upload", kind, key), (name, content), answer):
            return
        self.committed(name, kind, content)
        assert answer.json["version"] == self.counts[name, kind]

    def committed(self, name: str, kind: str, content: bytes) -> None:
        number = self.counts[name, kind] = self.counts.get((name, kind), 0) + 1
        expected = self.models.setdefault(name, Expected())
        expected.versions.setdefault(kind, {})[number] = content

    @rule(name=NAMES, kind=KINDS, number=NUMBERS)
    def share(self, name: str, kind: str, number: int) -> None:
        content = self.models.get(name, Expected()).of(kind).get(number)
        if content is not None:
            assert share(name, number, kind) == self.counts[name, kind] + 1
            self.committed(name, kind, content)

    @rule(name=NAMES, kind=KINDS, number=NUMBERS, key=KEYS)
    def delete_version(self, name: str, kind: str, number: int, key: str) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        answer = events.delete_version(number, name, kind=kind, headers=headers)
        if self.replayed(("delete-version", name, kind, key), number, answer):
            return
        expected = self.models.get(name)
        if expected is None:
            assert answer.error_code == "MODEL_NOT_FOUND"
        elif not expected.of(kind):
            assert answer.error_code == "ARTIFACT_NOT_FOUND"
        elif number not in expected.of(kind):
            assert answer.error_code == "VERSION_NOT_FOUND"
        elif number in expected.aliases.get(kind, {}).values():
            assert answer.error_code == "CONFLICT"
        else:
            assert answer.status == 204
            del expected.versions[kind][number]

    @precondition(lambda self: len(self.counts) > 2)
    @rule(name=NAMES, key=KEYS, fails=st.booleans())
    def delete_model(self, name: str, key: str, *, fails: bool) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        if fails:
            with aws.failing("s3", "DeleteObjects", "InternalError"):
                answer = events.delete_model(name, headers)
        else:
            answer = events.delete_model(name, headers)
        if self.replayed(("delete-model", name, key), None, answer):
            return
        if self.models.pop(name, None) is not None:
            assert answer.status == 204
        else:
            # A delete whose objects are still there is finished by its retry.
            assert answer.status in {204, 404}

    @rule(name=NAMES, kind=KINDS, alias=ALIASES, number=NUMBERS, key=KEYS)
    def put_alias(self, name: str, kind: str, alias: str, number: int, key: str) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        answer = events.put_alias(alias, number, name, kind=kind, headers=headers)
        if self.replayed(("put-alias", name, kind, alias, key), number, answer):
            return
        expected = self.models.get(name, Expected())
        assert (answer.status == 200) == (number in expected.of(kind))
        if answer.status == 200:
            expected.aliases.setdefault(kind, {})[alias] = number

    @rule(name=NAMES, kind=KINDS, alias=ALIASES)
    def delete_alias(self, name: str, kind: str, alias: str) -> None:
        answer = events.delete_alias(alias, name, kind=kind)
        expected = self.models.get(name, Expected())
        known = expected.aliases.get(kind, {}).pop(alias, None)
        assert (answer.status == 204) == (known is not None)

    @rule(name=NAMES, words=WORDS, key=KEYS)
    def patch(self, name: str, words: str, key: str) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        answer = events.patch_model({"license": words, "tags": {"t": words}}, name, headers)
        if self.replayed(("patch", name, key), words, answer):
            return
        expected = self.models.get(name)
        assert (answer.status == 200) == (expected is not None)
        if expected is not None:
            expected.license, expected.tags = words or "unknown", {"t": words}

    @rule(name=NAMES, kind=KINDS, selector=st.one_of(ALIASES, NUMBERS, st.just("latest")))
    def get(self, name: str, kind: str, selector: str | int) -> None:
        expected = self.models.get(name, Expected())
        versions = expected.of(kind)
        number: int | None
        if selector == "latest":
            number = max(versions, default=None)
        elif isinstance(selector, int):
            number = selector
        else:
            number = expected.aliases.get(kind, {}).get(selector)
        answer = events.fetch(name, f"version={selector}", kind=kind)
        if number in versions:
            assert answer.body == versions[number]
            assert answer.headers["X-Artifact-Version"] == str(number)
        else:
            assert answer.status == 404

    @rule(limit=st.integers(1, 3))
    def list_all(self, limit: int) -> None:
        assert events.all_pages(f"limit={limit}") == sorted(self.models)

    @rule()
    def sweep(self) -> None:
        use_cases.sweep()
        assert_swept()

    @invariant()
    def the_records_say_what_happened(self) -> None:
        assert_whole()
        for name in ("alpha", "beta"):
            expected, answer = self.models.get(name), events.get_model(name)
            if expected is None:
                assert answer.error_code == "MODEL_NOT_FOUND"
                continue
            body = answer.json
            newest = {kind: max(held) for kind, held in expected.versions.items() if held}
            assert {kind: v["version"] for kind, v in body["versions"].items()} == newest
            assert body["aliases"] == {
                kind: held for kind, held in expected.aliases.items() if held
            }
            assert (body["license"], body["tags"]) == (expected.license, expected.tags)
            for kind in newest:
                listed = events.list_versions(name, kind=kind).json["versions"]
                held = sorted(expected.of(kind), reverse=True)
                assert [version["version"] for version in listed] == held


def test_the_registry_agrees_with_a_plain_dict_after_any_sequence_of_requests() -> None:
    with aws.cloud():
        run_state_machine_as_test(
            LifeCycle,
            settings=settings(
                max_examples=15,
                stateful_step_count=30,
                deadline=None,
                # A failing order is printed as found: shrinking it takes minutes against moto.
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
