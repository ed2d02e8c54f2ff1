"""Page tokens: ours come back, nothing else passes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.registry.errors import InvalidTokenError
from lambdas.web.page_tokens import page_token, read_page_token

_NAMES = st.text(alphabet=st.characters(max_codepoint=126), max_size=96)


@given(listing=_NAMES, last=_NAMES)
def test_a_token_returns_the_position_it_was_made_of(listing: str, last: str) -> None:
    assert read_page_token(listing, page_token(listing, last), str) == last


def test_a_number_comes_back_as_a_number() -> None:
    assert read_page_token("versions", page_token("versions", 7), int) == 7


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "\u00e9",
        "\ud800",
        "a" * 100_000,
        page_token("models/", "bert")[:-1],
        page_token("models/", "bert") + "=",
        page_token("models/", "bert") + "AAAA",
        page_token("models/", "bert").swapcase(),
        page_token("models/b", "bert"),
        page_token("models/", 7),
        base64.urlsafe_b64encode(b"00000000" + b"[" * 700).decode(),
        base64.urlsafe_b64encode(b"00000000{}").decode(),
        base64.urlsafe_b64encode(b'00000000[1, "models/", "bert"]').decode(),
    ],
)
def test_any_other_text_is_an_invalid_token(token: str) -> None:
    with pytest.raises(InvalidTokenError):
        read_page_token("models/", token, str)


@given(token=st.text(max_size=200))
def test_no_text_fails_in_another_way(token: str) -> None:
    with pytest.raises(InvalidTokenError):
        read_page_token("models/", token, str)
