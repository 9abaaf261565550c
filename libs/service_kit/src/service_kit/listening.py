"""A port that takes no more connections, and loses none that it has taken."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import sys

__all__ = ["refuse_new"]

# Classic BPF over the TCP header: does a packet open a connection (flag SYN)? Then nothing of it is kept, else all.
LOAD_FLAGS = (0x30, 0, 0, 13)
IS_SYN = (0x45, 0, 1, 0x02)
DROP = (0x06, 0, 0, 0)
KEEP = (0x06, 0, 0, 0xFFFFFFFF)
PROGRAM = b"".join(struct.pack("HBBI", *line) for line in (LOAD_FLAGS, IS_SYN, DROP, KEEP))
SO_ATTACH_FILTER = 26  # asm-generic/socket.h; Python's socket does not name it


def refuse_new(listening: socket.socket) -> None:
    """Let Linux drop each further request for a connection; what is already in the queue can still be accepted.

    Whoever asks meanwhile asks again a second later, and finds the port closed, or the process that came after.
    Closing a port resets what waits in its queue, however often one looks into it first: a client would lose a
    request that it has sent. Elsewhere nothing happens here, and that short moment is left.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(PROGRAM, len(PROGRAM))
    fprog = struct.pack("HP", len(PROGRAM) // 8, ctypes.addressof(program))
    with contextlib.suppress(OSError):  # a sandbox's kernel need not know it
        listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, fprog)
