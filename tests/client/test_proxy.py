"""Proxies, certificates and unencrypted tokens: what the environment says, and what is sent."""

from __future__ import annotations

import base64
import http.server
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from modelguard import BearerAuth, Client, ConfigError, InsecureTransportWarning, TransportError
from modelguard._platform import check_platform
from modelguard._proxy import proxy_of
from modelguard._trust import VARIABLES, tls_context
from tests.client.fakes import Script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies, certificates and a saved registry."""
    for name in (*PROXIES, *(name.upper() for name in PROXIES), *VARIABLES, "MODELGUARD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))


class Seen(list[tuple[str, str, str]]):
    """Method, target and Proxy-Authorization of each request to a proxy."""

    port = 0


@contextmanager
def proxy(status: int) -> Iterator[Seen]:
    """A proxy that answers every request itself, with this status."""
    seen = Seen()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Proxy-Authorization", "")
            seen.append((self.command, self.path, given))
            self.send_response(status)
            self.send_header("Content-Length", "13")
            self.end_headers()
            self.wfile.write(b'{"models":[]}')

        do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.enable_socket
def test_credentials_in_the_proxy_url_are_sent_to_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN a proxy with a user and a password that needs encoding
    expected = "Basic " + base64.b64encode(b"us er:p@ss:w\xc3\xb6rd").decode()
    with proxy(200) as seen:
        value = f"http://us%20er:p%40ss:w%C3%B6rd@127.0.0.1:{seen.port}"
        monkeypatch.setenv("http_proxy", value)
        monkeypatch.setenv("https_proxy", value)

        # WHEN an unencrypted registry is asked THEN the proxy gets its URL and the credentials
        with Client("http://registry.example") as client:
            client.check()
        assert seen == [("GET", "http://registry.example/models?limit=1", expected)]

        # AND an encrypted one is asked through a tunnel, with the credentials for the proxy alone
        seen.clear()
        with Client("https://registry.example") as client, pytest.raises(TransportError):
            client.check()
        assert set(seen) == {("CONNECT", "registry.example:443", expected)}


@pytest.mark.enable_socket
@pytest.mark.parametrize("url", ["http://registry.example", "https://registry.example"])
def test_a_proxy_that_wants_credentials_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a proxy that refuses WHEN a registry is asked
    with proxy(407) as seen:
        monkeypatch.setenv("all_proxy", f"http://u:s3cret@127.0.0.1:{seen.port}")
        with Client(url) as client, pytest.raises(TransportError) as caught:
            client.check()

    # THEN the error names the proxy, not the registry, and holds no password
    assert f"the proxy 127.0.0.1:{seen.port} refused" in caught.value.message
    assert "USER:PASSWORD" in caught.value.hint
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
    assert len(seen) == 1


@pytest.mark.enable_socket
def test_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelguard._retry.random.uniform", lambda *_: 0)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with (
        Client("https://registry.example") as client,
        pytest.raises(TransportError, match=r"the proxy 127\.0\.0\.1:1: Connection refused"),
    ):
        client.check()


@pytest.mark.parametrize(
    ("environment", "http", "https"),
    [
        ({}, None, None),
        ({"http_proxy": "p:1"}, 1, None),
        ({"HTTP_PROXY": "p:1"}, None, None),
        ({"HTTPS_PROXY": "p:1"}, None, 1),
        ({"https_proxy": "p:1", "HTTPS_PROXY": "p:2"}, None, 1),
        ({"ALL_PROXY": "p:1"}, 1, 1),
        ({"all_proxy": "p:1", "ALL_PROXY": "p:2", "https_proxy": "p:3"}, 1, 3),
        ({"http_proxy": "p"}, 80, None),
        ({"http_proxy": ""}, None, None),
    ],
)
def test_variables_count_as_for_curl(
    environment: dict[str, str],
    http: int | None,
    https: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = [proxy_of(scheme, "h", 1) for scheme in ("http", "https")]
    assert [each and each.port for each in found] == [http, https]


@pytest.mark.parametrize(
    ("text", "host", "bypassed"),
    [
        ("example.com", "example.com", True),
        ("example.com", "a.EXAMPLE.com", True),
        (".example.com", "example.com", True),
        ("example.com", "notexample.com", False),
        ("a, example.com", "example.com", True),
        ("a b example.com.", "example.com", True),
        ("*", "anything", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("[::1]", "::1", True),
        ("fd00::/8", "fd12::1", True),
        ("example.com:443", "example.com", True),
        ("example.com:80", "example.com", False),
        ("", "example.com", False),
    ],
)
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_no_proxy_names_hosts_domains_and_networks(
    variable: str,
    text: str,
    host: str,
    bypassed: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://p:1")
    monkeypatch.setenv(variable, text)
    assert (proxy_of("https", host, 443) is None) == bypassed


@pytest.mark.parametrize(
    "value", ["socks5://p:1", "socks5h://p", "https://p", "http://[bad", "://"]
)
def test_a_proxy_that_cannot_be_used_is_refused_in_a_sentence(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    with pytest.raises(ConfigError, match="ALL_PROXY") as caught:
        Client("http://registry.example").check()
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("variable", VARIABLES)
def test_each_certificate_variable_counts(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a variable that names no certificates THEN the error names it
    (tmp_path / "ca.pem").write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        monkeypatch.setenv(variable, str(path))
        with pytest.raises(ConfigError, match=variable):
            tls_context()

    # GIVEN a directory THEN it is taken, and the machine's own certificates are not
    monkeypatch.setenv(variable, str(tmp_path))
    assert tls_context().get_ca_certs() == []


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://registry.example", True),
        ("http://10.0.0.1:4566/x", True),
        ("https://registry.example", False),
        ("http://localhost:4566", False),
        ("http://127.0.0.2", False),
        ("http://[::1]:1", False),
    ],
)
def test_a_token_that_travels_unencrypted_is_warned_of(url: str, warned: bool) -> None:  # noqa: FBT001
    if warned:
        with pytest.warns(InsecureTransportWarning, match="without encryption"):
            Client(url, auth=BearerAuth("t"), transport=Script())
    else:
        Client(url, auth=BearerAuth("t"), transport=Script())


def test_windows_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="does not run on Windows"):
        check_platform("win32")
    check_platform("linux")
    check_platform("darwin")
