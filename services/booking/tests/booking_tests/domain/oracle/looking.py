"""What the oracle knows, and what can be seen from it: who is there, what is free, what binds a patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from booking.domain.facts import Rules, Visit

from .records import (
    MINUTE,
    Asked,
    Away,
    Booking,
    Freed,
    Kept,
    Offered,
    Who,
    at_once,
    date_of,
    days_apart,
    in_room,
    is_in,
    kind,
    minutes_of,
    takes,
    week_of,
)

NOBODY: frozenset[str] = frozenset()


@dataclass
class Looking:
    """`waiting`: bookings in order of joining. `freed`, `offered`: all that ever were."""

    at: datetime
    holds: dict[str, Kept] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    marked: set[tuple[str, str]] = field(default_factory=set)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    asked: dict[str, Asked] = field(default_factory=dict)
    absences: dict[str, Away] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    freed: dict[str, Freed] = field(default_factory=dict)
    offered: dict[str, Offered] = field(default_factory=dict)

    def live(self) -> Iterator[Kept]:
        return (kept for kept in list(self.holds.values()) if self.binds(kept))

    def binds(self, kept: Kept) -> bool:
        return kept.end == "" and self.at < kept.until

    def both(self, kept: Kept) -> list[Kept]:
        pair = [kept, self.holds[kept.pair]] if kept.pair else [kept]
        return sorted(pair, key=lambda each: each.visit.stretch.start)

    def standing(self, away: Iterable[str]) -> list[Booking]:
        return [each for each in self.bookings.values() if each.state != "cancelled" and each.id not in away]

    def theirs(self, id_: str, who: Who) -> Booking | None:
        found = self.bookings.get(id_)
        if found is None:
            return None
        staff = who.practice != "" and who.practice == found.visit.place_id
        return found if staff or who.account == found.account or found.person in who.people else None

    def when(self, visit: Visit, rules: Rules) -> set[str]:
        against, start = set(), visit.stretch.start
        if start <= self.at or (start - self.at) / MINUTE < rules.notice_minutes:
            against.add("NoticeTooShort")
        if (date_of(start, visit) - date_of(self.at, visit)).days > rules.horizon_days:
            against.add("BeyondHorizon")
        return against

    def absent(self, visit: Visit) -> set[str]:
        return {"PractitionerAbsent"} if any(away.meets(visit) for away in self.absences.values()) else set()

    def room(self, visit: Visit, rules: Rules, away: Iterable[str] = NOBODY) -> set[str]:
        """Practitioner and room. `away`: the holds and bookings that are thought gone."""
        return self.time(visit, rules, away) | self.nowhere(visit, rules, away)

    def nowhere(self, visit: Visit, rules: Rules, away: Iterable[str] = NOBODY) -> set[str]:
        return {"NoRoomFree"} if rules.rooms and not self.empty(visit, rules, away) else set()

    def empty(self, visit: Visit, rules: Rules, away: Iterable[str] = NOBODY) -> list[str]:
        """Which of the rooms that would do has nobody in it at any minute of the visit, in the written order."""
        there = [each.visit for each in self.standing(away)]
        there += [kept.visit for kept in self.live() if kept.id not in away]
        minutes = list(minutes_of(visit))
        return [room for room in rules.rooms if not any(is_in(each, room, at) for each in there for at in minutes)]

    def placed(self, visit: Visit, rules: Rules, away: Iterable[str] = NOBODY) -> Visit:
        """In the first room that is empty; in none when it needs none."""
        return in_room(visit, next(iter(self.empty(visit, rules, away)), None))

    def time(self, visit: Visit, rules: Rules, away: Iterable[str] = NOBODY) -> set[str]:
        """Whether the practitioner has time."""
        visits = [each.visit for each in self.standing(away)]
        held = [kept.visit for kept in self.live() if kept.id not in away]
        against, agenda = self.absent(visit), visit.stretch.agenda_id
        for minute in minutes_of(visit):
            if sum(takes(other, agenda, minute) for other in visits) >= rules.capacity:
                against.add("SlotTaken")
            if sum(takes(other, agenda, minute) for other in visits + held) >= rules.capacity:
                against.add("SlotHeldByOthers")
        if "SlotTaken" in against:
            against.discard("SlotHeldByOthers")
        alike = [each for each in visits + held if kind(each) == kind(visit)]
        for most, period, name in ((rules.max_per_day, date_of, "DayFull"), (rules.max_per_week, week_of, "WeekFull")):
            mine = period(visit.stretch.start, visit)
            if most is not None and sum(period(each.stretch.start, visit) == mine for each in alike) >= most:
                against.add(name)
        return against

    def patient(self, person: str, visit: Visit, rules: Rules, away: Iterable[str] = NOBODY) -> set[str]:
        theirs = [each for each in self.standing(away) if each.person == person]
        against = {"PersonBusy"} if any(at_once(each.visit, visit) for each in theirs) else set[str]()
        coming = [each for each in theirs if self.to_come(each)]
        here = [each for each in coming if each.visit.stretch.agenda_id == visit.stretch.agenda_id]
        if rules.max_future_per_patient is not None and len(here) >= rules.max_future_per_patient:
            against.add("LimitReached")
        alike = [each for each in coming if each.visit.speciality == visit.speciality]
        if any(days_apart(each.visit, visit) < rules.min_days_between for each in alike):
            against.add("VisitTooClose")
        return against

    def to_come(self, booking: Booking) -> bool:
        return booking.state == "confirmed" and self.at < booking.visit.stretch.start

    def welcome(self, person: str, visit: Visit, rules: Rules) -> set[str]:
        against = {"BookingStopped"} if (person, visit.place_id) in self.stopped else set[str]()
        seen = any(
            (each.person, each.state, each.visit.practitioner_id) == (person, "honoured", visit.practitioner_id)
            for each in self.bookings.values()
        )
        if rules.booking == "known_patients" and not seen and (person, visit.practitioner_id) not in self.marked:
            against.add("KnownPatientsOnly")
        return against

    def in_time_to_move(self, booking: Booking) -> set[str]:
        ahead = booking.rules.move_until_minutes
        ahead = booking.rules.cancel_until_minutes if ahead is None else ahead
        return {"TooLate"} if self.at + ahead * MINUTE > booking.visit.stretch.start else set()

    def unfit(self, first: Visit, then: Visit, rules: Rules) -> set[str]:
        wanted = rules.second
        good = wanted is not None and kind(then) == (first.stretch.agenda_id, wanted.motive_id)
        if good and wanted is not None:
            days = [date_of(first.stretch.start, first) + timedelta(days=n) for n in range(400)]
            good = date_of(then.stretch.start, then) in days[wanted.days_min : wanted.days_max + 1]
        return set() if good and first.stretch.end <= then.stretch.start else {"SecondVisitUnfit"}

    def torn(self, booking: Booking, visit: Visit) -> set[str]:
        """Whether the two visits would be no pair any more if the booking went there."""
        other = self.bookings.get(booking.pair)
        if other is None or other.state == "cancelled":
            return set()
        two = [visit, other.visit]
        if booking.visit.stretch.start > other.visit.stretch.start:
            two.reverse()
        return self.unfit(two[0], two[1], booking.rules)

    def going(self, booking: Booking) -> list[Booking]:
        """Who cancels one of two cancels the other, as long as there is one to come."""
        going, second = [booking], booking.rules.second
        if booking.pair and second is not None and second.together:
            going += [self.bookings[booking.pair]] if self.to_come(self.bookings[booking.pair]) else []
        return going

    def drop(self, booking: Booking, *, freeing: bool = True) -> None:
        """A cancellation. Its time is free for who waits, unless it is the absence that cancels."""
        if booking.state == "cancelled":
            return
        booking.state, booking.version = "cancelled", booking.version + 1
        self.waits_no_more(booking)
        if freeing:
            self.free(booking, booking.visit, 0)

    def go(self, booking: Booking, visit: Visit, rules: Rules, *, placed: bool, moves: int = 0) -> None:
        """To another time. Who moves waits no more, and leaves the old time to others."""
        old = replace(visit, stretch=booking.visit.stretch)
        booking.visit, booking.rules, booking.version = visit, rules, booking.version + 1
        booking.placed = self.at if placed else None
        self.waits_no_more(booking)
        self.free(booking, old, moves)

    def free(self, booking: Booking, visit: Visit, moves: int) -> None:
        name = f"{booking.id}.{booking.version}"
        self.freed[name] = Freed(name, in_room(visit, None), moves)

    def waits_no_more(self, booking: Booking) -> None:
        if booking.id in self.waiting:
            self.waiting.remove(booking.id)


def let_go(holds: Iterable[Kept]) -> None:
    for kept in list(holds):
        kept.end = "released"
