"""Leashed processes: they log, they stop, and they end with whoever started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from embedded_parts import LeashedProcess, StopStep
from embedded_parts.process import name_of, wait_for_end

_SLEEP = ["/bin/sleep", "60"]


def test_a_process_logs_to_its_file_and_its_exit_code_is_known(tmp_path: Path) -> None:
    process = LeashedProcess(["/bin/sh", "-c", "echo said; exit 3"], log=tmp_path / "log")
    assert process.wait(30)
    assert process.exit_code == 3
    assert process.log_since_start() == "said\n"
    process.kill()


def test_a_process_is_told_a_secret_by_its_standard_input_only(tmp_path: Path) -> None:
    process = LeashedProcess(
        ["/bin/sh", "-c", "read word; echo heard ${#word}; cat"], log=tmp_path / "log", told="abc\n"
    )
    assert process.wait(30)
    assert process.log_since_start() == "heard 3\n"
    process.kill()


def test_a_process_that_ignores_the_polite_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 60 & echo $!; wait; wait"
    process = LeashedProcess(["/bin/sh", "-c", stubborn], log=tmp_path / "log")
    deadline = time.monotonic() + 30
    while not process.log_since_start() and time.monotonic() < deadline:
        time.sleep(0.02)
    child = int(process.log_since_start())
    process.stop([StopStep(signal.SIGTERM, 0.3)])
    assert not process.running
    assert wait_for_end(child, 30)


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    process = LeashedProcess(_SLEEP, log=tmp_path / "log")
    process.stop([StopStep(signal.SIGTERM, 30)])
    process.stop([StopStep(signal.SIGTERM, 30)])
    assert process.exit_code == -signal.SIGTERM


def test_a_process_dies_when_its_starter_is_killed_even_if_a_short_lived_thread_asked_for_it(tmp_path: Path) -> None:
    starter_code = f"""
import threading, time
from pathlib import Path
from embedded_parts import LeashedProcess
def start():
    print(LeashedProcess({_SLEEP!r}, log=Path({str(tmp_path / "log")!r})).pid, flush=True)
thread = threading.Thread(target=start)
thread.start()
thread.join()
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", starter_code], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        time.sleep(0.5)
        assert name_of(pid) is not None, "it must outlive the thread that asked for it"
        os.kill(starter.pid, signal.SIGKILL)
        assert wait_for_end(pid, 30)


def test_a_command_that_does_not_exist_says_so_in_its_log(tmp_path: Path) -> None:
    process = LeashedProcess(["/nowhere/to/be/found"], log=tmp_path / "log")
    assert process.wait(30)
    assert "/nowhere/to/be/found: No such file or directory" in process.log_since_start()
    process.kill()
