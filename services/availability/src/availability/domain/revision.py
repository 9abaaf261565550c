"""What a change of rules touches: the local dates, and the visits that would no longer lie within an opening."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from availability.domain.agenda import Agenda, Stretch
from availability.domain.openings import openings
from availability.domain.span import instant_of, local_date, span


@dataclass(frozen=True)
class Visit:
    """An appointment as the rules see it; minutes since 1970, without buffers."""

    appointment_id: str
    motive_id: str
    mode: str
    time: Stretch


def affected_dates(old: Agenda, new: Agenda) -> tuple[date | None, date | None]:
    """The first and last local date on which the openings differ; None where that end is open.

    A change of anything but openings touches every date.
    """
    bare = {"ranges": (), "extras": (), "version": 0}
    if replace(old, **bare) != replace(new, **bare):  # type: ignore[arg-type]
        return None, None
    ranges = set(old.ranges) ^ set(new.ranges)
    extras = set(old.extras) ^ set(new.extras)
    if not ranges and not extras:
        return None, None
    firsts = [rule.valid_from for rule in ranges] + [extra.on for extra in extras]
    lasts = [rule.valid_until for rule in ranges] + [extra.on for extra in extras]
    known = [last for last in lasts if last is not None]
    # The night that begins on the last date ends on the next.
    last = None if len(known) < len(lasts) else max(known) + timedelta(days=1)
    return min(firsts), last


def uncovered(agenda: Agenda, absences: Sequence[Stretch], visits: Iterable[Visit]) -> list[Visit]:
    """The visits that do not lie within an opening for their motive and mode, or meet an absence."""
    return [visit for visit in visits if not _covered(agenda, absences, visit)]


def _covered(agenda: Agenda, absences: Sequence[Stretch], visit: Visit) -> bool:
    motive = agenda.motive(visit.motive_id)
    if agenda.closed or motive is None:
        return False
    on = local_date(instant_of(visit.time.start), agenda.zone)
    day = span(agenda.zone, on, on)
    open_ = 0
    for opening in openings(agenda, motive, visit.mode, day):
        open_ |= opening.open
    for absence in absences:
        open_ &= ~day.minutes(absence.start, absence.end)
    return day.minutes(visit.time.start, visit.time.end) & ~open_ == 0
