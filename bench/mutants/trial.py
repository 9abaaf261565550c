"""The trial: mutmut's mutants, each met by the tests that reach it, in a fork of the one pytest that collected them.

mutmut's own loop starts pytest anew for each mutant, which takes ten times as long as the tests do.
"""

from __future__ import annotations

import gc
import os
import resource
import time
from collections import defaultdict
from collections.abc import Callable

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

_CPU_SECONDS_MORE = 5
_MEMORY_BYTES = 2 << 30
_SECONDS_BETWEEN_WORDS = 10


class Trial:
    """A plugin of pytest. `survivors`: the mutants that no test noticed, once pytest has returned 0."""

    def __init__(self, mutants: list[str], children: int, say: Callable[[str], None]) -> None:
        self.mutants, self.children, self.say = mutants, children, say
        self.survivors: list[str] = []
        self.tried = 0
        self._running: dict[int, str] = {}
        self._began = self._said = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        reaching, seconds = _clean_run(session.items)
        self._began = time.monotonic()
        gc.freeze()  # what the forks share stays shared
        for mutant in self.mutants:
            tests = reaching[mangled_name_from_mutant_name(mutant)]
            if not tests:
                self._note(mutant, survived=True)
                continue
            if len(self._running) >= self.children:
                self._reap()
            self._running[_fork(mutant, tests, sum(seconds[test] for test in tests))] = mutant
        while self._running:
            self._reap()
        return True

    def _reap(self) -> None:
        pid, status = os.wait()
        self._note(self._running.pop(pid), survived=status == 0)

    def _note(self, mutant: str, *, survived: bool) -> None:
        self.tried += 1
        if survived:
            self.survivors.append(mutant)
        now = time.monotonic()
        if now - self._said >= _SECONDS_BETWEEN_WORDS:
            self._said = now
            left = (now - self._began) / self.tried * (len(self.mutants) - self.tried)
            lived = len(self.survivors)
            counts = f"{self.tried} of {len(self.mutants)}: {self.tried - lived} killed, {lived} survived"
            self.say(f"{counts}; about {left / 60:.0f} min left")


def _clean_run(tests: list[pytest.Item]) -> tuple[dict[str, list[pytest.Item]], dict[pytest.Item, float]]:
    """The tests that reach each function, quickest first, and each one's seconds. Raises when one fails as it is."""
    set_mutant_under_test("stats")
    reaching: dict[str, list[pytest.Item]] = defaultdict(list)
    seconds: dict[pytest.Item, float] = {}
    for test in tests:
        state()._stats.clear()
        began = time.process_time()
        if not _passes(test):
            raise RuntimeError(f"{test.nodeid} fails without a mutant")
        seconds[test] = time.process_time() - began
        for function in state()._stats:
            reaching[function].append(test)
    for found in reaching.values():
        found.sort(key=seconds.__getitem__)
    return reaching, seconds


def _passes(test: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(test, log=False, nextitem=None))


def _fork(mutant: str, tests: list[pytest.Item], seconds: float) -> int:
    """The id of a process that ends with 0 when every test passes. A loop without end costs it its life."""
    pid = os.fork()
    if pid:
        return pid
    try:
        limit = int(time.process_time() + 3 * seconds) + _CPU_SECONDS_MORE
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        set_mutant_under_test(mutant)
        os._exit(0 if all(_passes(test) for test in tests) else 1)
    finally:
        os._exit(1)
