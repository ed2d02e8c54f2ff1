"""What grants allow, and which names they make readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.registry.access import Access, Grant, KeyRange, Scope
from lambdas.registry.errors import ForbiddenError, InvalidRequestError
from lambdas.registry.names import is_model_name

SCOPES = st.sampled_from(["read", "write", "admin"])
NAMES = st.text(alphabet="ab-.9", min_size=1, max_size=4).filter(is_model_name)
PREFIXES = st.text(alphabet="ab-.9", max_size=3)
PATTERNS = NAMES | PREFIXES.map(lambda prefix: f"{prefix}*")
GRANTS = st.lists(st.tuples(SCOPES, PATTERNS).map(":".join), min_size=1, max_size=5)


@pytest.mark.parametrize("text", ["read:*", "write:team-a-*", "admin:bert", "read:a.b_c"])
def test_a_grant_is_written_as_it_was_read(text: str) -> None:
    assert str(Grant.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "read",
        "read:",
        ":bert",
        "READ:bert",
        "own:bert",
        "read:be*rt",
        "read:**",
        "read:a/b",
        "read:a..b",
        "read:-a",
        "read: bert",
        "read:bert\n",
        "read:ä*",
        "read:" + "a" * 97,
        "read:" + "a" * 97 + "*",
    ],
)
def test_a_malformed_grant_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        Grant.parse(text)
    assert refused.value.details == {"field": "grants"}


@pytest.mark.parametrize(
    ("grant", "allowed"),
    [
        ("read:bert", {Scope.READ}),
        ("write:bert", {Scope.READ, Scope.WRITE}),
        ("admin:bert", {Scope.READ, Scope.WRITE, Scope.ADMIN}),
        ("admin:*", {Scope.READ, Scope.WRITE, Scope.ADMIN}),
        ("admin:ber*", {Scope.READ, Scope.WRITE, Scope.ADMIN}),
        ("admin:bert-*", set()),
        ("admin:ber", set()),
    ],
)
def test_a_scope_includes_those_before_it(grant: str, allowed: set[Scope]) -> None:
    access = Access.parse([grant])
    assert {scope for scope in Scope if access.allows(scope, "bert")} == allowed


def test_without_grants_nothing_is_allowed_and_without_a_list_of_them_everything() -> None:
    assert not Access(()).allows(Scope.READ, "bert")
    assert Access().allows(Scope.ADMIN, "bert")
    assert Access().readable("b") == (KeyRange("b"),)
    assert Access(()).readable("") == ()


def test_a_request_about_no_model_takes_a_grant_on_all_names() -> None:
    assert Access.parse(["admin:*"]).allows(Scope.ADMIN, "")
    assert not Access.parse(["admin:a*", "write:*"]).allows(Scope.ADMIN, "")


def test_a_refusal_does_not_say_whether_the_name_exists() -> None:
    access = Access.parse(["read:team-a-*"])
    with pytest.raises(ForbiddenError) as refused:
        access.require(Scope.WRITE, "team-a-bert")
    assert refused.value.message == "The token does not grant write on this name"


@given(grants=GRANTS, prefix=PREFIXES, name=NAMES)
def test_a_name_is_listed_exactly_if_it_may_be_read(
    grants: list[str], prefix: str, name: str
) -> None:
    access = Access.parse(grants)

    listed = [
        one
        for one in access.readable(prefix)
        if (name == one.start if one.exact else name.startswith(one.start))
    ]
    # THEN it is in one part of the listing and no other
    expected = name.startswith(prefix) and access.allows(Scope.READ, name)
    assert len(listed) == int(expected)


@given(grants=GRANTS, prefix=PREFIXES, names=st.lists(NAMES, unique=True))
def test_the_parts_of_a_listing_are_in_the_order_of_names(
    grants: list[str], prefix: str, names: list[str]
) -> None:
    parts = Access.parse(grants).readable(prefix)

    listed = [
        name
        for one in parts
        for name in sorted(names)
        if (name == one.start if one.exact else name.startswith(one.start))
    ]

    assert listed == sorted(listed)
