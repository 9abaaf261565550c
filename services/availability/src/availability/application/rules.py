"""From the published form of an agenda's rules to the form that calculates."""

from __future__ import annotations

from booking_events.availability import AgendaState, ExtraOpening, MotiveRules, OpeningRange

from availability.domain.agenda import Acceptance, Agenda, Extra, Motive, Range, SecondVisit

_DAY_MINUTES = 24 * 60


def to_agenda(state: AgendaState, *, version: int | None = None, closed: bool = False) -> Agenda:
    """The rules of `state`; `version` where an absence has raised it since."""
    return Agenda(
        id=state.agenda_id,
        version=version or state.version,
        practitioner_id=state.practitioner_id,
        place_id=state.place_id,
        speciality=state.speciality,
        zone=state.zone,
        territory=state.territory,
        holidays_closed=state.holidays_closed,
        closed=closed,
        ranges=tuple(_range(one) for one in state.opening_ranges),
        extras=tuple(_extra(one) for one in state.extra_openings),
        motives=tuple(_motive(one) for one in state.motives),
    )


def minute_of_day(text: str) -> int:
    """`HH:MM` as minutes; `24:00` is the end of the day."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def length_minutes(start: str, end: str) -> int:
    """From `start` to `end` on the wall clock; an end that is not after the start is the next day's."""
    length = minute_of_day(end) - minute_of_day(start)
    return length if length > 0 else length + _DAY_MINUTES


def _accepts(one: OpeningRange | ExtraOpening) -> Acceptance:
    return Acceptance(frozenset(one.motive_ids), frozenset(one.modes), one.capacity)


def _range(one: OpeningRange) -> Range:
    return Range(
        weekdays=frozenset(one.weekdays),
        start_minute=minute_of_day(one.start),
        length_minutes=length_minutes(one.start, one.end),
        valid_from=one.valid_from,
        accepts=_accepts(one),
        valid_until=one.valid_until,
        every_weeks=one.every_weeks,
        except_dates=frozenset(one.except_dates),
    )


def _extra(one: ExtraOpening) -> Extra:
    return Extra(one.on, minute_of_day(one.start), length_minutes(one.start, one.end), _accepts(one))


def _motive(one: MotiveRules) -> Motive:
    return Motive(
        id=one.id,
        speciality=one.speciality,
        duration_minutes=one.duration_minutes,
        modes=frozenset(one.modes),
        booking=one.booking,
        before_minutes=one.buffer_before_minutes,
        after_minutes=one.buffer_after_minutes,
        notice_minutes=one.notice_minutes,
        horizon_days=one.horizon_days,
        cancel_until_minutes=one.cancel_until_minutes,
        max_future_per_patient=one.max_future_per_patient,
        move_until_minutes=one.move_until_minutes,
        min_days_between=one.min_days_between,
        max_per_day=one.max_per_day,
        max_per_week=one.max_per_week,
        second=None if one.second_visit is None else SecondVisit(**one.second_visit.model_dump()),
        rooms=one.rooms,
        on_request=one.on_request,
        questions=tuple((question.id, question.required) for question in one.questions),
    )
