"""The JSON of holds and appointments, as they go out; and the start of a visit, as it comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from booking.domain.facts import EARLIEST, LATEST, Visit
from booking.domain.states import Appointment, Booked, Held, Missed, State, state_of

Start = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]


class HoldBody(BaseModel):
    """A slot kept for the caller until `expires_at`. Instants are UTC; `zone` is the place's."""

    id: str
    agenda_id: str
    practitioner_id: str
    place_id: str | None
    start: datetime
    end: datetime
    zone: str
    motive_id: str
    mode: Literal["in_person", "video"]
    expires_at: datetime
    extended: bool
    questions: list[dict[str, Any]]
    linked_to: str | None = Field(None, description="the hold of the other visit of a two-step motive")


class HistoryEntry(BaseModel):
    at: datetime
    event: Literal["confirmed", "moved", "cancelled", "honoured", "excused", "missed"]
    version: int
    by: Literal["patient", "practice", "absence"]


class AppointmentSummary(BaseModel):
    """An appointment in a list. Instants are UTC; `zone` is the place's."""

    id: str
    agenda_id: str
    practitioner_id: str
    place_id: str | None
    start: datetime
    end: datetime
    zone: str
    motive_id: str
    mode: Literal["in_person", "video"]
    person_id: str
    state: State
    excused: bool = Field(description="missed, with an excuse that the practice accepts")
    room_id: str | None = Field(
        description="the room of the place that it takes beside the practitioner, named by availability"
    )
    version: int


class AppointmentBody(AppointmentSummary):
    history: list[HistoryEntry]
    linked_to: str | None = Field(None, description="the other appointment of a two-step motive, until cancelled")


class AppointmentDetail(AppointmentBody):
    """With what was said before the visit, for the patient's side and the practice; None once erased."""

    consulted_before: bool | None = None
    answers: dict[str, str] | None = None


class AppointmentPage(BaseModel):
    items: list[AppointmentSummary]
    next: str | None


class HoldPage(BaseModel):
    items: list[HoldBody]
    next: None = None


def hold_body(hold: Held) -> dict[str, Any]:
    return {
        "id": hold.hold_id,
        **_visit(hold.visit),
        "expires_at": hold.expires_at,
        "extended": hold.extended,
        "questions": [{"id": question.id, "required": question.required} for question in hold.rules.questions],
        "linked_to": hold.linked_to,
    }


def appointment_body(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.appointment_id,
        **_visit(appointment.visit),
        "person_id": appointment.person_id,
        "state": state_of(appointment),
        "excused": isinstance(appointment, Missed) and appointment.excused,
        "room_id": appointment.visit.stretch.room_id,
        "version": appointment.version,
        "history": appointment.history,
        "linked_to": appointment.linked_to if isinstance(appointment, Booked) else None,
    }


def row_body(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the view of appointments."""
    names = (
        "agenda_id", "practitioner_id", "place_id", "zone", "motive_id", "mode", "person_id", "state", "excused",
        "version", "room_id",
    )  # fmt: skip
    return {"id": row["appointment_id"], "start": row["start_at"], "end": row["end_at"]} | {n: row[n] for n in names}


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "agenda_id": visit.stretch.agenda_id,
        "practitioner_id": visit.practitioner_id,
        "place_id": visit.place_id,
        "start": visit.stretch.start,
        "end": visit.stretch.end,
        "zone": visit.zone,
        "motive_id": visit.motive_id,
        "mode": visit.mode,
    }
