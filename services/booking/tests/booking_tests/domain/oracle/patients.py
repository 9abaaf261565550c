"""What patients ask, and staff for them: holds, which are confirmed, and bookings, which are cancelled or moved.

Each asking gives the reasons against it, having done it when there are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from booking.domain.facts import Rules, Visit

from .looking import Looking, let_go
from .records import MINUTE, Booking, Kept, Who, date_of, in_room, kind, meet, week_of


@dataclass
class Patients(Looking):
    def hold(
        self, id_: str, account: str, visit: Visit, rules: Rules, second: tuple[str, Visit, Rules] | None = None
    ) -> set[str]:
        own = [kept for kept in self.live() if kept.account == account]
        away = {kept.id for kept in own}
        against = self.when(visit, rules) | self.room(visit, rules, away)
        until = min(self.at + 10 * MINUTE, visit.stretch.start)
        new = [Kept(id_, account, self.placed(visit, rules, away), rules, self.at, until)]
        if second is None and rules.second is not None:
            against.add("SecondVisitMissing")
        if second is not None:
            other, then, bound = second
            against |= self.unfit(visit, then, rules) | self.when(then, bound)
            self.holds[id_] = new[0]  # the second finds the first there
            against |= self.room(then, bound, away)
            then = self.placed(then, bound, away)
            del self.holds[id_]
            bound = replace(bound, second=rules.second, questions=())
            new[0].pair = other
            new.append(Kept(other, account, then, bound, self.at, until, pair=id_))
        if not against:
            let_go(own)
            self.holds |= {kept.id: kept for kept in new}
        return against

    def release(self, id_: str, account: str) -> set[str]:
        kept = self.holds.get(id_)
        if kept is None or kept.account != account:
            return {"NoSuchHold"}
        if kept.end == "used":
            return {"HoldWasConfirmed"}
        let_go(self.both(kept) if self.binds(kept) else [])
        return set()

    def extend(self, id_: str, account: str) -> set[str]:
        against = self._mine(id_, account)
        if against:
            return against
        kept = self.holds[id_]
        against = self._gone(kept) | ({"AlreadyExtended"} if kept.extended else set())
        if against:
            return against
        pair = self.both(kept)
        until = min(kept.until + 10 * MINUTE, *(each.visit.stretch.start for each in pair))
        for each in pair:
            each.extended, each.until = True, until
        return set()

    def claim(self, id_: str, visitor: str, account: str) -> set[str]:
        if id_ in self.holds and self.holds[id_].account == account:
            return self._mine(id_, account)
        against = self._mine(id_, visitor)
        if not against:
            let_go(kept for kept in self.live() if kept.account == account)
            for each in self.both(self.holds[id_]):
                each.account = account
        return against

    def confirm(
        self,
        id_: str,
        account: str,
        booking: str,
        person: str,
        answered: frozenset[str],
        replaces: frozenset[str],
        other: str = "",
    ) -> set[str]:
        against = self._mine(id_, account)
        if against:
            return against
        pair, going = self.both(self.holds[id_]), set(replaces)
        against = self._gone(self.holds[id_])
        for old in replaces:
            found = self.bookings.get(old)
            if found is None or found.person != person:
                against.add("NoSuchAppointment")
            elif found.state != "cancelled":
                for each in self.going(found):
                    going.add(each.id)
                    against |= self._cancel_reasons(each, by_patient=True)
        for kept in pair:
            against |= self.patient(person, kept.visit, kept.rules, going)
            against |= self.welcome(person, kept.visit, kept.rules)
            if any(question.required and question.id not in answered for question in kept.rules.questions):
                against.add("AnswerMissing")
        if not against:
            for old in sorted(going):
                self.drop(self.bookings[old])
            names = [booking, other][: len(pair)]
            for name, kept, its in zip(names, pair, ([""] if len(pair) == 1 else names[::-1]), strict=True):
                kept.end = "used"
                self.bookings[name] = Booking(name, person, account, kept.visit, kept.rules, pair=its)
        return against

    def cancel(self, id_: str, who: Who) -> set[str]:
        found = self.theirs(id_, who)
        if found is None:
            return {"NoSuchAppointment"}
        if found.state == "cancelled":
            return set()
        against = self._cancel_reasons(found, by_patient=not who.practice)
        if against:
            return against
        for each in self.going(found):
            against |= self._cancel_reasons(each, by_patient=not who.practice)
        if not against:
            for each in self.going(found):
                self.drop(each)
        return against

    def move(self, id_: str, who: Who, visit: Visit, rules: Rules, version: int | None) -> set[str]:
        found = self.theirs(id_, who)
        if found is None:
            return {"NoSuchAppointment"}
        if found.state == "cancelled":
            return {"WasCancelled"}
        there = in_room(found.visit, None).stretch == visit.stretch and kind(found.visit) == kind(visit)
        if found.state == "confirmed" and there:
            return set()
        old, against = found.visit, set[str]()
        if found.state != "confirmed" or self.at >= old.stretch.start:
            against.add("AlreadyOver")
        if version is not None and version != found.version:
            against.add("AppointmentChanged")
        if visit.stretch.agenda_id != old.stretch.agenda_id or visit.motive_id != old.motive_id:
            against.add("AnotherVisit")
        own = [k for k in self.live() if k.account == who.account and not k.pair and meet(k.visit, visit)]
        away = {found.id, *(kept.id for kept in own)}
        against |= self.when(visit, rules) | self.room(visit, rules, away)
        rules = replace(rules, second=found.rules.second)
        against |= self.patient(found.person, visit, rules, {found.id, found.pair}) | self.torn(found, visit)
        if not who.practice:
            against |= self.in_time_to_move(found) | self.welcome(found.person, visit, rules)
        if not against:
            visit = self.placed(visit, rules, away)
            let_go(own)
            self.go(found, visit, rules, placed=who.practice != "")
        return against

    def hold_any(self, id_: str, account: str, choices: list[tuple[Visit, Rules]]) -> set[str]:
        """The earliest that may be had, and of those the one named first."""
        against = set()
        for visit, rules in sorted(choices, key=lambda choice: choice[0].stretch.start):
            reasons = self.hold(id_, account, visit, rules)
            if not reasons:
                return set()
            against |= reasons
        return against

    def _mine(self, id_: str, account: str) -> set[str]:
        kept = self.holds.get(id_)
        if kept is None or kept.account != account:
            return {"NoSuchHold"}
        if kept.end:
            return {"HoldWasConfirmed" if kept.end == "used" else "HoldWasReleased"}
        return set() if self.binds(kept) else {"HoldHasExpired"}

    def _gone(self, kept: Kept) -> set[str]:
        """The practice may be absent, or put a visit where somebody holds; patients may not, whatever they hold.

        A room that is held nobody may take.
        """
        against = set()
        for each in self.both(kept):
            absent = self.absent(each.visit)
            placed = [b for b in self.standing(()) if b.placed is not None and b.placed >= each.since]
            lost = any(counts(b.visit, each) for b in placed) and self.time(each.visit, each.rules, {each.id}) - absent
            against |= absent | ({"HoldHasExpired"} if lost else set())
        return against

    def _cancel_reasons(self, booking: Booking, *, by_patient: bool) -> set[str]:
        if not self.to_come(booking):
            return {"AlreadyOver"}
        late = self.at + booking.rules.cancel_until_minutes * MINUTE > booking.visit.stretch.start
        return {"TooLate"} if by_patient and late else set()


def counts(visit: Visit, kept: Kept) -> bool:
    """Whether a visit is where somebody holds, or one of those of which there are to be so many a day or week."""
    periods = [(kept.rules.max_per_day, date_of), (kept.rules.max_per_week, week_of)]
    limited = any(
        most is not None and period(visit.stretch.start, kept.visit) == period(kept.visit.stretch.start, kept.visit)
        for most, period in periods
    )
    return meet(visit, kept.visit) or (limited and kind(visit) == kind(kept.visit))
