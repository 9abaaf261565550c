"""The waiting list: a time that was given up is offered to the first five who wait; the first to accept moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from booking.domain.facts import Visit

from .looking import Looking
from .records import MINUTE, Booking, Freed, Offered, Who, kind


@dataclass
class WaitingList(Looking):
    def wait(self, id_: str, who: Who, waits: bool) -> set[str]:
        found = self.theirs(id_, who)
        if found is None or who.practice:
            return {"NoSuchAppointment"}
        if not self.to_come(found):
            return {"WasCancelled" if found.state == "cancelled" else "AlreadyOver"}
        if not waits:
            self.waits_no_more(found)
        elif id_ not in self.waiting:
            if found.visit.stretch.start - self.at < timedelta(days=5):
                return {"TooNearToWait"}
            self.waiting.append(id_)
        return set()

    def offer(self, freed_id: str, names: list[str], capacity: int) -> set[str]:
        """Once for each time that was freed, whoever asks, and nobody is asked twice for one time.

        `capacity`: at that time.
        """
        freed = self.freed[freed_id]
        if freed.offered is not None:
            return set()
        able = [each for each in self.entitled(freed) if self.could_go(each, freed.visit, capacity)]
        chosen = able[:5] if freed.moves < 2 else []
        for name, booking in zip(names, chosen, strict=False):
            latest = freed.visit.stretch.start - booking.rules.notice_minutes * MINUTE
            until = min(self.at + 120 * MINUTE, latest)
            self.offered[name] = Offered(name, booking.id, freed, replace(booking.rules, capacity=capacity), until)
        freed.offered = len(chosen)
        return set()

    def entitled(self, freed: Freed) -> list[Booking]:
        """Who waits for an earlier time of the motive, in order of joining."""
        asked = {each.booking for each in self.offered.values() if each.freed.visit.stretch == freed.visit.stretch}
        waiting = [self.bookings[id_] for id_ in self.waiting if id_ not in asked]
        return [each for each in waiting if _earlier(freed.visit, each)]

    def could_go(self, booking: Booking, visit: Visit, capacity: int) -> bool:
        rules = replace(booking.rules, capacity=capacity)
        against = self.when(visit, rules) | self.room(visit, rules, {booking.id})
        return not against | self.torn(booking, visit)

    def accept(self, id_: str, who: Who) -> set[str]:
        """A move like any other."""
        offered = self.offered.get(id_)
        found = None if offered is None else self.theirs(offered.booking, who)
        if offered is None or found is None or found.state not in ("confirmed", "cancelled"):
            return {"NoSuchEarlierSlot"}
        if offered.taken:
            return set()
        if who.practice:
            return {"NoSuchAppointment"}
        if not self.to_come(found):
            return {"WasCancelled" if found.state == "cancelled" else "AlreadyOver"}
        against = {"EarlierSlotExpired"} if self.at >= offered.until else set[str]()
        if found.id not in self.waiting:
            against.add("AppointmentChanged")
        visit, rules = offered.freed.visit, offered.rules
        against |= self.torn(found, visit) | self.room(visit, rules, {found.id})
        against |= self.patient(found.person, visit, rules, {found.id, found.pair})
        against |= self.in_time_to_move(found) | self.welcome(found.person, visit, rules)
        if not against:
            offered.taken = True
            visit = self.placed(visit, rules, {found.id})
            self.go(found, visit, rules, placed=False, moves=offered.freed.moves + 1)
        return against


def _earlier(visit: Visit, booking: Booking) -> bool:
    mine, free = booking.visit.stretch, visit.stretch
    return (
        kind(visit) == kind(booking.visit)
        and free.start < mine.start
        and free.end - free.start == mine.end - mine.start
    )
