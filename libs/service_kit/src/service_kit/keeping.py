"""Background tasks: each is kept alive, and known to be failing from its end until it has run again for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

log = logging.getLogger("lifecycle")

WELL_SECONDS = 3.0
ONCE_MORE_SECONDS = 1.0
_WAIT_SECONDS_MIN = 0.2
_WAIT_SECONDS_MAX = 5.0

Check = Callable[[], Awaitable[None]]


class Background(Protocol):
    """Runs until cancelled. When it fails it is started again, with back-off; `name` is its name in /ready."""

    name: str

    async def run(self) -> None: ...


@runtime_checkable
class Leaning(Protocol):
    """A background task whose own `checks` (of a broker, say) must pass for /ready too; one of each name is asked."""

    checks: Mapping[str, Check]


@runtime_checkable
class HandingOver(Protocol):
    """A background task that another process waits to take over: told to end, it goes before the last requests do."""

    hands_over: bool


@runtime_checkable
class Following(Protocol):
    """A background task that keeps a view up with a log, and tells since how long something waits to be applied."""

    def seconds_behind(self) -> float: ...


class Keeper:
    """Keeps one background task alive, and knows whether it is."""

    def __init__(self, task: Background, *, well_seconds: float = WELL_SECONDS) -> None:
        self._task = task
        self._well_seconds = well_seconds
        self.name = task.name
        self.checks: Mapping[str, Check] = task.checks if isinstance(task, Leaning) else {}
        self.seconds_behind: Callable[[], float] = task.seconds_behind if isinstance(task, Following) else lambda: 0.0
        self.hands_over = isinstance(task, HandingOver) and task.hands_over
        self.failing = False
        self.failures = 0
        self.ended_by: type[Exception] | None = None

    async def keep(self) -> None:
        """Until cancelled."""
        wait = _WAIT_SECONDS_MIN
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            # Cancelled when it fails again, so that a task which fails at once and for ever stays known to be failing.
            recovery = loop.call_later(self._well_seconds, self._recovered)
            try:
                await self._task.run()
                self.ended_by, problem = None, "it ended"
            except Exception as error:  # whatever it was, the answer is the same: say so, wait, start again
                self.ended_by, problem = type(error), type(error).__name__
                log.warning("a background task failed", extra={"task": self.name}, exc_info=error)
            finally:
                recovery.cancel()
            self.failing = True
            self.failures += 1
            wait = _WAIT_SECONDS_MIN if loop.time() - started > 30 else min(wait * 2, _WAIT_SECONDS_MAX)
            log.info("starting it again", extra={"task": self.name, "error": problem, "seconds": wait})
            await asyncio.sleep(wait)

    def _recovered(self) -> None:
        self.failing = False


def observe(keepers: Sequence[Keeper]) -> None:
    """Let the metrics tell of each task whether it is failing, and how often it has failed."""

    def failing(_: CallbackOptions) -> Iterator[Observation]:
        return (Observation(int(keeper.failing), {"task": keeper.name}) for keeper in keepers)

    def failures(_: CallbackOptions) -> Iterator[Observation]:
        return (Observation(keeper.failures, {"task": keeper.name}) for keeper in keepers)

    meter = get_meter("service_kit")
    meter.create_observable_gauge("background_task.failing", [failing], description="1 while the task does not run")
    meter.create_observable_counter("background_task.failures", [failures], description="how often the task has ended")


async def end(tasks: Collection[asyncio.Task[Any]], seconds_max: float) -> None:
    """Cancel tasks and let them finish what they have in hand; those that have not ended in time are said so.

    A second cancellation comes ONCE_MORE_SECONDS before the end, not earlier: it would break off what a task finishes
    after the first, such as a message that is being handed over. It is for a first that was lost: before Python 3.12,
    `asyncio.wait_for` (in psycopg's pool, say) swallows one that arrives together with what it waited for.
    """
    pending = {task for task in tasks if not task.done()}
    for seconds in (max(seconds_max - ONCE_MORE_SECONDS, 0), min(seconds_max, ONCE_MORE_SECONDS)):
        for task in pending:
            task.cancel()
        if pending:
            _, pending = await asyncio.wait(pending, timeout=seconds)
    if pending:
        log.error("background tasks did not end", extra={"count": len(pending)})
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # looked at, so that nobody reports it as lost
