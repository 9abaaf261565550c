"""What availability says: agendas with their rules, absences, and the next free slots."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from booking_events.base import Id, Instant, Mode, Part, PublicEvent


class OpeningRange(Part):
    """Weekly opening in local wall time.

    `weekdays`: 1 = Monday ... 7; `start`, `end`: `HH:MM` (an end before the start is the next day).
    """

    weekdays: tuple[int, ...]
    start: str
    end: str
    valid_from: date
    valid_until: date | None = None
    every_weeks: int = 1
    except_dates: tuple[date, ...] = ()
    motive_ids: tuple[Id, ...] = ()
    modes: tuple[Mode, ...] = ("in_person",)
    capacity: int = 1


class ExtraOpening(Part):
    """One opening on one local date."""

    on: date
    start: str
    end: str
    motive_ids: tuple[Id, ...] = ()
    modes: tuple[Mode, ...] = ("in_person",)
    capacity: int = 1


class Question(Part):
    """A pre-visit question; its answer is personal and never in an event in the clear."""

    id: Id
    text: str
    required: bool = False


class MotiveRules(Part):
    """A visit motive with the rules that bind its booking. Minutes, hours and days are local to the place."""

    id: Id
    name: str
    speciality: str
    duration_minutes: int = Field(ge=5)
    modes: tuple[Mode, ...] = ("in_person",)
    price: str | None = None
    currency: str = "EUR"
    booking: Literal["everyone", "known_patients", "staff"] = "everyone"
    instructions_before: str = ""
    instructions_after: str = ""
    questions: tuple[Question, ...] = ()
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    notice_minutes: int = 0
    horizon_days: int = 90
    cancel_until_minutes: int = 0
    max_future_per_patient: int | None = None


class AgendaState(PublicEvent):
    """The full rules of an agenda at a version, and the local dates that the change touches (None = open-ended)."""

    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: int
    practitioner_id: Id
    place_id: Id | None
    speciality: str
    zone: str
    territory: str = "FR"
    holidays_closed: bool = True
    opening_ranges: tuple[OpeningRange, ...] = ()
    extra_openings: tuple[ExtraOpening, ...] = ()
    motives: tuple[MotiveRules, ...] = ()
    affected_from: date | None = None
    affected_until: date | None = None


class AgendaOpened(AgendaState):
    ce_type: ClassVar[str] = "rendezvous.availability.AgendaOpened.v1"


class AgendaChanged(AgendaState):
    ce_type: ClassVar[str] = "rendezvous.availability.AgendaChanged.v1"


class AbsenceDeclared(PublicEvent):
    """Nothing can be booked from `start` to `end`; `version` is the agenda's after it."""

    ce_type: ClassVar[str] = "rendezvous.availability.AbsenceDeclared.v1"
    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: int
    absence_id: Id
    start: Instant
    end: Instant
    cancels_appointments: bool = False


class AbsenceLifted(PublicEvent):
    ce_type: ClassVar[str] = "rendezvous.availability.AbsenceLifted.v1"
    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: int
    absence_id: Id
    start: Instant
    end: Instant


class AgendaClosed(PublicEvent):
    ce_type: ClassVar[str] = "rendezvous.availability.AgendaClosed.v1"
    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: int


class NextSlot(Part):
    """The first bookable start of a motive and mode; None when there is none within the horizon."""

    motive_id: Id
    mode: Mode
    start: Instant | None


class NextAvailabilityChanged(PublicEvent):
    """The full list of first free slots of an agenda (so that the topic may be compacted)."""

    ce_type: ClassVar[str] = "rendezvous.availability.NextAvailabilityChanged.v1"
    topic: ClassVar[str] = "availability.next.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    practitioner_id: Id
    place_id: Id | None
    zone: str
    items: tuple[NextSlot, ...]
    as_of: Instant
