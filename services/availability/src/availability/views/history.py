"""What an agenda's rules and absences were at an instant, replayed from availability's own log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from booking_events import EVENTS
from booking_events.availability import AbsenceDeclared, AbsenceLifted, AgendaChanged, AgendaClosed, AgendaOpened
from event_store import DCBQuery, DCBQueryItem, EventStore, RecordedEvent

from availability.application.rules import to_agenda
from availability.domain.agenda import Agenda, Stretch
from availability.domain.explanation import Taker
from availability.domain.span import minute_after, minute_of

_TYPES = [model.ce_type for model in (AgendaOpened, AgendaChanged, AgendaClosed, AbsenceDeclared, AbsenceLifted)]


@dataclass(frozen=True)
class Past:
    """The agenda at an instant: its rules, the log position that set them, and the absences then known."""

    agenda: Agenda
    position: int
    absences: dict[str, Taker]


async def agenda_as_of(store: EventStore, agenda_id: str, as_of: datetime) -> Past | None:
    """None where there was no such agenda yet."""
    query = DCBQuery(items=[DCBQueryItem(types=_TYPES, tags=[f"agenda:{agenda_id}"])])
    past: Past | None = None
    for recorded in (await store.read(query)).events:
        if datetime.fromisoformat(recorded.event.metadata["at"]) > as_of:
            break
        past = _evolve(past, recorded)
    return past


def _evolve(past: Past | None, recorded: RecordedEvent) -> Past | None:
    event = EVENTS[recorded.event.type].model_validate_json(recorded.event.data)
    if isinstance(event, AgendaOpened | AgendaChanged):
        absences = {} if past is None else past.absences
        return Past(to_agenda(event), recorded.position, absences)
    if past is None:
        return None
    match event:
        case AbsenceDeclared():
            time = Stretch(minute_of(event.start), minute_after(event.end))
            taker = Taker("absence", time, recorded.position)
            return replace(past, absences={**past.absences, event.absence_id: taker})
        case AbsenceLifted():
            return replace(past, absences={k: v for k, v in past.absences.items() if k != event.absence_id})
        case AgendaClosed():
            return replace(past, agenda=replace(past.agenda, closed=True), position=recorded.position)
        case _:
            return past
