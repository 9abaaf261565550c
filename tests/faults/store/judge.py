"""Holds the log against what its clients tried and were told; independent of the SQL that wrote it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

import psycopg
from event_store import ChainVerifier, EventStore, RecordedEvent

from .journal import FREELY, Story
from .wishes import Wish, name_in, wish

VIOLATIONS = ("lost", "doubled", "gaps", "torn", "misplaced", "denied", "unconditional", "strangers", "unlike", "chain")

_TAGS_UNLIKE = """
WITH wanted AS (SELECT DISTINCT ledger.tag_key(tag), position FROM ledger.events, unnest(tags) AS tag)
SELECT (SELECT count(*) FROM (TABLE wanted EXCEPT SELECT tag, position FROM ledger.event_tags) AS missing)
     + (SELECT count(*) FROM (SELECT tag, position FROM ledger.event_tags EXCEPT TABLE wanted) AS surplus)
"""


class Judge:
    """Reads a log on from where it stopped, and judges requests by it; `found` counts what it found wrong."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._chain = ChainVerifier()
        self._positions: dict[str, list[int]] = defaultdict(list)
        self._hours: dict[str, list[int]] = defaultdict(list)
        self.head = 0
        self.found: Counter[str] = Counter()
        self.examples: list[str] = []

    async def read_on(self) -> int:
        """Read and check what came since; the head. It ends at a head that was committed, so wholly."""
        async with EventStore(self._url) as store:
            until = await store.head()
            async for portion in store.read_range(after=self.head, until=until, batch=2000):
                for recorded in portion:
                    self._add(recorded)
                report = self._chain.add(portion)
                if not report.intact:
                    self._blame("chain", f"position {report.broken_at}: {report.reason}")
        if self.head != until:
            self._blame("gaps", f"the log ends at {self.head} and its head is {until}")
        return self.head

    @property
    def verified(self) -> int:
        """How many events the chain holds over."""
        return self._chain.report.verified

    def recorded(self, name: str) -> bool:
        """Whether anything of this request is in the log."""
        return name in self._positions

    def judge(self, told: Mapping[str, Story]) -> None:
        """Each request is there wholly, once, where it was told and on its condition, or it was never acknowledged."""
        for name, story in told.items():
            self._judge_one(wish(name), story)

    def judge_strangers(self, known: Iterable[str]) -> None:
        """Nothing is there that nobody asked for."""
        for name in self._positions.keys() - set(known):
            self._blame("strangers", name)

    def judge_tables(self, connection: psycopg.Connection) -> None:
        """The kept requests, the tags and the changes are those of the events, no more and no fewer."""
        kept: dict[UUID, int] = dict(connection.execute("SELECT id, position FROM ledger.requests").fetchall())
        own = {wish(name).request.id: positions[-1] for name, positions in self._positions.items()}
        changed = {name for (name,) in connection.execute("SELECT name FROM changes").fetchall()}
        asked = {name for name in self._positions if wish(name).in_transaction}
        (tags,) = connection.execute(_TAGS_UNLIKE).fetchone() or (1,)
        for what, unlike in (
            ("requests", len(kept.items() ^ own.items())),
            ("changes", len(changed ^ asked)),
            ("tags", tags),
        ):
            if unlike:
                self._blame("unlike", f"{unlike} {what}")

    def _add(self, recorded: RecordedEvent) -> None:
        if recorded.position != self.head + 1:
            self._blame("gaps", f"{recorded.position} comes after {self.head}")
        self.head = recorded.position
        name, number = name_in(recorded.event.data)
        for tag in recorded.event.tags:
            if tag.startswith("hour:"):
                self._hours[tag].append(recorded.position)
        known = self._positions[name]
        wanted = wish(name).events
        if len(known) == len(wanted):
            self._blame("doubled", f"{name} at {recorded.position}")
        elif number != len(known) or (known and known[-1] != recorded.position - 1):
            self._blame("torn", f"{name} at {recorded.position}")
        elif recorded.event != wanted[number]:
            self._blame("unlike", f"{name} at {recorded.position}")
        known.append(recorded.position)

    def _judge_one(self, wanted: Wish, story: Story) -> None:
        positions = self._positions.get(wanted.name, [])
        answers = story.answers
        if not positions:
            if answers:
                self._blame("lost", f"{wanted.name} was acknowledged at {answers[0].number}")
            return
        if len(positions) < len(wanted.events):
            self._blame("torn" if not answers else "lost", f"{wanted.name}: {len(positions)} of its events are there")
        if any(answer.number != positions[-1] for answer in answers):
            self._blame("misplaced", f"{wanted.name} ends at {positions[-1]}")
        if sum(answer.word == "Appended" for answer in answers) > 1:
            self._blame("doubled", f"{wanted.name} was called new twice")
        if story.refused:
            self._blame("denied", f"nothing was to be recorded of {wanted.name}")
        if wanted.hour is not None and not self._was_free(wanted.hour, story.afters, positions[0]):
            self._blame("unconditional", f"{wanted.name} is at {positions[0]} against its condition")

    def _was_free(self, hour: str, afters: Iterable[int], first: int) -> bool:
        """Whether one of its attempts was allowed there: no event of its hour between what it had read and itself."""
        there = self._hours[hour]

        def next_after(after: int) -> int:
            return there[bisect_right(there, after)]

        return any(after != FREELY and after < first and next_after(after) == first for after in afters)

    def _blame(self, violation: str, example: str) -> None:
        self.found[violation] += 1
        if len(self.examples) < 10:
            self.examples.append(f"{violation}: {example}")
