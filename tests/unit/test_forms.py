"""Multipart forms: what is sent is what is read, and nothing else gets through."""

from hypothesis import given
from hypothesis import strategies as st

from lambdas.registry.errors import MalformedMultipartError
from lambdas.web.forms import boundary_of, read_form
from tests.support.forms import multipart


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_every_byte_of_every_file_arrives(contents: list[bytes]) -> None:
    body, headers = multipart(*((f"f{n}", content) for n, content in enumerate(contents)))
    boundary = boundary_of(headers["Content-Type"])
    assert boundary is not None
    form = read_form(body, boundary)
    assert [file.content for file in form.files] == contents


@given(st.binary(max_size=500))
def test_noise_is_malformed_or_a_form_but_never_another_error(noise: bytes) -> None:
    for body in (noise, b"--b\r\n" + noise, b"--b\r\n" + noise + b"\r\n--b--\r\n"):
        try:
            read_form(body, "b")
        except MalformedMultipartError:
            continue


@given(data=st.data())
def test_a_form_that_lost_its_end_is_malformed(data: st.DataObject) -> None:
    body, _ = multipart(("f", b"content"), fields={"model_name": "m"})
    cut = data.draw(st.integers(min_value=0, max_value=len(body) - 5))

    try:
        read_form(body[:cut], "b0undary")
    except MalformedMultipartError:
        return

    raise AssertionError(cut)


def test_a_content_type_without_boundary_is_not_a_form() -> None:
    assert boundary_of("multipart/form-data") is None
    assert boundary_of("application/octet-stream; boundary=x") is None
    assert boundary_of("") is None
