"""python -m demo: the whole demonstration, set by DATA (its folder, default ./data) and CHECK=1 (play, then exit)."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from embedded_parts import PartFailed

from demo.plan import full_plan
from demo.say import say
from demo.supervisor import Supervisor


class _Interrupted(BaseException):
    """Ctrl-C or SIGTERM, wherever the demo is just then."""


def main() -> int:
    """The exit code: 0 after an orderly end, 1 when something failed, 130 when interrupted before it was ready."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    data = Path(os.environ.get("DATA") or "data").absolute()
    supervisor: Supervisor | None = None
    ready = False
    try:
        say(f"Rendezvous, the demonstration; its data is in {data}")
        supervisor = Supervisor(data, full_plan())
        supervisor.start()
        if os.environ.get("CHECK") == "1":
            say("FAILED: CHECK=1 needs the journey, which is not part of this checkout")
            return 1
        supervisor.write_demo_json({})
        ready = True
        say(f"Everything is up. Start here: {supervisor.house.url('control')} (Ctrl-C ends it)")
        threading.Event().wait()
    except PartFailed as failure:
        say(f"FAILED: {failure}")
        return 1
    except _Interrupted:
        return 0 if ready else 130
    finally:
        _end(supervisor)
    return 0


def _interrupt(_: int, __: FrameType | None) -> None:
    raise _Interrupted


def _end(supervisor: Supervisor | None) -> None:
    # A second Ctrl-C ends this process at once; the kernel then ends every part with it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os._exit(1))
    if supervisor is not None:
        say("Stopping")
        supervisor.stop()
        say("Stopped; nothing runs any more, and the data folder is kept")


if __name__ == "__main__":
    sys.exit(main())
