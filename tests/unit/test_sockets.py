"""A unit test cannot reach the network, so it cannot depend on it."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketBlockedError


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_sockets_are_off() -> None:
    # WHEN a unit test opens a socket THEN it fails at once
    with pytest.raises(SocketBlockedError):
        socket.socket()
    with pytest.raises(SocketBlockedError):
        socket.getaddrinfo("localhost", 80)
