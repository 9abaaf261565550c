"""What the clients ask for: a request that follows from its name alone, so that a retry and the judge know it whole."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from event_store import DCBQuery, DCBQueryItem, Event, Request

_SPACE = uuid.UUID("6f1f7e0c-3f2f-4e0d-9a60-0d4f7c1b2a11")
# So few that most decisions meet others on the same hour.
HOURS = 8


@dataclass(frozen=True)
class Wish:
    """One request: its id, its events, and the hour that its decision depends on (None: it depends on nothing)."""

    name: str
    request: Request
    events: list[Event]
    hour: str | None

    @property
    def in_transaction(self) -> bool:
        """Whether it is appended inside a transaction that also changes a row."""
        return ".x" in self.name

    @property
    def query(self) -> DCBQuery | None:
        """What may not have been added to since the decision was read."""
        return DCBQuery([DCBQueryItem(tags=[self.hour])]) if self.hour else None


def wish(name: str) -> Wish:
    """The request of that name: one to five events, some of them bulky, most of them on a condition."""
    draw = random.Random(name)
    hour = f"hour:{draw.randrange(HOURS)}"
    count = draw.choice([1, 2, 2, 3, 5])
    events = [
        Event(
            "Wished",
            f"{name}|{n}|{count}|".encode() + bytes(draw.choice([0, 200, 200, 2_000, 20_000])),
            [hour, f"wish:{name}"],
            uuid.uuid5(_SPACE, f"{name}|{n}"),
            metadata={"number": str(n)},
        )
        for n in range(count)
    ]
    freely = ".x" in name or draw.random() < 0.2
    request = Request(uuid.uuid5(_SPACE, name), f"print of {name}".encode(), f"answer to {name}".encode())
    return Wish(name, request, events, None if freely else hour)


def name_in(data: bytes) -> tuple[str, int]:
    """Whose event it is, and the which of that wish."""
    name, number, _ = data.split(b"|", 2)
    return name.decode(), int(number)
