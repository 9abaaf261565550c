"""Group commit: the calls that are pending travel together, one group at a time, groups a little apart."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar
from uuid import UUID

import psycopg

from event_store.failures import StoreUnavailable, TooBusy
from event_store.link import AGAIN_SECONDS, WENT_AWAY, Connection, ConnectionLost, Link, refusal_of

_GROUP_BYTES_MAX = 16 * 1024 * 1024
_GROUPS_REMEMBERED = 16
_WHOLE_MAX = 4

Call = TypeVar("Call")
Answer = TypeVar("Answer")


class _Pending(Generic[Call, Answer]):
    __slots__ = ("answer", "call")

    def __init__(self, call: Call, answer: "asyncio.Future[Answer]") -> None:
        self.call = call
        self.answer = answer


class Lane(Generic[Call, Answer]):
    """Calls in, answers out. A caller that goes away takes nothing with it: the group of the others is not touched.

    `send` is one statement for a group and must be harmless when repeated. After a lost connection the group is sent
    again, for `patience_seconds`; then its callers are told, with the request id of each if `identify` has one.

    Groups are `pause_seconds` apart, so that more travel together, unless as many wait already as in any of the last
    groups: callers that only call again once they are answered are all here then, and the pause would gain nothing.
    (Simulated for 666 calls a second that come by chance: 5 % more groups than with the whole pause each time.)

    `crowd`, if given, says how many callers are about, here and in the lanes before and behind; half of them, if that
    is more than _WHOLE_MAX, do not wait for the others. With `halves`, a group is at most one half and the next one
    the rest: while one half waits in the next lane, the other is served in this one. Callers in step leave the
    processor idle while the disk works, and the disk while it does not.
    """

    def __init__(
        self,
        link: Link,
        send: Callable[[Connection, Sequence[Call]], Awaitable[Sequence[Answer]]],
        *,
        pause_seconds: float,
        group_max: int,
        pending_max: int,
        patience_seconds: float,
        size_of: Callable[[Call], int],
        identify: Callable[[Call], UUID | None],
        crowd: Callable[[], int] | None = None,
        halves: bool = False,
    ) -> None:
        self._link = link
        self._send = send
        self._pause_seconds = pause_seconds
        self._group_max = group_max
        self._pending_max = pending_max
        self._patience_seconds = patience_seconds
        self._size_of = size_of
        self._identify = identify
        self._crowd = crowd
        self._halves = halves
        self._pending: deque[_Pending[Call, Answer]] = deque()
        self._filled = asyncio.Event()
        self._complete = asyncio.Event()
        self._sizes: deque[int] = deque([1], maxlen=_GROUPS_REMEMBERED)
        self._under_way = 0
        self._halved = False  # the last group was one half: the other one follows, whole
        self._runner: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def waiting(self) -> int:
        """How many callers have no answer yet."""
        return len(self._pending) + self._under_way

    async def ask(self, call: Call) -> Answer:
        """The answer to one call; StoreUnavailable, TooBusy, or the server's own refusal of this call."""
        if self._closing:
            raise StoreUnavailable("the event store is closed")
        if len(self._pending) >= self._pending_max:
            raise TooBusy(f"{self._pending_max} calls wait for the event store already")
        if self._runner is None:
            self._runner = asyncio.create_task(self._run(), name="event store lane")
        pending: _Pending[Call, Answer] = _Pending(call, asyncio.get_running_loop().create_future())
        self._pending.append(pending)
        self._filled.set()
        if len(self._pending) >= min(max(self._sizes), self._half()):
            self._complete.set()
        return await pending.answer

    async def close(self) -> None:
        """Answer what is pending, then end; the wait is bounded by the link's time-outs."""
        self._closing = True
        self._filled.set()
        self._complete.set()
        if self._runner is not None:
            await self._runner
        await self._link.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        not_before = 0.0
        while True:
            await self._filled.wait()
            if not self._pending and self._closing:
                return
            if loop.time() < not_before:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(not_before):
                        await self._complete.wait()
            group = self._take()
            if group:
                self._sizes.append(len(group))
                not_before = loop.time() + self._pause_seconds
                self._under_way = len(group)
                await self._answer(group)
                self._under_way = 0

    def _take(self) -> list[_Pending[Call, Answer]]:
        group: list[_Pending[Call, Answer]] = []
        size, most = 0, self._group_max
        if self._halves and not self._halved:
            most = min(most, self._half())
        while self._pending and len(group) < most:
            size += self._size_of(self._pending[0].call)
            if group and size > _GROUP_BYTES_MAX:
                break
            pending = self._pending.popleft()
            if not pending.answer.done():  # its caller has gone, and nothing was sent
                group.append(pending)
        self._halved = bool(self._pending) and not self._halved
        if not self._pending and not self._closing:
            self._filled.clear()
            self._complete.clear()
        return group

    def _half(self) -> int:
        """How many are enough for a group; without a crowd, no number is."""
        return self._group_max if self._crowd is None else max(_WHOLE_MAX, (self._crowd() + 1) // 2)

    async def _answer(self, group: list[_Pending[Call, Answer]]) -> None:
        try:
            answers = await self._sent([pending.call for pending in group])
        except ConnectionLost:
            _fail(group, lambda call: StoreUnavailable(WENT_AWAY, request_id=self._identify(call)))
        except StoreUnavailable as failure:
            message = str(failure)
            _fail(group, lambda call: StoreUnavailable(message))
        except Exception as failure:  # handed to the callers, one each: the lane itself goes on
            if len(group) > 1:
                for pending in group:
                    await self._answer([pending])
            else:
                _set(group[0].answer, failure)
        else:
            for pending, answer in zip(group, answers, strict=True):
                if not pending.answer.done():
                    pending.answer.set_result(answer)

    async def _sent(self, calls: list[Call]) -> Sequence[Answer]:
        loop = asyncio.get_running_loop()
        patience_ends = 0.0
        lost: ConnectionLost | None = None
        tries = 0
        while True:
            try:
                return await self._link.run(lambda connection: self._send(connection, calls))
            except ConnectionLost as failure:
                patience_ends = patience_ends or loop.time() + self._patience_seconds
                lost = failure
            except StoreUnavailable as failure:
                if lost is None:
                    raise
                # A group may already be in the log; those that were never sent need not wait to hear it is down.
                self._fail_pending(str(failure))
            except psycopg.Error as failure:
                refusal = refusal_of(failure)
                if refusal is None:
                    raise
                if lost is None:
                    raise refusal from failure
                # Only this try had no effect: the one that was lost may be in the log all the same.
            if self._closing or loop.time() >= patience_ends:
                raise lost
            await asyncio.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])
            tries += 1

    def _fail_pending(self, message: str) -> None:
        waiting, self._pending = list(self._pending), deque()
        _fail(waiting, lambda _: StoreUnavailable(message))


def _fail(group: Sequence[_Pending[Call, Answer]], failure: Callable[[Call], Exception]) -> None:
    for pending in group:
        _set(pending.answer, failure(pending.call))


def _set(answer: "asyncio.Future[Answer]", failure: Exception) -> None:
    if not answer.done():
        answer.set_exception(failure)
