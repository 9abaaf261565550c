"""What a practice says of visits and patients, what its staff book without an offer, and how they answer requests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from booking.domain.facts import Rules, Visit

from .looking import Looking
from .records import Asked, Booking, Who, kind


@dataclass
class Practice(Looking):
    def attend(self, id_: str, who: Who, outcome: str, reasoned: bool) -> set[str]:
        found = self.theirs(id_, who)
        if found is None:
            return {"NoSuchAppointment"}
        if found.state == "cancelled":
            return {"WasCancelled"}
        if found.state == "confirmed" and self.at < found.visit.stretch.start:
            return {"NotBegun"}
        if found.state == outcome:
            return set()
        if found.state != "confirmed" and not reasoned:
            return {"ReasonMissing"}
        found.state, found.version = outcome, found.version + 1
        self.waits_no_more(found)
        return set()

    def mark(self, person: str, practitioner: str, known: bool) -> set[str]:
        (self.marked.add if known else self.marked.discard)((person, practitioner))
        return set()

    def let_book(self, person: str, practice: str, allowed: bool) -> set[str]:
        if allowed:
            self.stopped.discard((person, practice))
            return set()
        missed = [
            b for b in self.bookings.values() if (b.person, b.state, b.visit.place_id) == (person, "missed", practice)
        ]
        if len(missed) < 2 and (person, practice) not in self.stopped:
            return {"NotRepeatedlyAbsent"}
        self.stopped.add((person, practice))
        return set()

    def book(
        self, id_: str, person: str, account: str, visit: Visit, rules: Rules, *, override: bool = False
    ) -> set[str]:
        """Days between two visits, and who may book, bind patients only. Nobody overrides a room."""
        against = {"AlreadyOver"} if visit.stretch.start <= self.at else set[str]()
        if visit.stretch.start > self.at + timedelta(days=3 * 366):
            against.add("BeyondHorizon")
        against |= self.nowhere(visit, rules)
        if not override:
            against |= self.time(visit, rules) | self.in_the_way_of(person, visit, rules)
        if not against:
            visit = self.placed(visit, rules)
            self.bookings[id_] = Booking(id_, person, account, visit, rules, placed=self.at)
        return against

    def in_the_way_of(self, person: str, visit: Visit, rules: Rules) -> set[str]:
        return self.patient(person, visit, replace(rules, min_days_between=0))

    def bring(self, id_: str, person: str, account: str, visit: Visit, rules: Rules) -> set[str]:
        """A row of the practice's file: bound by what cannot be at once, and by no limit."""
        before = self.bookings.get(id_)
        if before is not None:
            same = before.person == person and kind(before.visit) == kind(visit)
            same = same and before.visit.stretch.start == visit.stretch.start
            return set() if same or before.version > 1 else {"ImportedOtherwise"}
        against = {"AlreadyOver"} if visit.stretch.start <= self.at else set[str]()
        if visit.stretch.start.minute % 5 or visit.stretch.end.minute % 5:
            against.add("OffTheGrid")
        free = replace(rules, max_per_day=None, max_per_week=None, max_future_per_patient=None, min_days_between=0)
        against |= self.room(visit, free) | self.patient(person, visit, free)
        if not against:
            visit = self.placed(visit, rules)
            self.bookings[id_] = Booking(id_, person, account, visit, rules, placed=self.at)
        return against

    def ask(self, id_: str, person: str, account: str, visit: Visit) -> set[str]:
        against = {"AlreadyOver"} if visit.stretch.start <= self.at else set[str]()
        if (person, visit.place_id) in self.stopped:
            against.add("BookingStopped")
        pending = [each for each in self.asked.values() if (each.person, each.answer) == (person, "")]
        if any(each.visit.stretch.agenda_id == visit.stretch.agenda_id for each in pending):
            against.add("RequestPending")
        if not against:
            self.asked[id_] = Asked(id_, person, account, visit)
        return against

    def approve(self, id_: str, who: Who, booking: str, visit: Visit, rules: Rules) -> set[str]:
        """With the appointment, or not at all; who says the same again is not told otherwise."""
        asked = self._asked_of(id_, who)
        if asked is None:
            return {"NoSuchRequest"}
        if asked.answer:
            same = asked.answer == "approved" and asked.visit.stretch.start == visit.stretch.start
            return set() if same else {"RequestAnswered"}
        against = self.book(booking, asked.person, asked.account, visit, rules)
        if not against:
            asked.answer, asked.visit = "approved", visit
        return against

    def end_request(self, id_: str, who: Who) -> set[str]:
        asked = self._asked_of(id_, who)
        if asked is None:
            return {"NoSuchRequest"}
        answer = "declined" if who.practice else "withdrawn"
        if asked.answer not in ("", answer):
            return {"RequestAnswered"}
        asked.answer = answer
        return set()

    def lapse(self, id_: str) -> set[str]:
        """Nobody answered by the time that was wished for."""
        asked = self.asked.get(id_)
        if asked is not None and not asked.answer and self.at >= asked.visit.stretch.start:
            asked.answer = "lapsed"
        return set()

    def _asked_of(self, id_: str, who: Who) -> Asked | None:
        asked = self.asked.get(id_)
        if asked is None:
            return None
        if who.practice:
            return asked if asked.visit.place_id == who.practice else None
        return asked if asked.account == who.account or asked.person in who.people else None
