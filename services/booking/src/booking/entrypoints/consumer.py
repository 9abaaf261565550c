"""What availability and accounts say, into booking's own tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfoNotFoundError

from booking_events import Envelope
from service_kit.consuming import Poison
from service_kit.database import Connection
from service_kit.rehearing import HeardView

from booking.application import handle, handle_absences, handle_practice
from booking.application.ports import Ledger, Seals, unanswered
from booking.application.react import Away, Effect, Erased, away, react
from booking.domain import tags
from booking.domain.actors import Leaver, Patient
from booking.domain.states_practice import Pending

AGENDA_TOPICS = ["availability.agendas.v1"]
AGENDAS_ACTOR = "service:availability"
PEOPLE_TOPICS = ["accounts.people.v1"]
ACTOR = "service:booking-erasure"


def heard_views(apply: Callable[[Connection, Effect], Awaitable[None]]) -> dict[str, HeardView]:
    """The copies that can be made anew from their topics. An erasure has done all else long ago."""

    async def again(connection: Connection, envelope: Envelope) -> None:
        effect = None if envelope.data is None else react(envelope.data)
        if effect is not None:
            await apply(connection, effect)

    return {
        "agendas": HeardView("agendas", AGENDA_TOPICS, ["agenda_change", "agenda"], again),
        "people": HeardView("people", PEOPLE_TOPICS, ["bookable_person", "erased_person"], again),
    }


class Listener:
    """Hands each fact's meaning to `apply`, in the consumer's transaction."""

    def __init__(self, apply: Callable[[Connection, Effect], Awaitable[None]], seals: Seals, ledger: Ledger) -> None:
        self._apply = apply
        self._seals = seals
        self._ledger = ledger

    async def hear(self, connection: Connection, envelope: Envelope) -> None:
        if envelope.data is None:
            return
        try:
            effect = react(envelope.data)
        except (ZoneInfoNotFoundError, ValueError, OverflowError):
            raise Poison("the agenda's zone or dates mean nothing here") from None
        if effect is None:
            return
        if isinstance(effect, Erased):
            # In other transactions: first, and harmless when repeated, so that no erasure is noted without them.
            await self._seals.destroy(effect.person_id)
            await self._take_back(effect.person_id)
        if (absence := away(envelope.data)) is not None:
            await self._note(absence)
        await self._apply(connection, effect)

    async def _note(self, absence: Away) -> None:
        """Into the log, first, and harmless when it is repeated, so that none is heard of without it."""
        id_ = absence.absence_id
        if absence.plan is None:
            task = handle_absences.end(id_)
        else:
            task = handle_absences.note(id_, absence.agenda_id, absence.start, absence.end, absence.plan)
        await self._ledger.decide(task, AGENDAS_ACTOR, unanswered)

    async def _take_back(self, person_id: str) -> None:
        """The time of the visits to come is free again, and nobody need answer what was asked for."""
        reading = await self._ledger.read((tags.person(person_id),))
        for appointment in reading.known.booked():
            if appointment.visit.stretch.start > reading.at:
                task = handle.cancel(appointment.appointment_id, (Leaver(person_id),))
                await self._ledger.decide(task, ACTOR, unanswered)
        for asked in reading.known.requests.values():
            if isinstance(asked, Pending):
                task = handle_practice.end_request(asked.request_id, Patient(asked.account_id), None)
                await self._ledger.decide(task, ACTOR, unanswered)
