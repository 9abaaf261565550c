"""Background tasks are started again, known to be failing while they fail, and ended even when they do not listen."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError
from service_kit.health import health_app
from service_kit.keeping import Check, Keeper, end


class Task:
    """A background task whose runs do what they are told, one after the other; the last one runs until cancelled."""

    name = "task"

    def __init__(self, *runs: Callable[[], Awaitable[None]]) -> None:
        self.checks: dict[str, Check] = {}
        self.started = 0
        self._runs = list(runs)

    async def run(self) -> None:
        self.started += 1
        if self._runs:
            await self._runs.pop(0)()
        else:
            await asyncio.Event().wait()


async def fail() -> None:
    raise RuntimeError("what a person wrote")


async def fail_late() -> None:
    await asyncio.sleep(0.2)
    raise RuntimeError


async def stop() -> None:
    return None


async def test_a_task_that_fails_or_ends_is_started_again_and_well_after_it_has_run_for_a_while() -> None:
    task = Task(fail, stop)
    keeper = Keeper(task, well_seconds=0.1)
    keeping = asyncio.create_task(keeper.keep())
    await asyncio.sleep(0.05)
    seen = [keeper.failing]
    async with asyncio.timeout(120):
        while seen[-1]:
            await asyncio.sleep(0.02)
            seen.append(keeper.failing)
    assert seen[0]
    assert (task.started, keeper.failures) == (3, 2)
    await end([keeping], 1)


async def test_a_task_that_fails_again_and_again_stays_known_as_failing() -> None:
    keeper = Keeper(Task(*[fail_late] * 50), well_seconds=1)  # all its runs together are longer
    keeping = asyncio.create_task(keeper.keep())
    await asyncio.sleep(0.25)
    seen = []
    for _ in range(60):
        seen.append(keeper.failing)
        await asyncio.sleep(0.03)
    assert keeper.failures >= 2
    assert all(seen)
    await end([keeping], 1)


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                heard += 1
                if heard == 2:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(end([task], 1.2), 120)
    assert task.cancelled()
    assert heard == 2


async def test_a_task_that_finishes_what_it_has_in_hand_is_left_in_peace() -> None:
    finished = False

    async def careful() -> None:
        nonlocal finished
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            finished = True

    task = asyncio.create_task(careful())
    await asyncio.sleep(0)
    await end([task], 5)
    assert task.cancelled()
    assert finished


async def test_a_task_that_never_listens_is_left_behind_in_time_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(end([task], 0.6), 120)
    assert not task.done()
    assert "background tasks did not end" in caplog.text
    released.set()
    await task


async def test_readiness_asks_each_check_once_and_names_what_is_wrong_by_its_type() -> None:
    asked = []

    async def broken() -> None:
        asked.append("broker")
        raise ConnectionError("the address of a host")

    async def slow() -> None:
        await asyncio.sleep(10)

    async def well() -> None:
        return None

    tasks = [Task(), Task()]
    for task in tasks:
        task.checks = {"broker": broken}
    stopping = False
    keepers = [Keeper(task) for task in tasks]
    app = health_app({"database": well, "slow": slow}, keepers, lambda: stopping)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/ready")
        assert answer.status_code == 503
        assert answer.json() == {
            "ready": False, "problems": {"slow": "TimeoutError"}, "away": {"broker": "ConnectionError"},
        }  # fmt: skip
        assert asked == ["broker"]
        assert (await client.get("/live")).status_code == 200
        stopping = True
        assert (await client.get("/ready")).json()["problems"]["process"] == "stopping"


class Behind(Task):
    """A task that keeps a view, so many seconds behind."""

    seconds = 0.0

    def seconds_behind(self) -> float:
        return self.seconds


async def ready(task: Task) -> tuple[int, dict[str, str], dict[str, str]]:
    return await ready_of(Keeper(task))


async def ready_of(keeper: Keeper) -> tuple[int, dict[str, str], dict[str, str]]:
    app = health_app({}, [keeper], lambda: False, behind_seconds_max=30)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/ready")
        return answer.status_code, answer.json()["problems"], answer.json()["away"]


async def test_a_view_that_is_too_far_behind_makes_the_process_not_ready_and_is_named() -> None:
    view = Behind()
    view.seconds = 29
    assert await ready(view) == (200, {}, {})
    view.seconds = 31
    assert await ready(view) == (503, {"task": "31 s behind"}, {})


async def test_a_broker_that_is_away_takes_nobody_out_who_can_still_answer() -> None:
    async def away() -> None:
        raise ConnectionError

    view = Behind()
    view.seconds, view.checks = 600, {"broker": away}
    assert await ready(view) == (200, {}, {"broker": "ConnectionError", "task": "600 s behind"})


async def test_a_task_that_a_broker_ended_takes_nobody_out_before_its_next_run_and_any_other_does() -> None:
    async def lost() -> None:
        raise KafkaConnectionError

    for run, found in ((lost, (200, {}, {"task": "failing: KafkaConnectionError"})),
                       (fail, (503, {"task": "failing: RuntimeError"}, {}))):  # fmt: skip
        keeper = Keeper(Task(run))
        keeping = asyncio.create_task(keeper.keep())
        await asyncio.sleep(0.05)
        assert await ready_of(keeper) == found
        await end([keeping], 1)
