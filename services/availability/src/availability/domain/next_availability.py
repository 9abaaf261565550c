"""The first free slots of an agenda: when a change can move them, and when they move with no event at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from availability.domain.agenda import Agenda, Stretch
from availability.domain.limits import is_limited
from availability.domain.span import instant_of, local_midnight_after

Published = Mapping[tuple[str, str], int | None]
"""(motive, mode) -> the start that was published last, in minutes since 1970."""


def moved_by_added(agenda: Agenda, published: Published, visit: Stretch) -> bool:
    """Whether a visit (buffers included) that is added can move a published slot: only if it overlaps one.

    A two-step motive's slot also goes with its last second visit, a limited one's with any visit of its day or week.
    """
    if _depends_on_others(agenda):
        return True
    for (motive_id, _), start in published.items():
        motive = agenda.motive(motive_id)
        if motive is None:
            return True
        if start is None:
            continue
        begin = start - motive.before_minutes
        if visit.start < begin + motive.occupied_minutes and begin < visit.end:
            return True
    return False


def moved_by_removed(agenda: Agenda, published: Published, visit: Stretch) -> bool:
    """Whether a visit that is removed can: only if it begins before the published slot and what follows it are over."""
    if _depends_on_others(agenda):
        return True
    for (motive_id, _), start in published.items():
        motive = agenda.motive(motive_id)
        if motive is None or start is None:
            return True
        if visit.start < start + motive.duration_minutes + motive.after_minutes:
            return True
    return False


def _depends_on_others(agenda: Agenda) -> bool:
    return any(motive.second is not None or is_limited(motive) for motive in agenda.motives)


def due(agenda: Agenda, published: Published, holds_end: Iterable[datetime], now: datetime) -> datetime | None:
    """The earliest instant after which the slots may differ though nothing happens.

    Notice overtakes a published slot, a hold expires, or a local midnight moves the horizon on.
    """
    instants = [end for end in holds_end if end >= now]
    for (motive_id, _), start in published.items():
        motive = agenda.motive(motive_id)
        if motive is None:
            continue
        if start is None or motive.second is not None:
            instants.append(local_midnight_after(now, agenda.zone))
        if start is not None:
            instants.append(instant_of(start) - timedelta(minutes=motive.notice_minutes))
    return min(instants, default=None)
