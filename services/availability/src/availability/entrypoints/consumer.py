"""What booking and directory say, applied to the tables; the facts that follow from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from booking_events import Envelope, PublicEvent
from booking_events.directory import PractitionerState, PractitionerWithdrawn
from service_kit.clock import Clock
from service_kit.database import Connection
from service_kit.rehearing import HeardView

from availability.application.handle_agenda import Kept, close_agenda, follow_practitioner
from availability.application.ports import AgendaWriter
from availability.application.react import effect_of
from availability.views import agendas, busy, next_availability, practitioners

BOOKING_TOPICS = ["booking.appointments.v1"]
DIRECTORY_TOPICS = ["directory.practitioners.v1"]

Handle = Callable[[Connection, Envelope], Awaitable[Sequence[PublicEvent] | None]]


def booking(clock: Clock) -> Handle:
    """Holds and appointments take and free time; the first free slots may move."""

    async def handle(connection: Connection, envelope: Envelope) -> Sequence[PublicEvent] | None:
        effect = None if envelope.data is None else effect_of(envelope.data)
        if effect is None:
            return None
        moved = await busy.apply(connection, effect, envelope.time, envelope.sequence)
        return await next_availability.follow(connection, effect.agenda_id, moved, clock.now())

    return handle


def directory(table: AgendaWriter, clock: Clock) -> Handle:
    """A practitioner's copy; a place that changes its zone or territory; the end of the agendas of who withdraws."""

    async def handle(connection: Connection, envelope: Envelope) -> Sequence[PublicEvent] | None:
        match envelope.data:
            case PractitionerState() as state:
                await practitioners.keep(connection, state)
                return await _follow(connection, state.practitioner_id)
            case PractitionerWithdrawn(practitioner_id=practitioner_id):
                await practitioners.withdraw(connection, practitioner_id)
                return await _close_all(connection, practitioner_id)
            case _:
                return None

    async def _follow(connection: Connection, practitioner_id: str) -> list[PublicEvent]:
        practitioner = await practitioners.load(connection, practitioner_id)
        facts: list[PublicEvent] = []
        for kept in await agendas.lock_of_practitioner(connection, practitioner_id):
            changed = None if practitioner is None else follow_practitioner(kept, practitioner)
            if changed is not None:
                await table.keep(connection, changed)
                new = Kept(changed, changed.version)
                facts += [changed, *await next_availability.refresh(connection, new, clock.now())]
        return facts

    async def _close_all(connection: Connection, practitioner_id: str) -> list[PublicEvent]:
        facts: list[PublicEvent] = []
        for kept in await agendas.lock_of_practitioner(connection, practitioner_id):
            closed = close_agenda(kept)
            await table.close(connection, closed)
            new = Kept(kept.state, closed.version, closed=True)
            facts += [closed, *await next_availability.refresh(connection, new, clock.now())]
        return facts

    return handle


def heard_views() -> dict[str, HeardView]:
    """The copies that can be made anew from their topics; what follows from them has been said already."""

    async def time(connection: Connection, envelope: Envelope) -> None:
        effect = None if envelope.data is None else effect_of(envelope.data)
        if effect is not None:
            await busy.apply(connection, effect, envelope.time, envelope.sequence)

    async def practitioner(connection: Connection, envelope: Envelope) -> None:
        match envelope.data:
            case PractitionerState() as state:
                await practitioners.keep(connection, state)
            case PractitionerWithdrawn(practitioner_id=practitioner_id):
                await practitioners.withdraw(connection, practitioner_id)
            case _:
                pass

    return {
        "busy": HeardView("appointments", BOOKING_TOPICS, ["busy"], time),
        "practitioners": HeardView("practitioners", DIRECTORY_TOPICS, ["practitioners", "places"], practitioner),
    }
