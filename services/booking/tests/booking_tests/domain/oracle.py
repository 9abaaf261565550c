"""The rules of booking once more, slow and obvious: plain records, a look at every minute, a calendar asked each time.

It shares nothing with the domain but the words of the facts. For each thing asked it says all the reasons against it;
the domain must name one of them, or do it when there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.domain.facts import Rules, Visit

MINUTE = timedelta(minutes=1)


@dataclass
class Kept:
    """A hold. `end`: released, used, or nothing that anybody did. `pair`: the other one of a two-step motive."""

    id: str
    account: str
    visit: Visit
    rules: Rules
    since: datetime
    until: datetime
    extended: bool = False
    end: str = ""
    pair: str = ""


@dataclass
class Booking:
    id: str
    person: str
    account: str
    visit: Visit
    rules: Rules
    state: str = "confirmed"
    version: int = 1
    by_practice: datetime | None = None
    pair: str = ""


@dataclass
class Who:
    """`practice`: of which agendas they are staff; else a patient's account with its people."""

    account: str = ""
    people: frozenset[str] = frozenset()
    practice: str = ""


@dataclass
class Oracle:
    at: datetime
    holds: dict[str, Kept] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    marked: set[tuple[str, str]] = field(default_factory=set)
    stopped: set[tuple[str, str]] = field(default_factory=set)

    # What is asked for. Each gives the reasons against, having done it when there are none.

    def hold(
        self, id_: str, account: str, visit: Visit, rules: Rules, second: tuple[str, Visit, Rules] | None = None
    ) -> set[str]:
        own = [kept for kept in self.live() if kept.account == account]
        away = {kept.id for kept in own}
        against = self._when(visit, rules) | self._room(visit, rules, away)
        until = min(self.at + 10 * MINUTE, visit.stretch.start)
        new = [Kept(id_, account, visit, rules, self.at, until)]
        if second is None and rules.second is not None:
            against.add("SecondVisitMissing")
        if second is not None:
            other, then, bound = second
            against |= self._unfit(visit, then, rules) | self._when(then, bound)
            self.holds[id_] = new[0]  # the second finds the first there
            against |= self._room(then, bound, away)
            del self.holds[id_]
            bound = replace(bound, second=rules.second, questions=())
            new[0].pair = other
            new.append(Kept(other, account, then, bound, self.at, until, pair=id_))
        if not against:
            self._let_go(own)
            self.holds |= {kept.id: kept for kept in new}
        return against

    def release(self, id_: str, account: str) -> set[str]:
        kept = self.holds.get(id_)
        if kept is None or kept.account != account:
            return {"NoSuchHold"}
        if kept.end == "used":
            return {"HoldWasConfirmed"}
        self._let_go(self._pair(kept) if self._binds(kept) else [])
        return set()

    def extend(self, id_: str, account: str) -> set[str]:
        against = self._mine(id_, account) or self._booked_over(self.holds[id_])
        if against:
            return against
        kept = self.holds[id_]
        if kept.extended:
            return {"AlreadyExtended"}
        pair = self._pair(kept)
        until = min(kept.until + 10 * MINUTE, *(each.visit.stretch.start for each in pair))
        for each in pair:
            each.extended, each.until = True, until
        return set()

    def claim(self, id_: str, visitor: str, account: str) -> set[str]:
        if id_ in self.holds and self.holds[id_].account == account:
            return self._mine(id_, account)
        against = self._mine(id_, visitor)
        if not against:
            self._let_go(kept for kept in self.live() if kept.account == account)
            for each in self._pair(self.holds[id_]):
                each.account, each.since = account, self.at
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
        against = self._mine(id_, account) or self._booked_over(self.holds[id_])
        if against:
            return against
        pair, going = self._pair(self.holds[id_]), set(replaces)
        for old in replaces:
            found = self.bookings.get(old)
            if found is None or found.person != person:
                against.add("NoSuchAppointment")
            elif found.state != "cancelled":
                for each in self._going(found):
                    going.add(each.id)
                    against |= self._cancel_reasons(each, by_patient=True)
        for kept in pair:
            against |= self._patient(person, kept.visit, kept.rules, going)
            against |= self._welcome(person, kept.visit, kept.rules)
            if any(question.required and question.id not in answered for question in kept.rules.questions):
                against.add("AnswerMissing")
        if not against:
            for old in going:
                self._cancel(self.bookings[old])
            names = [booking, other][: len(pair)]
            for name, kept, its in zip(names, pair, ([""] if len(pair) == 1 else names[::-1]), strict=True):
                kept.end = "used"
                self.bookings[name] = Booking(name, person, account, kept.visit, kept.rules, pair=its)
        return against

    def cancel(self, id_: str, who: Who) -> set[str]:
        found = self._theirs(id_, who)
        if found is None:
            return {"NoSuchAppointment"}
        if found.state == "cancelled":
            return set()
        against = self._cancel_reasons(found, by_patient=not who.practice)
        if against:
            return against
        for each in self._going(found):
            against |= self._cancel_reasons(each, by_patient=not who.practice)
        if not against:
            for each in self._going(found):
                self._cancel(each)
        return against

    def move(self, id_: str, who: Who, visit: Visit, rules: Rules, version: int | None) -> set[str]:
        found = self._theirs(id_, who)
        if found is None:
            return {"NoSuchAppointment"}
        if found.state == "cancelled":
            return {"WasCancelled"}
        if found.state == "confirmed" and found.visit.stretch == visit.stretch:
            return set()
        old, against = found.visit, set[str]()
        if found.state != "confirmed" or self.at >= old.stretch.start:
            against.add("AlreadyOver")
        if version is not None and version != found.version:
            against.add("AppointmentChanged")
        if visit.stretch.agenda_id != old.stretch.agenda_id or visit.motive_id != old.motive_id:
            against.add("AnotherVisit")
        ahead = found.rules.move_until_minutes
        ahead = found.rules.cancel_until_minutes if ahead is None else ahead
        if not who.practice and self.at + ahead * MINUTE > old.stretch.start:
            against.add("TooLate")
        own = [k for k in self.live() if k.account == who.account and not k.pair and _meet(k.visit, visit)]
        away = {found.id, *(kept.id for kept in own)}
        against |= self._when(visit, rules) | self._room(visit, rules, away)
        rules = replace(rules, second=found.rules.second)
        against |= self._patient(found.person, visit, rules, {found.id, found.pair}) | self._torn(found, visit)
        if not who.practice:
            against |= self._welcome(found.person, visit, rules)
        if not against:
            self._let_go(own)
            found.visit, found.rules, found.version = visit, rules, found.version + 1
            found.by_practice = self.at if who.practice else None
        return against

    def attend(self, id_: str, who: Who, outcome: str, reasoned: bool) -> set[str]:
        found = self._theirs(id_, who)
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
        found.state, found.version, found.by_practice = outcome, found.version + 1, self.at
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

    # What is looked at.

    def live(self) -> Iterator[Kept]:
        return (kept for kept in list(self.holds.values()) if self._binds(kept))

    def _binds(self, kept: Kept) -> bool:
        return kept.end == "" and self.at < kept.until

    def _pair(self, kept: Kept) -> list[Kept]:
        both = [kept, self.holds[kept.pair]] if kept.pair else [kept]
        return sorted(both, key=lambda each: each.visit.stretch.start)

    def _going(self, booking: Booking) -> list[Booking]:
        """Who cancels one of two cancels the other, as long as there is one to come."""
        going, second = [booking], booking.rules.second
        if booking.pair and second is not None and second.together:
            other = self.bookings[booking.pair]
            if other.state == "confirmed" and other.visit.stretch.start > self.at:
                going.append(other)
        return going

    def _unfit(self, first: Visit, then: Visit, rules: Rules) -> set[str]:
        wanted = rules.second
        good = wanted is not None and _kind(then) == (first.stretch.agenda_id, wanted.motive_id)
        if good and wanted is not None:
            days = [_date(first.stretch.start, first) + timedelta(days=n) for n in range(400)]
            good = _date(then.stretch.start, then) in days[wanted.days_min : wanted.days_max + 1]
        return set() if good and first.stretch.end <= then.stretch.start else {"SecondVisitUnfit"}

    def _torn(self, booking: Booking, visit: Visit) -> set[str]:
        other = self.bookings.get(booking.pair)
        if other is None or other.state == "cancelled":
            return set()
        two = [visit, other.visit]
        if booking.visit.stretch.start > other.visit.stretch.start:
            two.reverse()
        return self._unfit(two[0], two[1], booking.rules)

    def _standing(self, away: set[str]) -> list[Booking]:
        return [each for each in self.bookings.values() if each.state != "cancelled" and each.id not in away]

    def _mine(self, id_: str, account: str) -> set[str]:
        kept = self.holds.get(id_)
        if kept is None or kept.account != account:
            return {"NoSuchHold"}
        if kept.end:
            return {"HoldWasConfirmed" if kept.end == "used" else "HoldWasReleased"}
        return set() if self._binds(kept) else {"HoldHasExpired"}

    def _booked_over(self, kept: Kept) -> set[str]:
        """The practice may put a visit where somebody holds; patients may not, whatever they hold."""
        since = [b for b in self._standing(set()) if b.by_practice is not None and b.by_practice >= kept.since]
        lost = [each for each in self._pair(kept) if self._room(each.visit, each.rules, {each.id})]
        return {"HoldHasExpired"} if since and lost else set()

    def _theirs(self, id_: str, who: Who) -> Booking | None:
        found = self.bookings.get(id_)
        if found is None:
            return None
        staff = who.practice != "" and who.practice == found.visit.place_id
        return found if staff or who.account == found.account or found.person in who.people else None

    def _when(self, visit: Visit, rules: Rules) -> set[str]:
        against, start = set(), visit.stretch.start
        if start <= self.at or (start - self.at) / MINUTE < rules.notice_minutes:
            against.add("NoticeTooShort")
        if (_date(start, visit) - _date(self.at, visit)).days > rules.horizon_days:
            against.add("BeyondHorizon")
        return against

    def _room(self, visit: Visit, rules: Rules, away: set[str]) -> set[str]:
        visits = [each.visit for each in self._standing(away)]
        held = [kept.visit for kept in self.live() if kept.id not in away]
        against = set()
        for minute in _minutes(visit):
            if sum(_takes(other, visit, minute) for other in visits) >= rules.capacity:
                against.add("SlotTaken")
            if sum(_takes(other, visit, minute) for other in visits + held) >= rules.capacity:
                against.add("SlotHeldByOthers")
        if "SlotTaken" in against:
            against.discard("SlotHeldByOthers")
        alike = [each for each in visits + held if _kind(each) == _kind(visit)]
        for most, period, name in ((rules.max_per_day, _date, "DayFull"), (rules.max_per_week, _week, "WeekFull")):
            mine = period(visit.stretch.start, visit)
            if most is not None and sum(period(each.stretch.start, visit) == mine for each in alike) >= most:
                against.add(name)
        return against

    def _patient(self, person: str, visit: Visit, rules: Rules, away: set[str]) -> set[str]:
        theirs = [each for each in self._standing(away) if each.person == person]
        against = set()
        if any(a.visit.stretch.start < visit.stretch.end and visit.stretch.start < a.visit.stretch.end for a in theirs):
            against.add("PersonBusy")
        coming = [each for each in theirs if each.state == "confirmed" and each.visit.stretch.start > self.at]
        here = [each for each in coming if each.visit.stretch.agenda_id == visit.stretch.agenda_id]
        if rules.max_future_per_patient is not None and len(here) >= rules.max_future_per_patient:
            against.add("LimitReached")
        for each in coming:
            apart = _date(each.visit.stretch.start, each.visit) - _date(visit.stretch.start, visit)
            if each.visit.speciality == visit.speciality and abs(apart.days) < rules.min_days_between:
                against.add("VisitTooClose")
        return against

    def _welcome(self, person: str, visit: Visit, rules: Rules) -> set[str]:
        against = {"BookingStopped"} if (person, visit.place_id) in self.stopped else set[str]()
        seen = any(
            (each.person, each.state, each.visit.practitioner_id) == (person, "honoured", visit.practitioner_id)
            for each in self.bookings.values()
        )
        if rules.booking == "known_patients" and not seen and (person, visit.practitioner_id) not in self.marked:
            against.add("KnownPatientsOnly")
        return against

    def _cancel_reasons(self, booking: Booking, *, by_patient: bool) -> set[str]:
        start = booking.visit.stretch.start
        if booking.state != "confirmed" or self.at >= start:
            return {"AlreadyOver"}
        late = by_patient and self.at + booking.rules.cancel_until_minutes * MINUTE > start
        return {"TooLate"} if late else set()

    @staticmethod
    def _cancel(booking: Booking) -> None:
        if booking.state != "cancelled":
            booking.state, booking.version = "cancelled", booking.version + 1

    @staticmethod
    def _let_go(holds: Iterable[Kept]) -> None:
        for kept in list(holds):
            kept.end = "released"


def _minutes(visit: Visit) -> Iterator[datetime]:
    minute = visit.stretch.start - visit.stretch.buffer_before_minutes * MINUTE
    while minute < visit.stretch.end + visit.stretch.buffer_after_minutes * MINUTE:
        yield minute
        minute += 5 * MINUTE


def _takes(other: Visit, visit: Visit, minute: datetime) -> bool:
    first = other.stretch.start - other.stretch.buffer_before_minutes * MINUTE
    last = other.stretch.end + other.stretch.buffer_after_minutes * MINUTE
    return other.stretch.agenda_id == visit.stretch.agenda_id and first <= minute < last


def _meet(one: Visit, other: Visit) -> bool:
    return any(_takes(one, other, minute) for minute in _minutes(other))


def _kind(visit: Visit) -> tuple[str, str]:
    return visit.stretch.agenda_id, visit.motive_id


def _date(at: datetime, visit: Visit):  # type: ignore[no-untyped-def]
    return at.astimezone(ZoneInfo(visit.zone)).date()


def _week(at: datetime, visit: Visit) -> tuple[int, int]:
    return _date(at, visit).isocalendar()[:2]  # type: ignore[no-any-return]
