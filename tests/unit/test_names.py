"""Names and keys: nothing a caller writes leaves its prefix."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.registry import names
from lambdas.registry.errors import (
    InvalidNameError,
    InvalidRequestError,
    MissingIdError,
    RegistryError,
)

KEY = re.compile(r"^(model|code|dataset)/[A-Za-z0-9._-]{1,96}/id(\.[A-Za-z0-9]{1,16})?\Z")


@pytest.mark.parametrize("name", ["a", "Z9", "bert-base", "a.b_c-d", "x" * 96])
def test_an_honest_name_is_returned_as_given(name: str) -> None:
    assert names.model_name(name) == name


@pytest.mark.parametrize("name", ["a\n", "-a", "a.", "a..b", "a--b", "x" * 97, "é", "a b"])
def test_a_wrong_name_is_invalid(name: str) -> None:
    with pytest.raises(InvalidNameError):
        names.model_name(name)


@pytest.mark.parametrize("name", ["", None])
def test_no_name_is_missing(name: str | None) -> None:
    with pytest.raises(MissingIdError):
        names.model_name(name)


@given(st.text())
def test_a_name_is_accepted_exactly_as_the_contract_says(text: str) -> None:
    rule = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
    expected = bool(rule.fullmatch(text)) and ".." not in text and "--" not in text

    try:
        accepted = names.model_name(text) == text
    except RegistryError:
        accepted = False

    assert accepted == expected


@given(st.from_regex(r"[A-Za-z0-9._-]{1,4}", fullmatch=True))
def test_short_names_of_the_alphabet_follow_the_rule_too(text: str) -> None:
    test_a_name_is_accepted_exactly_as_the_contract_says.hypothesis.inner_test(text)  # type: ignore[attr-defined]


@given(kind=st.sampled_from(ARTIFACT_TYPES), filename=st.text(max_size=300))
def test_whatever_the_file_is_called_its_key_stays_below_its_prefix(
    kind: str, filename: str
) -> None:
    try:
        path = names.client_filename(filename)
    except InvalidRequestError:
        return
    assert KEY.match(names.object_key(kind, "a.b", "id", path))


@given(st.text(max_size=300))
def test_an_accepted_path_is_relative_and_climbs_nowhere(text: str) -> None:
    try:
        path = names.file_path(text)
    except InvalidRequestError:
        return

    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert "\\" not in path
    assert len(path.encode()) <= 255


@pytest.mark.parametrize("text", ["\ud800", "a\x00", "\x7f"])
def test_free_text_that_cannot_be_stored_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        names.free_text(text, field="message", max_chars=10)
    assert refusal.value.details == {"field": "message"}
