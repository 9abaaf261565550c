"""What clients send: JSON bodies and query parameters, each bounded, so that nothing odd reaches the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self, TypeVar
from zoneinfo import available_timezones

from booking_events.availability import ExtraOpening, MotiveRules, OpeningRange, Question, SecondVisit
from booking_events.base import Mode
from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
_START = r"^([01][0-9]|2[0-3]):[0-5][05]$"
_END = r"^(([01][0-9]|2[0-3]):[0-5][05]|24:00)$"
_PRINTED = r"^[^\x00]*$"
_FIRST_DATE, _LAST_DATE = date(2000, 1, 1), date(2100, 12, 31)


def _within_a_century(value: date) -> date:
    if not _FIRST_DATE <= value <= _LAST_DATE:
        raise ValueError("a date between 2000 and 2100 is needed")
    return value


def _instant(value: datetime) -> datetime:
    if not _FIRST_DATE.year <= value.year <= _LAST_DATE.year:
        raise ValueError("an instant between 2000 and 2100 is needed")
    return value.astimezone(UTC)


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a zone of the tz database")
    return name


OpeningT = TypeVar("OpeningT", bound=OpeningRange | ExtraOpening)
Id = Annotated[str, Field(pattern=_ID, description="an opaque id")]
PathId = Annotated[str, Path(pattern=_ID)]
QueryId = Annotated[str, Query(pattern=_ID)]
Day = Annotated[date, AfterValidator(_within_a_century)]
Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
Short = Annotated[str, Field(max_length=200, pattern=_PRINTED)]
Long = Annotated[str, Field(max_length=4000, pattern=_PRINTED)]
RoomName = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTED)]
Minutes = Annotated[int, Field(multiple_of=5, ge=0, le=240)]
Preview = Annotated[bool, Query(description="show the slots and the appointments affected; change nothing")]


class Money(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: str = Field(pattern=r"^[0-9]{1,6}(\.[0-9]{2})?$", description="a decimal number")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")


class RangeBody(OpeningRange):
    """A weekly opening in local wall time; visits begin at `start`, then every duration of their motive."""

    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(min_length=1, max_length=7)
    start: str = Field(pattern=_START)
    end: str = Field(pattern=_END, description="before the start: on the next day")
    valid_from: Day
    valid_until: Day | None = None
    every_weeks: int = Field(1, ge=1, le=52)
    except_dates: tuple[Day, ...] = Field((), max_length=400)
    motive_ids: tuple[Id, ...] = Field((), max_length=200, description="none: every motive")
    modes: tuple[Mode, ...] = Field(("in_person",), min_length=1, max_length=2)
    capacity: int = Field(1, ge=1, le=100, description="visits at once")

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        return _with_length(self)


class ExtraBody(ExtraOpening):
    """One opening on one local date, a public holiday or not."""

    on: Day
    start: str = Field(pattern=_START)
    end: str = Field(pattern=_END, description="before the start: on the next day")
    motive_ids: tuple[Id, ...] = Field((), max_length=200, description="none: every motive")
    modes: tuple[Mode, ...] = Field(("in_person",), min_length=1, max_length=2)
    capacity: int = Field(1, ge=1, le=100)

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        return _with_length(self)


def _with_length(opening: OpeningT) -> OpeningT:
    if opening.start == opening.end:
        raise ValueError("an opening of a whole day is 00:00 to 24:00")
    return opening


class QuestionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    text: Short
    required: bool = False


class SecondVisitBody(SecondVisit):
    """A second visit that is booked with the first, so many local dates later, in the same agenda."""

    motive_id: Id
    days_min: int = Field(ge=1, le=366)
    days_max: int = Field(ge=1, le=366)
    together: bool = Field(True, description="who cancels one of the two cancels the other")

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.days_max < self.days_min:
            raise ValueError("`days_max` is not less than `days_min`")
        return self


class MotiveBody(BaseModel):
    """A visit motive and the rules that bind its booking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id | None = Field(None, description="chosen by the practice (one motive over several agendas), or made here")
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTED)]
    speciality: Short | None = Field(None, description="the practitioner's, when left out")
    duration_minutes: int = Field(ge=5, le=720, multiple_of=5)
    modes: tuple[Mode, ...] = Field(("in_person",), min_length=1, max_length=2)
    price: Money | None = None
    booking: Literal["everyone", "known_patients", "staff"] = "everyone"
    instructions_before: Long = ""
    instructions_after: Long = ""
    questions: tuple[QuestionBody, ...] = Field((), max_length=20)
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    notice_minutes: int = Field(0, ge=0, le=525_600)
    horizon_days: int = Field(90, ge=0, le=730, description="local dates from today")
    cancel_until_minutes: int = Field(0, ge=0, le=525_600)
    max_future_per_patient: int | None = Field(None, ge=1, le=100)
    move_until_minutes: int | None = Field(None, ge=0, le=525_600, description="null: as for cancelling")
    min_days_between: int = Field(
        6, ge=0, le=365, description="local dates between two visits of one patient in one speciality; 0: no matter"
    )
    max_per_day: int | None = Field(None, ge=1, le=1000, description="visits of this motive on one local date")
    max_per_week: int | None = Field(None, ge=1, le=1000, description="the same from Monday to Sunday")
    second_visit: SecondVisitBody | None = Field(None, description="null: a motive of one visit")
    rooms: tuple[Id, ...] = Field(
        (),
        max_length=20,
        description="rooms of the place: a visit in person takes the first that is free; none: no room",
    )
    on_request: bool = Field(False, description="of a motive that only staff book: patients may ask for a time")

    @model_validator(mode="after")
    def _asked_of_staff(self) -> Self:
        if self.on_request and self.booking != "staff":
            raise ValueError("on_request is for a motive that only staff book: the others are booked online")
        return self

    def rules(self, new_id: str, speciality: str) -> MotiveRules:
        """The published form; `new_id` and `speciality` stand in for what was left out."""
        facts = self.model_dump(exclude={"id", "price", "speciality", "questions"})
        return MotiveRules(
            id=self.id or new_id,
            speciality=self.speciality or speciality,
            price=None if self.price is None else self.price.amount,
            currency="EUR" if self.price is None else self.price.currency,
            questions=tuple(Question(id=one.id, text=one.text, required=one.required) for one in self.questions),
            **facts,
        )


def _distinct(motives: tuple[MotiveBody, ...]) -> tuple[MotiveBody, ...]:
    named = [motive.id for motive in motives if motive.id is not None]
    if len(named) != len(set(named)):
        raise ValueError("two motives have the same id")
    return motives


def _with_seconds(motives: tuple[MotiveBody, ...]) -> tuple[MotiveBody, ...]:
    """A second visit is of another motive of the agenda, which patients may book and which ends there."""
    seconds = {motive.id for motive in motives if motive.second_visit is None and motive.booking != "staff"}
    if any(motive.second_visit is not None and motive.second_visit.motive_id not in seconds for motive in motives):
        raise ValueError("a second visit is of another motive of the agenda, not of two visits and not for staff only")
    return motives


Motives = Annotated[
    tuple[MotiveBody, ...], Field(max_length=100), AfterValidator(_distinct), AfterValidator(_with_seconds)
]
Ranges = Annotated[tuple[RangeBody, ...], Field(max_length=200)]
Extras = Annotated[tuple[ExtraBody, ...], Field(max_length=400)]


class NewAgenda(BaseModel):
    """An agenda belongs to one practitioner at one place, or by video only (no place; then `zone` is needed)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: Id
    place_id: Id | None = None
    zone: Zone | None = Field(None, description="an IANA name; read for an agenda without a place only")
    holidays_closed: bool = True
    opening_ranges: Ranges = ()
    extra_openings: Extras = ()
    motives: Motives = ()


class AgendaPatch(BaseModel):
    """Each field that is sent replaces the old one. `closed: true` closes the agenda for good."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    holidays_closed: bool = True
    opening_ranges: Ranges = ()
    extra_openings: Extras = ()
    motives: Motives = ()
    closed: Literal[True] = Field(True, description="alone: close the agenda for good")

    @model_validator(mode="after")
    def _closes_alone(self) -> Self:
        if "closed" in self.model_fields_set and len(self.model_fields_set) > 1:
            raise ValueError("an agenda is changed or closed, not both")
        return self


class NewRoom(BaseModel):
    """A room of a place (ultrasound, treatment), for one visit at a time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: RoomName


class RoomPatch(BaseModel):
    """Each field that is sent replaces the old one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: RoomName = ""
    withdrawn: bool = Field(False, description="true: no motive may name it any more; what is booked in it stays")


class NewAbsence(BaseModel):
    """Nothing can be booked from `start` to `end` (instants with offset)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Instant
    end: Instant
    cancels_appointments: bool = False

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError("an absence ends after it starts")
        return self
