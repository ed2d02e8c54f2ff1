"""A process may die before or after any AWS call: a retry succeeds, and nothing is left over.

`MODELGUARD_CRASH_POINTS` sets how many random crashes the last test makes.
"""

import os
import random
from datetime import datetime, timedelta

import pytest

from lambdas.contract.limits import SESSION_MARGIN_SECONDS, SESSION_SECONDS
from lambdas.registry.errors import RegistryError
from tests.support import aws, events, use_cases
from tests.support.contents import Contents, small_parts
from tests.support.invariants import assert_swept, assert_whole, committed

CONTENTS = {"config.json": b"{}", "model.bin": bytes(range(256)) * (6 * 1024)}
SWEPT = use_cases.NOON + timedelta(seconds=SESSION_SECONDS + SESSION_MARGIN_SECONDS)
POINTS = int(os.environ.get("MODELGUARD_CRASH_POINTS", "100"))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(5))
def test_a_begin_that_dies_is_forgotten(calls: aws.AwsCalls, when: str, call: int) -> None:
    with calls.death(when, call):
        use_cases.begin(CONTENTS)
    # THEN the client begins again
    assert use_cases.push(CONTENTS) == 1
    use_cases.sweep(SWEPT)
    assert_swept()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(8))
def test_a_complete_that_dies_is_completed_by_the_next(
    calls: aws.AwsCalls, when: str, call: int
) -> None:
    offer = use_cases.begin(CONTENTS)
    use_cases.send(offer, CONTENTS)

    with calls.death(when, call):
        use_cases.sessions().complete("model", offer.upload_id)
    # THEN all of it is visible, or nothing
    events.inspect_due()
    assert events.fetch("m", "file=config.json").status in {200, 404}
    assert len(committed("m")) in {0, 2}

    receipt = use_cases.sessions().complete("model", offer.upload_id)

    assert (receipt.version.number, len(committed("m"))) == (1, 2)
    use_cases.sweep(SWEPT)
    assert_swept()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(7))
def test_an_abort_that_dies_is_finished_by_the_next(
    calls: aws.AwsCalls, when: str, call: int
) -> None:
    offer = use_cases.begin(CONTENTS)
    use_cases.send(offer, CONTENTS)

    with calls.death(when, call):
        use_cases.sessions().abort("model", offer.upload_id)
    use_cases.sessions().abort("model", offer.upload_id)

    assert (aws.objects(), aws.multiparts()) == ([], [])
    use_cases.sweep(SWEPT)
    assert aws.items() == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(6))
def test_a_resume_that_dies_may_be_repeated(calls: aws.AwsCalls, when: str, call: int) -> None:
    # GIVEN a begin that died before its multipart upload
    with calls.death("before", 2):
        use_cases.begin(CONTENTS)
    (upload_id,) = {i["name"]["S"].partition("#")[2] for i in aws.items()}

    with calls.death(when, call):
        use_cases.sessions().resume("model", upload_id)
    use_cases.send(use_cases.sessions().resume("model", upload_id), CONTENTS)
    use_cases.sessions().complete("model", upload_id)

    use_cases.sweep(SWEPT)
    assert_swept()


@pytest.mark.parametrize("seed", [7])
def test_one_pass_after_random_crashes_leaves_only_what_is_committed(
    calls: aws.AwsCalls, seed: int
) -> None:
    source = random.Random(seed)
    names = [f"m{number}" for number in range(12)]
    history = Crashes(source, names)
    # WHEN each step is cut off before or after some call of it
    crashes = 0
    while crashes < POINTS:
        with calls.death(source.choice(("before", "after")), source.randrange(8)):
            history.step()
            continue
        crashes += 1

    assert_whole()

    use_cases.sweep(history.now + timedelta(days=3))

    assert_swept()


class Crashes:
    """Steps of many clients, some of which use what an earlier, dead one left."""

    def __init__(self, source: random.Random, names: list[str]) -> None:
        self.now: datetime = use_cases.NOON
        self._source = source
        self._names = names
        self._open: list[tuple[str, Contents]] = []

    def step(self) -> None:
        """Do something; it may be refused."""
        self.now += timedelta(minutes=self._source.randrange(60))
        name = self._source.choice(self._names)
        steps = [
            self._upload,
            self._begin,
            self._begin,
            self._complete,
            self._complete,
            self._complete,
            self._abort,
            self._delete_version,
            self._delete_model,
            self._sweep,
        ]
        try:
            self._source.choice(steps)(name)
        except RegistryError as error:
            assert error.code not in {"INTERNAL", "S3_ERROR", "DYNAMODB_ERROR"}  # noqa: PT017

    def _contents(self) -> Contents:
        """Return files that partly repeat earlier ones, so that versions share objects."""
        small = f"config {self._source.randrange(4)}".encode()
        if self._source.random() < 0.8:
            return {"config.json": small}
        return {"config.json": small, "model.bin": CONTENTS["model.bin"]}

    def _upload(self, name: str) -> None:
        use_cases.upload(self._source.randbytes(9), name, now=lambda: self.now)

    def _begin(self, name: str) -> None:
        contents = self._contents()
        offer = use_cases.begin(contents, name, lambda: self.now)
        self._open.append((offer.upload_id, contents))
        if self._source.random() < 0.8:
            use_cases.send(offer, contents)

    def _complete(self, _: str) -> None:
        if self._open:
            upload_id, _contents = self._source.choice(self._open[-6:])
            use_cases.sessions(lambda: self.now).complete("model", upload_id)

    def _abort(self, _: str) -> None:
        if self._open:
            upload_id, _contents = self._source.choice(self._open[-6:])
            use_cases.sessions(lambda: self.now).abort("model", upload_id)

    def _delete_version(self, name: str) -> None:
        use_cases.delete_version("model", name, self._source.randint(1, 4), now=lambda: self.now)

    def _delete_model(self, name: str) -> None:
        use_cases.delete_model(name, now=lambda: self.now)

    def _sweep(self, _: str) -> None:
        use_cases.sweep(self.now)
