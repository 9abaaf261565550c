"""What those who were in a race can swear to: each read, append, inquiry and subscription, with when it was.

Instants are seconds of CLOCK_MONOTONIC, which every process of one machine shares.
"""

import json
from dataclasses import asdict, dataclass

from event_store import DCBQuery, DCBQueryItem, Event

QueryItems = list[tuple[list[str], list[str]]]  # types and tags of each item; none: everything
OUTCOMES = ("Appended", "Conflict", "AlreadySeen", "Refused", "Unknown")
TypeAndTags = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Look:
    """A read, and the positions that it was answered with."""

    query: QueryItems
    after: int
    limit: int | None
    began: float
    ended: float
    head: int
    seen: list[int]
    now: str  # the database's clock, as ISO 8601


@dataclass(frozen=True, slots=True)
class Try:
    """An append, and what it was told.

    `outcome` is the answer's class; `Refused` when nothing was sent, `Unknown` when the connection was lost under it,
    else the name of the server's error. Every try has a name of its own, which its events hold as `name/0`, `name/1`
    and its request keeps as fingerprint: a repetition of a request is another try with the same `request`.
    """

    name: str
    request: str | None
    events: list[TypeAndTags]
    query: QueryItems
    after: int | None  # None: without a condition
    began: float
    ended: float
    outcome: str
    position: int | None = None
    kept: tuple[str, str] | None = None  # fingerprint and answer of AlreadySeen

    def event(self, number: int) -> Event:
        """The event as it was sent; what names it is its data."""
        type, tags = self.events[number]
        return Event(type, f"{self.name}/{number}".encode(), tags)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A `find_request`; no position when nothing was found."""

    request: str
    began: float
    ended: float
    position: int | None
    kept: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Following:
    """The positions that one subscription brought, in the order in which it did."""

    seen: list[int]


Record = Look | Try | Inquiry | Following
_KINDS: dict[str, type[Record]] = {kind.__name__: kind for kind in (Look, Try, Inquiry, Following)}


def written(record: Record) -> str:
    """One line for the record."""
    return json.dumps([type(record).__name__, asdict(record)])


def understood(line: str | bytes) -> Record:
    """The record of a line."""
    kind, fields = json.loads(line)
    return _KINDS[kind](**fields)


def answer_to_keep(name: str) -> str:
    """The answer that a request of this try keeps: another text than its fingerprint, so that neither is the other."""
    return f"answer to {name}"


def as_query(items: QueryItems) -> DCBQuery:
    """The items as the store takes them."""
    return DCBQuery([DCBQueryItem(types=types, tags=tags) for types, tags in items])
