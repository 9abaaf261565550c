"""A closed loop: so many workers, each with its next command as soon as the last one is answered."""

import gc
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from statistics import quantiles
from types import TracebackType
from typing import Self

from bench.store.bookings import Bookings, Step

_CONFLICTS_MAX = 50


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run came to: commands done per second, what one took in milliseconds, and those that met a conflict."""

    per_s: float
    p50_ms: float
    p99_ms: float
    conflicts: int


class Trial:
    """One try of one command, timed; the position it was recorded at is None after a conflict."""

    def __init__(self, step: Step, workers: "Workers") -> None:
        self.step = step
        self.position: int | None = None
        self._workers = workers
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._workers.note(self, time.perf_counter() - self._began)


class Workers:
    """Hands out trials until the time is up, and keeps what was acknowledged: position -> hash of the data.

    The bookings are made before the clock starts; making them costs as much as appending them.
    """

    def __init__(self, count: int, seconds: float, acknowledged: dict[int, int], seed: int, prepared: int) -> None:
        self.count = count
        self._seconds = seconds
        self._acknowledged = acknowledged
        self._took: list[float] = []
        self._conflicts = 0
        more = Bookings(seed)
        made = [more.booking() for _ in range(prepared)]
        for step in chain.from_iterable(made):
            step.prepare()
        self._bookings = chain(made, iter(more.booking, None))
        self._turn = threading.Lock()
        self._began = 0.0
        gc.collect()
        gc.freeze()

    def trials(self) -> Iterator[Trial]:
        with self._turn:
            self._began = self._began or time.perf_counter()
        until = self._began + self._seconds
        while True:
            with self._turn:
                booking = next(self._bookings)
            for step in booking:
                for _ in range(_CONFLICTS_MAX):
                    if time.perf_counter() >= until:
                        return
                    trial = Trial(step, self)
                    yield trial
                    if trial.position is not None:
                        break

    def note(self, trial: Trial, took: float) -> None:
        if trial.position is None:
            self._conflicts += 1
        else:
            self._took.append(took)
            self._acknowledged[trial.position] = hash(trial.step.data)

    def measured(self) -> Measured:
        elapsed = time.perf_counter() - self._began
        gc.unfreeze()
        cuts = quantiles(self._took, n=100) if len(self._took) > 1 else [0.0] * 99
        return Measured(len(self._took) / elapsed, cuts[49] * 1000, cuts[98] * 1000, self._conflicts)
