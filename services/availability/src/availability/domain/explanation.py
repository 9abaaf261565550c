"""Why a start is not offered: the rule, absence, appointment or hold that stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from availability.domain.agenda import Acceptance, Agenda, Motive, Stretch
from availability.domain.bits import CELL_MINUTES, run
from availability.domain.limits import full
from availability.domain.openings import Opening, openings
from availability.domain.slots import Occupation, Taken, paired, room
from availability.domain.span import Span, instant_of, local_date, minute_after, monday, span

Rule = Literal[
    "agenda-closed", "unknown-motive", "staff-only", "past", "notice", "horizon", "not-open", "holiday",
    "excepted-date", "other-week", "outside-validity", "other-motives", "too-long", "off-grid", "absence",
    "appointment", "hold", "no-second-visit", "no-room-free", "day-full", "week-full",
]  # fmt: skip


@dataclass(frozen=True)
class Taker:
    """A visit, hold (buffers included) or absence, and the log position that put it there.

    `room_id`: the room that it takes; `elsewhere`: it is another agenda's, and in the way there only.
    `motive_id`, `start` (minutes since 1970): of the visit that is booked or held.
    """

    rule: Literal["absence", "appointment", "hold"]
    time: Stretch
    source_position: int | None
    room_id: str | None = None
    elsewhere: bool = False
    motive_id: str | None = None
    start: int = 0


@dataclass(frozen=True)
class Reason:
    """`source_position`: in booking's log for a visit or hold, else in availability's."""

    rule: Rule
    source_position: int | None


def explain(
    agenda: Agenda, rules_position: int | None, takers: Sequence[Taker], motive_id: str, start: int, now: datetime
) -> list[Reason]:
    """Every reason against a start (minutes since 1970) of a motive as of `now`; none: it is offered in some mode.

    `takers`: around the start, in its week if the motive has limits, and as far as a second visit may be.
    """
    motive = agenda.motive(motive_id)
    if agenda.closed:
        return [Reason("agenda-closed", rules_position)]
    if motive is None:
        return [Reason("unknown-motive", rules_position)]
    found: list[Reason] = []
    for mode in sorted(motive.modes):
        against = _in_mode(agenda, motive, mode, takers, start, now)
        if not against:
            return []
        found += [reason if reason.source_position else replace(reason, source_position=rules_position)
                  for reason in against if reason not in found]  # fmt: skip
    return list(dict.fromkeys(found))


def _in_mode(
    agenda: Agenda, motive: Motive, mode: str, takers: Sequence[Taker], start: int, now: datetime
) -> list[Reason]:
    on = local_date(instant_of(start), agenda.zone)
    day = span(agenda.zone, on, on)
    visit = Stretch(start, start + motive.duration_minutes)
    rules = _of_time(agenda, motive, start, now)
    if motive.booking == "staff":
        rules.append("staff-only")
    if _lacks_second(agenda, motive, takers, start, now):
        rules.append("no-second-visit")
    rules += _full(agenda, motive, takers, on)
    found = list(openings(agenda, motive, mode, day))
    cells = day.minutes(visit.start, visit.end)
    first = day.minutes(start, start + CELL_MINUTES)
    if not found or cells & ~found[-1].open:
        rules.append(_closed_by(agenda, motive, mode, day, cells, first))
    elif start % CELL_MINUTES or not first & found[-1].grid:
        rules.append("off-grid")
    reasons = [Reason(rule, None) for rule in rules]
    reasons += [Reason("absence", taker.source_position) for taker in takers
                if taker.rule == "absence" and day.minutes(taker.time.start, taker.time.end) & cells]  # fmt: skip
    own = [taker for taker in takers if not taker.elsewhere]
    return reasons + _visits_against(motive, found, own, start, day) + _rooms_against(motive, mode, takers, start)


def _lacks_second(agenda: Agenda, motive: Motive, takers: Sequence[Taker], start: int, now: datetime) -> bool:
    if motive.second is None:
        return False
    on = local_date(instant_of(start), agenda.zone)
    visits = [taker for taker in takers if taker.rule != "absence"]
    occupation = Occupation(
        [taker.time for taker in visits if not taker.elsewhere],
        [taker.time for taker in takers if taker.rule == "absence"],
        {room: [taker.time for taker in visits if taker.room_id == room] for room in agenda.rooms},
        {motive.second.motive_id: _starts(motive.second.motive_id, takers)},
    )
    taken = Taken(occupation, span(agenda.zone, on, on + timedelta(days=motive.second.days_max)))
    return not paired(agenda, motive, taken, now, on, on)


def _full(agenda: Agenda, motive: Motive, takers: Sequence[Taker], on: date) -> list[Rule]:
    found = full(motive, _starts(motive.id, takers), agenda.zone)
    rules: list[Rule] = []
    if on in found.days:
        rules.append("day-full")
    if monday(on) in found.weeks:
        rules.append("week-full")
    return rules


def _starts(motive_id: str, takers: Sequence[Taker]) -> list[int]:
    return [taker.start for taker in takers if taker.motive_id == motive_id and not taker.elsewhere]


def _of_time(agenda: Agenda, motive: Motive, start: int, now: datetime) -> list[Rule]:
    soonest = minute_after(now)
    last = local_date(now, agenda.zone) + timedelta(days=motive.horizon_days)
    rules: list[Rule] = []
    if start < soonest:
        rules.append("past")
    elif start < soonest + motive.notice_minutes:
        rules.append("notice")
    if local_date(instant_of(start), agenda.zone) > last:
        rules.append("horizon")
    return rules


def _closed_by(agenda: Agenda, motive: Motive, mode: str, day: Span, cells: int, first: int) -> Rule:
    """The one rule without which the visit would lie within an opening."""
    long_ago = day.monday - timedelta(days=8)

    def without(**facts: object) -> Agenda:
        return replace(agenda, ranges=tuple(replace(one, **facts) for one in agenda.ranges))  # type: ignore[arg-type]

    relaxed: dict[Rule, Agenda] = {
        "holiday": replace(agenda, holidays_closed=False),
        "excepted-date": without(except_dates=frozenset()),
        "other-week": without(every_weeks=1),
        "outside-validity": without(valid_from=long_ago, valid_until=None),
        "other-motives": without(accepts=Acceptance(modes=frozenset({mode}))),
    }
    for rule, other in relaxed.items():
        if any(not cells & ~opening.open for opening in openings(other, motive, mode, day)):
            return rule
    begins = any(first & opening.open for opening in openings(agenda, motive, mode, day))
    return "too-long" if begins else "not-open"


def _visits_against(
    motive: Motive, found: Sequence[Opening], takers: Sequence[Taker], start: int, day: Span
) -> list[Reason]:
    """The visits and holds that fill the start's capacity: that of the largest opening on which it stands."""
    first = day.minutes(start, start + CELL_MINUTES)
    duration = motive.duration_minutes // CELL_MINUTES
    capacity = next((one.capacity for one in found if run(one.open, duration) & one.grid & first), 1)
    visits = [taker for taker in takers if taker.rule != "absence"]
    taken = Taken(Occupation([taker.time for taker in visits]), day)
    if room(motive, capacity, taken) & first:
        return []
    begin = start - motive.before_minutes
    end = begin + motive.occupied_minutes
    return [
        Reason(taker.rule, taker.source_position)
        for taker in visits
        if taker.time.start < end and begin < taker.time.end
    ]


def _rooms_against(motive: Motive, mode: str, takers: Sequence[Taker], start: int) -> list[Reason]:
    """Who is in the rooms that would do, when somebody is in each of them at some moment of the visit."""
    begin = start - motive.before_minutes
    end = begin + motive.occupied_minutes
    rooms = motive.rooms_in(mode)
    there = [one for one in takers if one.room_id in rooms and one.time.start < end and begin < one.time.end]
    if {taker.room_id for taker in there} != set(rooms):
        return []
    return [Reason("no-room-free", taker.source_position) for taker in there]
