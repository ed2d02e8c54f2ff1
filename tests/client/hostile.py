"""A server on loopback that sends any bytes, for as long as the client reads them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextmanager
def raw_server(*chunks: bytes, forever: bytes = b"", hold: bool = False) -> Iterator[str]:
    """Serve these bytes on each connection, then `forever` without end, or hold it open."""
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            _send(connection, chunks)
            while forever and not done.is_set():
                connection.sendall(forever)
            if hold:
                done.wait()

    def accept() -> None:
        with suppress(OSError):
            while not done.is_set():
                connection, _ = server.accept()
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        done.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for thread in threads:
            thread.join()


def _send(connection: socket.socket, chunks: Iterable[bytes]) -> None:
    for chunk in chunks:
        connection.sendall(chunk)
