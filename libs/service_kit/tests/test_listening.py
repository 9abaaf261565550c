"""A port that is about to close: what it has taken is answered, and nothing more is taken."""

from __future__ import annotations

import socket
import sys

import pytest
from service_kit.listening import refuse_new

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_who_is_in_the_queue_is_accepted_and_who_comes_later_is_not_let_in(family: int, host: str) -> None:
    with socket.create_server((host, 0), family=family) as listening:
        address = listening.getsockname()[:2]
        early = [socket.create_connection(address, timeout=5) for _ in range(3)]
        refuse_new(listening)
        with pytest.raises(TimeoutError):
            socket.create_connection(address, timeout=0.3)
        for client in early:
            client.sendall(b"asked")  # after the filter is there
            accepted, _ = listening.accept()
            with client, accepted:
                assert accepted.recv(5) == b"asked"
                accepted.sendall(b"told")
                assert client.recv(4) == b"told"
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
