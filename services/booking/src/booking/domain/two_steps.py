"""Two-step motives: two visits that are held and confirmed in one decision, and stay so many days apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from booking.domain.facts import Rules, Visit
from booking.domain.rejections import HoldHasExpired, SecondVisitMissing, SecondVisitUnfit
from booking.domain.states import Booked, Cancelled, Held, Known


def check_alone(rules: Rules) -> None:
    if rules.second is not None:
        raise SecondVisitMissing


def check_pair(first: Visit, second: Visit, rules: Rules) -> None:
    """In local dates of the place. `rules`: of the first."""
    wanted = rules.second
    if wanted is None or second.motive_id != wanted.motive_id or second.stretch.agenda_id != first.stretch.agenda_id:
        raise SecondVisitUnfit
    days = (second.day - first.day).days
    if not wanted.days_min <= days <= wanted.days_max or second.stretch.start < first.stretch.end:
        raise SecondVisitUnfit


def of_second(second: Rules, first: Rules) -> Rules:
    """What binds the second visit: its own sheet, and the pair's rule. The questions are those of the first."""
    return replace(second, second=first.second, questions=())


def both(hold: Held, known: Known) -> tuple[Held, ...]:
    """The hold with its other one, in order of time; alone when it is not linked. They live and end together."""
    if hold.linked_to is None:
        return (hold,)
    other = known.holds.get(hold.linked_to)
    if not isinstance(other, Held):
        raise HoldHasExpired
    return tuple(sorted((hold, other), key=lambda each: each.visit.stretch.start))


def others(booked: Booked) -> frozenset[str]:
    """The appointment's other one: what binds a patient otherwise does not keep the two apart."""
    return frozenset() if booked.linked_to is None else frozenset({booked.linked_to})


def together(booked: Booked, known: Known, at: datetime) -> tuple[Booked, ...]:
    """All that is cancelled with it: its other one too, if that is still to come and the motive says so."""
    other = None if booked.linked_to is None else known.appointments.get(booked.linked_to)
    rule = booked.rules.second
    if rule is None or not rule.together or not isinstance(other, Booked) or other.visit.stretch.start <= at:
        return (booked,)
    return booked, other


def check_apart(booked: Booked, visit: Visit, known: Known) -> None:
    """Whether `booked` may go to `visit`: the days to its other one are kept, unless that was cancelled."""
    other = None if booked.linked_to is None else known.appointments.get(booked.linked_to)
    if other is None or isinstance(other, Cancelled):
        return
    if booked.visit.stretch.start < other.visit.stretch.start:
        check_pair(visit, other.visit, booked.rules)
    else:
        check_pair(other.visit, visit, booked.rules)
