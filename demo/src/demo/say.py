"""What the person at the terminal sees: one line for each step, with the time since the start."""

import sys
import threading
import time

_began = time.monotonic()
_lock = threading.Lock()


def say(text: str) -> None:
    """Print one line at once; lines of several threads never mix."""
    with _lock:
        sys.stdout.write(f"[{seconds_so_far():6.1f} s] {text}\n")
        sys.stdout.flush()


def seconds_so_far() -> float:
    """Since the start of the program."""
    return time.monotonic() - _began
