"""Ports: free ones, and the same ones again."""

import socket
from pathlib import Path

from embedded_parts import Ports, free_port, is_free


def _listening(port: int) -> socket.socket:
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def test_a_port_on_which_somebody_listens_is_not_free() -> None:
    port = free_port()
    with _listening(port):
        assert not is_free(port)
    assert is_free(port)


def test_a_name_gets_its_port_again_at_the_next_start(tmp_path: Path) -> None:
    first = Ports(tmp_path / "ports.json")
    given = {name: first.take(name) for name in ("booking", "booking_2", "portal")}
    assert len(set(given.values())) == 3
    second = Ports(tmp_path / "ports.json")
    assert {name: second.take(name) for name in given} == given


def test_a_port_that_somebody_took_meanwhile_is_replaced_and_the_new_one_kept(tmp_path: Path) -> None:
    before = Ports(tmp_path / "ports.json").take("booking")
    with _listening(before):
        after = Ports(tmp_path / "ports.json").take("booking")
    assert after != before
    assert Ports(tmp_path / "ports.json").take("booking") == after


def test_a_damaged_ports_file_costs_the_old_ports_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('{"booking": 2')
    assert is_free(Ports(tmp_path / "ports.json").take("booking"))
