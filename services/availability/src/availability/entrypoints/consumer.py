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
from availability.views import agendas, busy_rows, next_availability, practitioners
from availability.views.busy_rows import Happened

BOOKING_TOPICS = ["booking.appointments.v1"]
DIRECTORY_TOPICS = ["directory.practitioners.v1"]

Handle = Callable[[Connection, Envelope], Awaitable[Sequence[PublicEvent] | None]]
HandleMany = Callable[[Connection, Sequence[Envelope]], Awaitable[Sequence[PublicEvent] | None]]


def booking(clock: Clock) -> HandleMany:
    """Holds and appointments take and free time; the first free slots may move.

    A whole batch in a handful of statements: what booking says comes by the hundred.
    """

    async def handle(connection: Connection, envelopes: Sequence[Envelope]) -> Sequence[PublicEvent] | None:
        moved = await busy_rows.apply(connection, _happened(envelopes))
        return await next_availability.follow(connection, moved, clock.now()) if moved else None

    return handle


def one_by_one(many: HandleMany) -> Handle:
    """The same for a single message, where one of a batch does not fit."""

    async def handle(connection: Connection, envelope: Envelope) -> Sequence[PublicEvent] | None:
        return await many(connection, [envelope])

    return handle


def _happened(envelopes: Sequence[Envelope]) -> list[Happened]:
    """What takes or frees time, in order."""
    effects = [(one, None if one.data is None else effect_of(one.data)) for one in envelopes]
    return [Happened(effect, one.time, one.sequence) for one, effect in effects if effect is not None]


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
        await busy_rows.apply(connection, _happened([envelope]))

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
