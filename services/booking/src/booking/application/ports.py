"""What the application needs of the world, as protocols: bootstrap hands over who fulfils them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from booking.application.handle import Outcome, Task
from booking.application.offers import Sheet
from booking.domain.agenda import Agenda
from booking.domain.events import Event
from booking.domain.facts import Stretch
from booking.domain.rejections import Rejection
from booking.domain.states import Known

FOLLOWED_MAX = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer, kept beside the request's id so that a repetition gets it byte for byte.

    `kept` is false for what the next try may see otherwise (not found, say).
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Once:
    """A request that may be repeated: its id (of service, caller, operation and key), and a digest of what it asks."""

    id: UUID
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """`position`: of the last event, or of the log's head when there was none. `replayed`: decided earlier."""

    answer: Answer
    position: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A decoded event with its place, its hash and what was noted of its decision."""

    event: Event
    id: UUID
    position: int
    recorded_at: datetime
    previous_hash: bytes
    hash: bytes
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chain:
    """`verified` events hold together; `broken_at` is the first position that does not. `head` is the last one."""

    verified: int
    broken_at: int | None
    reason: str | None
    head: int
    hash: bytes | None
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything with one of the tags asked, the head of the log, and this service's time: one snapshot."""

    records: Sequence[Record]
    known: Known
    head: int
    at: datetime


Render = Callable[[Outcome | Rejection], Answer]


def unanswered(_: Outcome | Rejection) -> Answer:
    """Nobody asked, so nobody is answered."""
    return Answer(204, b"")


class KeyReused(Exception):
    """The Idempotency-Key came before with another body."""


class Contended(Exception):
    """Others were faster several times in a row; nothing was changed."""


class Ledger(Protocol):
    """The log of booking: read a boundary, decide, append on condition."""

    async def read(self, tags: Sequence[str]) -> Reading:
        """Everything with one of `tags`, at least one."""
        ...

    async def head(self) -> int:
        """The position of the last event; 0 when there is none."""
        ...

    async def decide(self, task: Task, actor: str, render: Render, once: Once | None = None) -> Answered:
        """Raises `KeyReused` or `Contended`."""
        ...

    async def refuse(self, refusal: Answer, once: Once | None) -> Answered:
        """Answer without deciding: what was answered before, else `refusal`, which is kept if it is to be."""
        ...

    async def feed(
        self, kinds: Sequence[type[Event]], agenda_id: str | None, after: int, limit: int
    ) -> tuple[list[Record], int]:
        """The next records of these types (none: all) and that agenda (None: all), and the head."""
        ...

    def portions(self, after: int = 0, until: int | None = None) -> AsyncIterator[list[Record]]:
        """The log after a position, up to and including `until`, in portions."""
        ...

    def follow(self, after: int) -> AsyncIterator[list[Record]]:
        """Every record after a position, each once and in order, FOLLOWED_MAX at once; then what comes."""
        ...

    async def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before an instant; 0 before the first."""
        ...

    async def at(self, position: int) -> Record | None:
        """The record at a position, or None when the log is shorter."""
        ...

    async def verify(self) -> Chain:
        """Recompute the hash chain from the first event."""
        ...


class Offers(Protocol):
    """Whoever can tell a genuine sheet from another."""

    async def sheet(self, offer: str) -> Sheet:
        """The facts of a signed sheet. Raises `OfferNotGenuine`, or `OfferKeysAway` while that cannot be told."""
        ...


class OfferKeysAway(Exception):
    """Availability's published keys cannot be had just now, and this sheet needs one that is not known yet."""


class Heard(Protocol):
    """What has been heard of agendas and people."""

    async def newest_change(self, stretch: Stretch, after_version: int) -> int | None:
        """The newest version above `after_version` whose change touches the visit of `stretch`, or None."""
        ...

    async def people_of(self, account_id: str) -> frozenset[str]:
        """For whom the account may book."""
        ...

    async def agenda(self, agenda_id: str) -> Agenda | None:
        """Its newest state, or None when nothing was heard of it."""
        ...

    async def accounts_of(self, person_id: str) -> tuple[str, ...]:
        """The accounts that may book for the person, in order; none for who is erased or was never heard of."""
        ...


class Seals(Protocol):
    """What a person says, under a key of their own."""

    async def seal(self, person_id: str, about: str, said: Any) -> str:
        """JSON-able `said`, readable only with the person's key and the same `about`. Raises `PersonErased`."""
        ...

    async def unseal(self, person_id: str, about: str, sealed: str) -> Any:
        """What was sealed. Raises `PersonErased` when the key is destroyed."""
        ...

    async def destroy(self, person_id: str) -> None:
        """Make everything sealed for the person unreadable for ever; again is harmless."""
        ...


class PersonErased(Exception):
    """The key is destroyed."""


@dataclass(frozen=True, slots=True)
class Seat:
    """`begun` within an hour, this one too unless it waits until `retry_at`; the first counts until `resets_at`."""

    begun: int
    resets_at: datetime
    retry_at: datetime | None


class Quota(Protocol):
    """How many slots visitors hold from one network address."""

    hourly_max: int

    async def take(self, network: str, hold_id: str, now: datetime) -> Seat:
        """Count a hold before it is begun, so that many at once cannot slip through."""
        ...

    async def give_back(self, hold_id: str) -> None:
        """It was not begun after all."""
        ...

    async def forget(self, now: datetime) -> None:
        """What is counted no more."""
        ...
