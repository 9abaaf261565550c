"""Bookings as booking's own code writes them: its events, tags, metadata and kept answers, with invented ids."""

import base64
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
from booking.adapters import codec
from booking.domain import tags
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, HoldExpired, SlotHeld
from booking.domain.facts import Rules, Stretch, Visit
from event_store import DCBQuery, DCBQueryItem, Request
from event_store import Event as StoredEvent

Event = SlotHeld | HoldExpired | AppointmentConfirmed | AppointmentCancelled

_AGENDAS, _SLOTS, _SLOT_MINUTES = 2_000, 50_000, 15
_NOW = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
# Of a hundred holds so many lapse, and of a hundred appointments so many are called off or come with sealed answers.
_LAPSED, _CALLED_OFF, _SEALED = 15, 10, 40


class Step:
    """One command: what it reads before it decides, what it then records, and the answer that is kept with it."""

    def __init__(self, boundary: tuple[str, ...], event: Event, cause: uuid.UUID, answer: bytes) -> None:
        self.boundary = boundary
        self.event = event
        self.query = DCBQuery([DCBQueryItem(tags=[tag]) for tag in boundary])
        self.request = Request(cause, cause.bytes * 2, answer)
        self._encoded: StoredEvent | None = None

    @property
    def data(self) -> bytes:
        return self.prepare().data

    def prepare(self) -> StoredEvent:
        """Encode the event, once."""
        if self._encoded is None:
            noted = {
                "actor": f"account:{self.event.account_id}",
                "rules": "1",
                "boundary": " ".join(self.boundary),
                "after": "",
                "cause": str(self.request.id),
            }
            self._encoded = codec.encode(self.event, noted)
        return self._encoded

    def stored(self, after: int) -> StoredEvent:
        """The event as booking's adapter notes it (`booking.adapters.ledger`)."""
        encoded = self.prepare()
        encoded.metadata["after"] = str(after)
        return encoded


class Bookings:
    """An endless stream of bookings; the same seed gives the same proportions, and every id is new."""

    def __init__(self, seed: int | str, agendas: int = _AGENDAS) -> None:
        self._random = random.Random(seed)  # noqa: S311 - sizes and proportions, no secrets
        self._agendas = [(self._id(), self._id(), self._id()) for _ in range(agendas)]

    def steps(self) -> Iterator[Step]:
        """The commands of one booking after another, each booking's in their order."""
        while True:
            yield from self.booking()

    def booking(self) -> list[Step]:
        """Hold and confirm, or hold and lapse; some are cancelled."""
        account, person, hold, appointment = (self._id() for _ in range(4))
        visit, rules = (
            self._visit(),
            Rules(agenda_version=17, offer=self._random.randbytes(32).hex(), notice_minutes=120),
        )
        hours, until = tags.hours(visit.stretch), _NOW + timedelta(minutes=10)
        held = SlotHeld(_NOW, hold, account, visit, rules, until)
        steps = [self._step((*hours, tags.account(account)), held, visit)]
        if self._random.randrange(100) < _LAPSED:
            lapsed = HoldExpired(until, hold, account, visit.stretch)
            return [*steps, self._step((tags.hold(hold),), lapsed, visit)]
        sealed = self._sealed() if self._random.randrange(100) < _SEALED else None
        confirmed = AppointmentConfirmed(_NOW, appointment, hold, person, account, visit, rules, sealed)
        boundary = (tags.hold(hold), tags.account(account), tags.person(person), *hours)
        steps.append(self._step(boundary, confirmed, visit))
        if self._random.randrange(100) < _CALLED_OFF:
            off = AppointmentCancelled(_NOW, appointment, person, account, visit, 2, "patient")
            steps.append(self._step((tags.appointment(appointment),), off, visit))
        return steps

    def _step(self, boundary: tuple[str, ...], event: Event, visit: Visit) -> Step:
        head = {"status": 201, "headers": {"location": f"/v1/holds/{visit.motive_id}", "etag": '"1"'}}
        return Step(boundary, event, self._uuid(), orjson.dumps(head) + b"\n" + orjson.dumps(visit))

    def _visit(self) -> Visit:
        agenda, practitioner, place = self._random.choice(self._agendas)
        start = _NOW + timedelta(minutes=_SLOT_MINUTES * self._random.randrange(_SLOTS))
        stretch = Stretch(agenda, start, start + timedelta(minutes=_SLOT_MINUTES))
        return Visit(stretch, practitioner, place, "medecin-generaliste", "Europe/Paris", self._id(), "in_person")

    def _sealed(self) -> str:
        return "1." + base64.urlsafe_b64encode(self._random.randbytes(self._random.randint(80, 300))).decode()

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def _id(self) -> str:
        return str(self._uuid())
