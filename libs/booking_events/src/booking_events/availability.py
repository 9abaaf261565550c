"""What availability says: agendas with their rules, absences, and the next free slots."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from booking_events.base import COURSE, PRACTICE, SCHEDULE, Id, Instant, Mode, Part, PublicEvent


class OpeningRange(Part):
    """Weekly opening in local wall time.

    `weekdays`: 1 = Monday ... 7; `start`, `end`: `HH:MM` (an end before the start is the next day).
    """

    weekdays: Annotated[tuple[int, ...], SCHEDULE]
    start: Annotated[str, SCHEDULE]
    end: Annotated[str, SCHEDULE]
    valid_from: Annotated[date, SCHEDULE]
    valid_until: Annotated[date | None, SCHEDULE] = None
    every_weeks: Annotated[int, SCHEDULE] = 1
    except_dates: Annotated[tuple[date, ...], SCHEDULE] = ()
    motive_ids: tuple[Id, ...] = ()
    modes: Annotated[tuple[Mode, ...], SCHEDULE] = ("in_person",)
    capacity: Annotated[int, SCHEDULE] = 1


class ExtraOpening(Part):
    """One opening on one local date."""

    on: Annotated[date, SCHEDULE]
    start: Annotated[str, SCHEDULE]
    end: Annotated[str, SCHEDULE]
    motive_ids: tuple[Id, ...] = ()
    modes: Annotated[tuple[Mode, ...], SCHEDULE] = ("in_person",)
    capacity: Annotated[int, SCHEDULE] = 1


class Question(Part):
    """A pre-visit question; its answer is personal and never in an event in the clear."""

    id: Id
    text: Annotated[str, PRACTICE]
    required: Annotated[bool, PRACTICE] = False


class SecondVisit(Part):
    """A two-step motive's second visit, booked with the first: of `motive_id`, so many local dates later.

    `together`: who cancels one of the two cancels the other.
    """

    motive_id: Id
    days_min: Annotated[int, PRACTICE]
    days_max: Annotated[int, PRACTICE]
    together: Annotated[bool, PRACTICE]


class MotiveRules(Part):
    """A visit motive with the rules that bind its booking. Minutes, hours and days are local to the place.

    `rooms`: a visit in person needs one of these rooms of the place, the first that is free; none: it needs no room.
    `on_request`: only staff book it, and patients may ask them to.
    """

    id: Id
    name: Annotated[str, PRACTICE]
    speciality: Annotated[str, PRACTICE]
    duration_minutes: Annotated[int, PRACTICE] = Field(ge=5)
    modes: Annotated[tuple[Mode, ...], PRACTICE] = ("in_person",)
    price: Annotated[str | None, PRACTICE] = None
    currency: Annotated[str, PRACTICE] = "EUR"
    booking: Annotated[Literal["everyone", "known_patients", "staff"], PRACTICE] = "everyone"
    instructions_before: Annotated[str, PRACTICE] = ""
    instructions_after: Annotated[str, PRACTICE] = ""
    questions: tuple[Question, ...] = ()
    buffer_before_minutes: Annotated[int, PRACTICE] = 0
    buffer_after_minutes: Annotated[int, PRACTICE] = 0
    notice_minutes: Annotated[int, PRACTICE] = 0
    horizon_days: Annotated[int, PRACTICE] = 90
    cancel_until_minutes: Annotated[int, PRACTICE] = 0
    max_future_per_patient: Annotated[int | None, PRACTICE] = None
    move_until_minutes: Annotated[int | None, PRACTICE] = None
    min_days_between: Annotated[int, PRACTICE] = 0
    max_per_day: Annotated[int | None, PRACTICE] = None
    max_per_week: Annotated[int | None, PRACTICE] = None
    second_visit: SecondVisit | None = None
    rooms: tuple[Id, ...] = ()
    on_request: Annotated[bool, PRACTICE] = False


class AgendaState(PublicEvent):
    """The full rules of an agenda at a version, and the local dates that the change touches (None = open-ended)."""

    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: Annotated[int, COURSE]
    practitioner_id: Id
    place_id: Id | None
    speciality: Annotated[str, PRACTICE]
    zone: Annotated[str, PRACTICE]
    territory: Annotated[str, PRACTICE] = "FR"
    holidays_closed: Annotated[bool, PRACTICE] = True
    opening_ranges: tuple[OpeningRange, ...] = ()
    extra_openings: tuple[ExtraOpening, ...] = ()
    motives: tuple[MotiveRules, ...] = ()
    affected_from: Annotated[date | None, SCHEDULE] = None
    affected_until: Annotated[date | None, SCHEDULE] = None


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
    version: Annotated[int, COURSE]
    absence_id: Id
    start: Annotated[Instant, SCHEDULE]
    end: Annotated[Instant, SCHEDULE]
    cancels_appointments: Annotated[bool, SCHEDULE] = False


class AbsenceLifted(PublicEvent):
    ce_type: ClassVar[str] = "rendezvous.availability.AbsenceLifted.v1"
    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: Annotated[int, COURSE]
    absence_id: Id
    start: Annotated[Instant, SCHEDULE]
    end: Annotated[Instant, SCHEDULE]


class AgendaClosed(PublicEvent):
    ce_type: ClassVar[str] = "rendezvous.availability.AgendaClosed.v1"
    topic: ClassVar[str] = "availability.agendas.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    version: Annotated[int, COURSE]


class NextSlot(Part):
    """The first bookable start of a motive and mode; None when there is none within the horizon."""

    motive_id: Id
    mode: Annotated[Mode, SCHEDULE]
    start: Annotated[Instant | None, SCHEDULE]


class NextAvailabilityChanged(PublicEvent):
    """The full list of first free slots of an agenda (so that the topic may be compacted)."""

    ce_type: ClassVar[str] = "rendezvous.availability.NextAvailabilityChanged.v1"
    topic: ClassVar[str] = "availability.next.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    practitioner_id: Id
    place_id: Id | None
    zone: Annotated[str, SCHEDULE]
    items: tuple[NextSlot, ...]
    as_of: Annotated[Instant, COURSE]
