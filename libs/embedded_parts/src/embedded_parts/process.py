"""Subprocesses that outlive nothing: started on a leash, in a process group of their own, with their log in a file."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_LEASH = Path(__file__).with_name("leash.py")

# The kernel sends the death signal when the *thread* that forked ends, so everything is forked from one thread that
# lives as long as this process, whoever asks.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leash")


@dataclass(frozen=True, slots=True)
class User:
    """The system user that a command runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class StopStep:
    """One attempt at ending a process: the signal, and how long to wait before the next attempt."""

    signal: signal.Signals
    seconds: float


class LeashedProcess:
    """A running command, its log file, and the orderly ways to end it.

    `death_signal` is what the kernel sends it when this Python process ends in whatever manner (Linux only).
    `told` is its standard input: a secret that may stand neither in its arguments nor in its environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        death_signal: signal.Signals = signal.SIGKILL,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: User | None = None,
        told: str | None = None,
    ) -> None:
        owner = user or User(-1, -1)
        leash = [str(os.getpid()), str(int(death_signal)), str(owner.uid), str(owner.gid)]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._log_start, self.log = out.tell(), log
            self._process = _starter.submit(
                subprocess.Popen,
                [sys.executable, "-I", "-S", str(_LEASH), *leash, *command],
                stdin=subprocess.DEVNULL if told is None else subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(environment) if environment is not None else None,
                cwd=folder,
                process_group=0,
            ).result()
        if told is not None and self._process.stdin is not None:
            # Short enough for the pipe's own buffer, so that a command which never reads it holds nobody up.
            with contextlib.suppress(BrokenPipeError), self._process.stdin as standard_input:
                standard_input.write(told.encode())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it.

        The ended process is left unreaped where the system can, so that its id still names its group for `kill`.
        """
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll()
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def log_since_start(self, characters_max: int = 20_000) -> str:
        """What this run wrote to its log so far, or the end of it."""
        with self.log.open("rb") as text:
            text.seek(self._log_start)
            return text.read().decode(errors="replace")[-characters_max:]

    def wait(self, seconds: float) -> bool:
        """True when it has ended within that time."""
        deadline = time.monotonic() + seconds
        while self.running:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True

    def send(self, signal_: signal.Signals) -> None:
        """Signal the process itself; one that has ended already is left alone."""
        if self.running:
            os.kill(self.pid, signal_)

    def stop(self, steps: Sequence[StopStep]) -> None:
        """Try each step in turn until the process has ended; SIGKILL of its whole group comes last."""
        for step in steps:
            self.send(step.signal)
            if self.wait(step.seconds):
                break
        self.kill()

    def kill(self) -> None:
        """End the process and whatever it left in its group, at once, and wait until the process is gone."""
        if self._process.returncode is not None:
            return
        # Nothing may be left of the group; macOS says PermissionError for one that holds only zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def name_of(pid: int) -> str | None:
    """The program name of a live process; None when there is none, or only its entry waits to be reaped."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.name())
    except psutil.NoSuchProcess:
        return None


def wait_for_end(pid: int, seconds: float) -> bool:
    """True when a process that is not ours to wait for is gone within that time."""
    deadline = time.monotonic() + seconds
    while name_of(pid) is not None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
