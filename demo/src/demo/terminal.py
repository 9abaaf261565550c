"""The demonstration as the person at the terminal has it: start, load, play the path, stay up until Ctrl-C."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType

from embedded_parts import PartFailed

from demo.api import StepFailed
from demo.data import load
from demo.journey.play import play
from demo.plan import addresses, demo_json, full_plan
from demo.say import say, seconds_so_far
from demo.supervisor import Supervisor, step


class _Interrupted(BaseException):
    """Ctrl-C or SIGTERM, wherever the demo is just then."""


def run(data: Path, *, check: bool) -> int:
    """The exit code: 0 after an orderly end, 1 when something failed, 130 when interrupted before it was ready.

    With `check` the path is played and that is all; else everything stays up, also after a path that failed.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    supervisor: Supervisor | None = None
    code = 130
    try:
        say(f"Rendezvous, the demonstration; its data is in {data}")
        supervisor = Supervisor(data, full_plan())
        supervisor.start()
        code = _load_and_play(supervisor)
        if not check:
            _show(supervisor)
            threading.Event().wait()
    except (PartFailed, StepFailed) as failure:
        say(f"FAILED: {failure}")
        code = 1
    except _Interrupted:
        pass
    finally:
        _end(supervisor)
    return code


def _load_and_play(supervisor: Supervisor) -> int:
    """0, or 1 when the path failed; what is not even loaded is raised. demo.json is there afterwards."""
    with step("demo data") as done:
        loaded = load(supervisor)
        done(f"{len(loaded['logins']['patients'])} patients, {len(loaded['practitioners'])} practices")
    code = 0
    try:
        play(demo_json(supervisor.house, loaded))
        say(f"The path is played to its end, {seconds_so_far():.0f} s after the start")
    except StepFailed as failure:
        say(f"FAILED: {failure}")
        code = 1
    supervisor.write_demo_json(loaded)
    return code


def _show(supervisor: Supervisor) -> None:
    house = supervisor.house
    for name, where in addresses(house).items():
        for address in where if isinstance(where, list) else [where]:
            say(f"  {name:<14} {address}")
    say(f"  {'demo.json':<14} {house.demo_file}")
    say(f"Everything is up. Start here: {house.url('control')} (Ctrl-C ends it)")


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
    # What is left is the interpreter's own end, which would die of a signal instead of ending with our code.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
