"""How agendas, motives and slots look in answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from booking_events.availability import AgendaState, ExtraOpening, MotiveRules, OpeningRange, Question, SecondVisit
from booking_events.base import Mode
from pydantic import AwareDatetime, BaseModel

from availability.application.handle_agenda import Absence, Kept
from availability.domain.span import instant_of
from availability.entrypoints.bodies import Money


class MotiveShown(BaseModel):
    id: str
    name: str
    speciality: str
    duration_minutes: int
    modes: tuple[Mode, ...]
    price: Money | None
    booking: Literal["everyone", "known_patients", "staff"]
    instructions_before: str
    instructions_after: str
    questions: tuple[Question, ...]
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int
    cancel_until_minutes: int
    max_future_per_patient: int | None
    move_until_minutes: int | None
    min_days_between: int
    max_per_day: int | None
    max_per_week: int | None
    second_visit: SecondVisit | None
    rooms: tuple[str, ...]
    on_request: bool


class MotiveList(BaseModel):
    items: tuple[MotiveShown, ...]
    next: None = None


class RoomShown(BaseModel):
    id: str
    place_id: str
    name: str
    withdrawn: bool


class RoomList(BaseModel):
    items: tuple[RoomShown, ...]
    next: None = None


class AbsenceShown(BaseModel):
    id: str
    agenda_id: str
    start: AwareDatetime
    end: AwareDatetime
    cancels_appointments: bool
    version: int


class AgendaShown(BaseModel):
    id: str
    practitioner_id: str
    place_id: str | None
    speciality: str
    zone: str
    territory: str
    holidays_closed: bool
    closed: bool
    opening_ranges: tuple[OpeningRange, ...]
    extra_openings: tuple[ExtraOpening, ...]
    motives: tuple[MotiveShown, ...]
    absences: tuple[AbsenceShown, ...]
    version: int


class AgendaSummary(BaseModel):
    id: str
    practitioner_id: str
    place_id: str | None
    speciality: str
    zone: str
    modes: tuple[Mode, ...]


class AgendaList(BaseModel):
    items: tuple[AgendaSummary, ...]
    next: str | None


class SlotShown(BaseModel):
    """`offer`: the place in `offers` of the sheet on which the start stands; null: on none, the practice is asked."""

    agenda_id: str
    start: AwareDatetime
    end: AwareDatetime
    mode: Mode
    offer: int | None
    held_by_you: bool = False


class NextSlotShown(BaseModel):
    agenda_id: str
    start: AwareDatetime
    end: AwareDatetime
    mode: Mode


class SlotsShown(BaseModel):
    offers: tuple[str, ...]
    slots: tuple[SlotShown, ...]
    next_slot: NextSlotShown | None
    zone: str


class PreviewSlot(BaseModel):
    motive_id: str
    mode: Mode
    start: AwareDatetime
    end: AwareDatetime


class AffectedAppointment(BaseModel):
    appointment_id: str
    motive_id: str
    mode: Mode
    start: AwareDatetime
    end: AwareDatetime


class PreviewShown(BaseModel):
    """What a change would do. `slots`: those of the next 14 local dates."""

    agenda: AgendaShown
    slots: tuple[PreviewSlot, ...]
    affected_appointments: tuple[AffectedAppointment, ...]


class ReasonShown(BaseModel):
    """`source_position`: in booking's log for a hold or appointment, else in availability's."""

    rule: str
    detail: str
    source_position: int | None


class WhyNot(BaseModel):
    offered: bool
    reasons: tuple[ReasonShown, ...]


def motive(rules: MotiveRules) -> dict[str, Any]:
    facts = rules.model_dump(mode="json", exclude={"price", "currency"})
    price = None if rules.price is None else {"amount": rules.price, "currency": rules.currency}
    return {**facts, "price": price}


def agenda(kept: Kept, absences: Iterable[Absence]) -> dict[str, Any]:
    state = kept.state
    hidden = {"agenda_id", "version", "motives", "affected_from", "affected_until"}
    return {
        "id": state.agenda_id,
        **state.model_dump(mode="json", include=set(AgendaState.model_fields) - hidden),
        "closed": kept.closed,
        "motives": [motive(rules) for rules in state.motives],
        "absences": [absence(kept, one) for one in absences],
        "version": kept.version,
    }


def absence(kept: Kept, one: Absence) -> dict[str, Any]:
    return {
        "id": one.id,
        "agenda_id": kept.state.agenda_id,
        "start": local(one.start, kept.state.zone),
        "end": local(one.end, kept.state.zone),
        "cancels_appointments": one.cancels_appointments,
        "version": kept.version,
    }


def summary(state: AgendaState) -> dict[str, Any]:
    modes = sorted({mode for rules in state.motives for mode in rules.modes})
    names = ("practitioner_id", "place_id", "speciality", "zone")
    return {"id": state.agenda_id, **{name: getattr(state, name) for name in names}, "modes": modes}


def local(instant: datetime, zone: str) -> str:
    """An instant with the place's offset, as people see it."""
    return instant.astimezone(ZoneInfo(zone)).isoformat()


def local_minute(minute: int, zone: str) -> str:
    return local(instant_of(minute), zone)
