"""What takes time from agendas, ready for the calculation of slots: visits, live holds and absences from now on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from service_kit.database import Connection

from availability.application.handle_agenda import Absence
from availability.domain.agenda import Agenda, Stretch
from availability.domain.limits import is_limited
from availability.domain.slots import Occupation
from availability.domain.span import minute_after, minute_of
from availability.views import agendas, busy


async def occupations(
    connection: Connection, of: Sequence[Agenda], now: datetime, but_held_by: str | None = None
) -> dict[str, Occupation]:
    """By agenda; the holds of `but_held_by` left out, since they do not bind their holder."""
    ids = [agenda.id for agenda in of]
    limited = {agenda.id: [motive.id for motive in agenda.motives if is_limited(motive)] for agenda in of}
    absences = await agendas.absences(connection, ids, now)
    taken = await busy.taken(connection, ids, now, but_held_by)
    starts = await busy.starts_to_count(connection, limited, now, but_held_by)
    rooms = await busy.taken_rooms(
        connection, sorted({room for agenda in of for room in agenda.rooms}), now, but_held_by
    )
    return {
        agenda.id: Occupation(
            taken[agenda.id],
            away(absences[agenda.id]),
            {room: rooms[room] for room in agenda.rooms},
            starts.get(agenda.id, {}),
        )
        for agenda in of
    }


def away(absences: Iterable[Absence]) -> list[Stretch]:
    """Absences in minutes since 1970, rounded outwards."""
    return [Stretch(minute_of(absence.start), minute_after(absence.end)) for absence in absences]
