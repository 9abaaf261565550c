"""One client process: it appends without a pause and writes down what it tries and what it is told.

Run as `python -m tests.faults.store.client`. SIGTERM lets it get answers to what it has in hand and end; SIGKILL is
what it is made for.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from event_store import AlreadySeen, Appended, Conflict, DCBAppendCondition, EventStore, StoreUnavailable

from .journal import ACKNOWLEDGED, FREELY, Journal, stories
from .transactor import Transactor
from .wishes import Wish, wish

_AGAIN_SECONDS = 0.05
# Of what a dead client had been promised, its successors ask for each fifth again, to hear that it is known.
_PROMISED_AGAIN = 5


class Client:
    """The tasks of one process, over one store."""

    def __init__(self, store: EventStore, journal: Journal, url: str) -> None:
        self._store, self._journal, self._url = store, journal, url

    async def append(self, wanted: Wish, *, uncertain: bool = False) -> None:
        """Decide and append until there is an answer, always under the same id, as a service does on a retry.

        `uncertain`: an earlier attempt, of whomever, may have been recorded.
        """
        while True:
            try:
                after = await self._decide(wanted)
                condition = DCBAppendCondition(wanted.query, after=after) if wanted.query else None
                self._journal.write(wanted.name, "try", after if condition else FREELY)
                answer = await self._store.append(wanted.events, condition=condition, request=wanted.request)
            except StoreUnavailable as failure:
                if failure.request_id is None and not uncertain:
                    # The promise is that nothing was recorded: leave it at that, so that the judge can hold it to it.
                    self._journal.write(wanted.name, "nothing")
                    await asyncio.sleep(_AGAIN_SECONDS)
                    return
                uncertain = True
                self._journal.write(wanted.name, "unknown")
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            if isinstance(answer, AlreadySeen):
                assert (answer.fingerprint, answer.answer) == (wanted.request.fingerprint, wanted.request.answer)
            self._journal.write(wanted.name, type(answer).__name__, answer.position)
            if not isinstance(answer, Conflict):
                assert isinstance(answer, Appended | AlreadySeen)
                return

    async def _decide(self, wanted: Wish) -> int:
        # One event is enough to have read the head: what would be decided by the others is not the matter here.
        return (await self._store.read(wanted.query, limit=1)).head if wanted.query else FREELY

    async def retry(self, files: list[Path]) -> None:
        """Ask for what dead clients were not told, and for some of what they were, under the same ids."""
        told = stories(files).values()
        promised = [story.name for story in told if story.lines[-1].word in ACKNOWLEDGED]
        # A conflict was an answer, but the wish goes on as its client would have gone on.
        names = [story.name for story in told if not story.refused and not story.answers]
        names += promised[::_PROMISED_AGAIN]
        plain = [name for name in names if not wish(name).in_transaction]
        await asyncio.gather(*(self.append(wish(name), uncertain=True) for name in plain))
        async with Transactor(self._url, self._journal) as transactor:
            for name in names:
                if wish(name).in_transaction:
                    await transactor.append(wish(name))


async def main(options: argparse.Namespace) -> None:
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    journal = Journal(options.journal)

    async def append_on(client: Client, task: int) -> None:
        step = 0
        while not ending.is_set():
            await client.append(wish(f"{options.name}.s{task}.{step}"))
            step += 1

    async def transact_on(task: int) -> None:
        step = 0
        async with Transactor(options.url, journal, pause_at=options.pause_at) as transactor:
            while not ending.is_set():
                await transactor.append(wish(f"{options.name}.x{task}.{step}"))
                step += 1

    async with EventStore(options.url) as store:
        client = Client(store, journal, options.url)
        await client.retry(options.retry)
        await asyncio.gather(
            *(append_on(client, task) for task in range(options.tasks)),
            *(transact_on(task) for task in range(options.transactions)),
        )


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("url")
    words.add_argument("journal", type=Path)
    words.add_argument("name")
    words.add_argument("--tasks", type=int, default=0)
    words.add_argument("--transactions", type=int, default=0)
    words.add_argument("--pause-at", type=int)
    words.add_argument("--retry", type=Path, nargs="*", default=[])
    asyncio.run(main(words.parse_args()))
