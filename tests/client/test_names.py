"""The client's rules for names and aliases are the server's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.registry import names
from lambdas.registry.errors import RegistryError
from modelguard import InvalidRequestError
from modelguard._names import check_alias, check_name

if TYPE_CHECKING:
    from collections.abc import Callable

texts = st.text(st.sampled_from("aZ09._-/ \néK"), max_size=6) | st.text(max_size=4)
long_texts = st.builds(
    lambda text, count: text * count, st.sampled_from("a-."), st.integers(60, 98)
)


def accepts(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except (RegistryError, InvalidRequestError):
        return False
    return True


@given(texts | long_texts)
@example("latest")
@example("007")
@example("²")
@example("a\n")
def test_the_rules_are_the_servers(text: str) -> None:
    assert accepts(check_name, text) == accepts(names.model_name, text)
    assert accepts(check_alias, text) == accepts(names.alias, text)
