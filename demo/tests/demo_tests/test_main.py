"""`python -m demo` at the terminal: interrupted or killed in its setup, and started twice on one folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from embedded_parts.files import FolderLock
from embedded_parts.process import wait_for_end

_COMMAND = [sys.executable, "-m", "demo"]


def _start(data: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATA": str(data)}
    return subprocess.Popen(_COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def test_an_interrupt_during_setup_ends_everything_and_a_second_demo_on_the_folder_is_refused(tmp_path: Path) -> None:
    with _start(tmp_path) as demo:
        assert demo.stdout is not None
        assert str(tmp_path) in demo.stdout.readline()
        second = _start(tmp_path)
        said, _ = second.communicate(timeout=30)
        assert second.returncode == 1
        assert "FAILED: Another demo is running on the data folder" in said
        children = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGTERM)
        said, _ = demo.communicate(timeout=60)
    assert demo.returncode in (1, 130), said
    assert "nothing runs any more" in said
    left = [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert left == []


_LATE = """
import os, signal, sys
from pathlib import Path
from demo.terminal import run

class Late:
    def __del__(self, kill=os.kill, me=os.getpid(), number=signal.SIGTERM):
        kill(me, number)

late = Late()  # it goes with the modules, when the interpreter has given up every handler
sys.exit(run(Path(sys.argv[1]), check=True))
"""


def test_a_signal_that_comes_after_the_end_does_not_change_the_exit_code(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, "demo")
    lock.acquire()
    command = [sys.executable, "-c", _LATE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    lock.release()
    assert "FAILED: Another demo is running on the data folder" in done.stdout
    assert done.returncode == 1, done.stderr


def test_a_kill_in_the_middle_leaves_no_process_behind(tmp_path: Path) -> None:
    with _start(tmp_path) as demo:
        assert demo.stdout is not None
        children: dict[int, str] = {}
        deadline = time.monotonic() + 60
        while not {"postgres", "java", "python"} <= set(children.values()):
            assert time.monotonic() < deadline, f"only {children} came up"
            children |= {child.pid: _kind(child) for child in psutil.Process(demo.pid).children(recursive=True)}
        demo.kill()
        demo.communicate()
    assert [kind for pid, kind in children.items() if not wait_for_end(pid, 30)] == []


def _kind(child: psutil.Process) -> str:
    try:
        return str(child.name()).rstrip("0123456789.")
    except psutil.NoSuchProcess:
        return ""
