"""Is a broker ready? Two requests of Kafka's own protocol, so that starting one needs no client library."""

import socket
import struct

_API_VERSIONS, _METADATA = 18, 3
_METADATA_VERSION = 1
_NAME = b"embedded-parts"


def serves(host: str, port: int, seconds_max: float = 2.0) -> bool:
    """True when the broker answers and lists itself as a live member of its cluster; OSError when nobody listens."""
    with socket.create_connection((host, port), timeout=seconds_max) as connection:
        versions = _ask(connection, _API_VERSIONS, 0, b"")
        if struct.unpack_from(">h", versions)[0] != 0:
            return False
        # An empty array of topics asks for the brokers only; the answer begins with their count.
        members = _ask(connection, _METADATA, _METADATA_VERSION, struct.pack(">i", 0))
        return int(struct.unpack_from(">i", members)[0]) > 0


def _ask(connection: socket.socket, api: int, version: int, body: bytes) -> bytes:
    header = struct.pack(">hhih", api, version, 1, len(_NAME)) + _NAME
    connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
    (size,) = struct.unpack(">i", _receive(connection, 4))
    return _receive(connection, size)[4:]


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionResetError("the broker closed the connection")
        received += part
    return received
