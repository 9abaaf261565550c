"""Absences: nobody is booked in one, and what was booked there is kept, cancelled, moved or handed over, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from booking.domain.events_absences import HandOver, Keep, Move, Plan
from booking.domain.facts import Visit

from .looking import Looking
from .records import Away, Booking, days_later


@dataclass
class Absences(Looking):
    def note(self, id_: str, agenda: str, start: datetime, end: datetime, plan: Plan) -> set[str]:
        self.absences.setdefault(id_, Away(id_, agenda, start, end, plan))
        return set()

    def plan(self, id_: str, agenda: str, plan: Plan) -> set[str]:
        away = self.absences.get(id_)
        if away is None or away.lifted or away.agenda != agenda:
            return {"NoSuchAbsence"}
        if self.at >= away.end:
            return {"AlreadyOver"}
        if plan != away.plan or away.left:
            away.plan, away.settled, away.left = plan, False, []
        return set()

    def lift(self, id_: str) -> set[str]:
        if id_ in self.absences:
            self.absences[id_].lifted = True
        return set()

    def booked_in(self, id_: str) -> list[Booking]:
        away = self.absences.get(id_)
        found = [] if away is None else [each for each in self.bookings.values() if away.meets(each.visit)]
        return [each for each in found if self.to_come(each)]

    def settle(
        self, id_: str, booking: Booking, plan: Plan, colleague: Visit, rooms: tuple[str, ...] | None,
        capacity: Callable[[Visit], int], new: str,
    ) -> set[str]:  # fmt: skip
        """`plan`: as whoever carries it out has heard of it. `colleague`: any visit of the agenda to hand over to.

        `rooms`: the colleague's for the motive; None when they do not have it. `capacity`: of any time of an agenda.
        """
        away = self.absences.get(id_)
        if away is None or away.plan != plan or isinstance(plan, Keep):
            return set()
        if not away.meets(booking.visit) or not self.to_come(booking):
            return set()
        if not isinstance(plan, Move | HandOver):
            for each in self.going(booking):
                self.drop(each, freeing=False)
            return set()
        visit = elsewhere(booking.visit, plan, colleague)
        against = {"AlreadyOver"} if visit.stretch.start <= self.at else set[str]()
        there = rooms_there(booking, plan, colleague, rooms)
        bound = replace(booking.rules, rooms=there, capacity=capacity(visit))
        rules = replace(bound, min_days_between=0, max_future_per_patient=None)
        against |= self.room(visit, rules, {booking.id}) | self.patient(booking.person, visit, rules, {booking.id})
        if isinstance(plan, Move):
            against |= self.torn(booking, visit)
        if against:
            return against
        visit = self.placed(visit, rules, {booking.id})
        if isinstance(plan, Move):
            self.go(booking, visit, bound, placed=True)
        else:
            self.drop(booking, freeing=False)
            whose = booking.person, booking.account
            self.bookings[new] = Booking(new, *whose, visit, bound, placed=self.at)
        return set()

    def close(self, id_: str, plan: Plan, left: list[str]) -> set[str]:
        away = self.absences.get(id_)
        if away is not None and not away.lifted and away.plan == plan and not away.settled:
            away.settled, away.left = True, sorted(left)
        return set()


def rooms_there(booking: Booking, plan: Plan, colleague: Visit, theirs: tuple[str, ...] | None) -> tuple[str, ...]:
    """The same as before, or those of who does it instead; the same will do in one place, not in another."""
    same = isinstance(plan, Move) or colleague.place_id == booking.visit.place_id
    if isinstance(plan, HandOver) and theirs is not None:
        return theirs
    return booking.rules.rooms if same else ()


def elsewhere(visit: Visit, plan: Plan, colleague: Visit) -> Visit:
    stretch = visit.stretch
    if isinstance(plan, Move):
        start = days_later(stretch.start, visit.zone, plan.days)
        return replace(visit, stretch=replace(stretch, start=start, end=start + (stretch.end - stretch.start)))
    return replace(
        visit,
        stretch=replace(stretch, agenda_id=colleague.stretch.agenda_id),
        practitioner_id=colleague.practitioner_id,
        place_id=colleague.place_id,
        zone=colleague.zone,
    )
