"""Absences as availability says them, as staff plan them, as the task settles them: in batches, again after a kill."""

from __future__ import annotations

from datetime import date, time, timedelta

from booking.application import handle_absences
from booking.domain.agenda import Agenda, Motive, Opening
from booking.domain.events_absences import Cancel, HandOver, Keep, Move, Plan
from booking.domain.states import Booked

from ...given import minutes
from ..oracle.records import Booking
from .patients import PatientSteps
from .telling import AGENDAS, EVENING, RECENT, ROOMS, START, WHAT, a_visit, capacity, recent, step

PLANS: list[Plan] = [
    Cancel(), Keep(), Move(7), Move(1), Move(-1), HandOver("agenda-2"), HandOver("agenda-1"), HandOver("agenda-3"),
]  # fmt: skip
HAVE = {"agenda-1": ["care"], "agenda-2": ["scan", "care"], "agenda-3": []}
"""The motives with rooms that are known to be a colleague's."""


def _in_line(weekdays: tuple[int, ...], *motives: str) -> Opening:
    """All day long."""
    return Opening(weekdays, time(0), time(0), date(2027, 1, 1), None, motives, ("in_person",), 2)


def _agenda(name: str) -> Agenda:
    facts, has = AGENDAS[name], HAVE[name]
    openings = _in_line((1, 2, 3, 4, 5, 6, 7), "line"), *([_in_line((2, 4, 6))] if name == "agenda-2" else [])
    motives = (Motive(each, "", 15, ("in_person",), "everyone", rooms=ROOMS[name, each]) for each in has)
    return Agenda(name, 1, facts["practitioner"], facts["place"], facts["zone"], tuple(motives), openings)


HEARD = {name: _agenda(name) for name in AGENDAS}


class AbsenceSteps(PatientSteps):
    @step(agenda=WHAT["agenda"], day=[0, 0, 1, 5, 6], cell=[0, 3, 18], hours=[1, 6, 24, 72], plan=PLANS)
    def note_absence(self, agenda: str, day: int, cell: int, hours: int, plan: Plan) -> None:
        new, start = self.new("absence"), EVENING + timedelta(days=day) + minutes(5 * cell)
        stretch = agenda, start, start + timedelta(hours=hours)
        against = self.oracle.note(new, *stretch, plan)
        self.told(handle_absences.note(new, *stretch, plan), against)

    @step(back=RECENT, plan=PLANS, elsewhere=[False, False, False, True])
    def plan_absence(self, back: int, plan: Plan, elsewhere: bool) -> None:
        absence = recent(self.oracle.absences, back)
        away = self.oracle.absences.get(absence)
        agenda = "agenda-3" if away is None or elsewhere else away.agenda
        self.told(handle_absences.plan_for(absence, agenda, plan), self.oracle.plan(absence, agenda, plan))

    @step(back=RECENT)
    def lift_absence(self, back: int) -> None:
        absence = recent(self.oracle.absences, back)
        self.told(handle_absences.end(absence), self.oracle.lift(absence))

    @step(back=RECENT, stale=[None, None, None, Cancel()], killed_after=[None, None, 0, 1, 2])
    def settle_absence(self, back: int, stale: Plan | None, killed_after: int | None) -> None:
        """All that is booked in it, one by one; `stale`: a plan that staff may have changed since."""
        absence = recent(self.oracle.absences, back)
        away = self.oracle.absences.get(absence)
        plan = stale or (Cancel() if away is None else away.plan)
        found = self.oracle.booked_in(absence)[:killed_after]
        left = [booking.id for booking in found if not self._settle(absence, booking, plan)]
        if killed_after is None:
            against = self.oracle.close(absence, plan, left)
            self.told(handle_absences.close(absence, plan, tuple(left)), against)
            still = [] if isinstance(plan, Keep) or stale else self.oracle.booked_in(absence)
            assert {each.id for each in still} <= set(left)

    @step(
        agenda=list(AGENDAS), of_two=[False, True], plan=PLANS, replanned=[None, None, Keep(), Cancel()],
        busy=[False, True], begun=[False, False, True], again=[False, True],
    )  # fmt: skip
    def away_where_somebody_is_booked(
        self, agenda: str, of_two: bool, plan: Plan, replanned: Plan | None, busy: bool, begun: bool, again: bool
    ) -> None:
        """One visit or the first of two; `busy`: where it is to be moved the patient is elsewhere."""
        today = (self.at - START).days
        if of_two:
            self.hold_two("alice", "anna", agenda, today, 3, "two-steps", "plain", 1, 3, False, True, 0)
        else:
            self.hold_and_confirm("alice", "anna", agenda, "plain", today, 3)
        if busy and isinstance(plan, Move):
            other = "agenda-2" if agenda == "agenda-1" else "agenda-1"
            self.hold_and_confirm("carol", "anna", other, "plain", today + plan.days, 3)
        self.note_absence(agenda, today, 0, 6, plan)
        if replanned is not None:
            self.plan_absence(0, replanned, False)
        if begun:
            self.time_passes(8 * 60)
        for booking_back in range(3) if replanned is not None or begun else ():
            self.settle_one(0, booking_back, plan)
        for _ in range(1 + again):
            self.settle_absence(0, None, None)

    @step(back=RECENT, booking_back=RECENT, plan=PLANS)
    def settle_one(self, back: int, booking_back: int, plan: Plan) -> None:
        """Whatever it is, in the absence or not: a view may be late."""
        booking = self.oracle.bookings.get(recent(self.oracle.bookings, booking_back))
        if booking is not None and booking.state == "confirmed":
            self._settle(recent(self.oracle.absences, back), booking, plan)

    def _settle(self, absence: str, booking: Booking, plan: Plan) -> bool:
        """Whether nothing was against it."""
        booked = self.known().appointments[booking.id]
        if not isinstance(booked, Booked):
            return True  # it went with another
        to = plan.agenda_id if isinstance(plan, HandOver) else booking.visit.stretch.agenda_id
        new = self.new("booking")
        rooms = ROOMS[to, booking.visit.motive_id] if booking.visit.motive_id in HAVE[to] else None
        against = self.oracle.settle(absence, booking, plan, a_visit(to, "plain", 0, 0)[0], rooms, capacity, new)
        self.told(handle_absences.settle(absence, booked, plan, new, HEARD[to]), against)
        return not against
