"""What must hold whatever was asked: counted from the log alone, by who came when, without a thought of what was asked.

Each visit heeds those that were there before it. Before it is who had their time sooner, or whom the practice, which
may book over a hold, put there before the hold became a visit. What overrides a rule need not heed it; others must
heed the visit all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from booking.application.fairness import Fairness
from booking.application.ports import Record
from booking.domain import events as e
from booking.domain import events_absences as absences
from booking.domain import events_practice as practice
from booking.domain import events_waiting as waiting
from booking.domain.events import Event
from booking.domain.facts import Rules, Stretch, Visit

from .records import at_once, date_of, days_apart, in_room, is_in, kind, minutes_of, takes, week_of

TIME, PERSON, LIMITS, PERIOD = "time", "person", "limits", "limits of the period"
FREE_OF = {"slot": {TIME}, "absence": {TIME}, "limit": {TIME, PERSON}, "person": {PERSON}}


@dataclass
class Taken:
    """A visit or a hold, with its time since the position `since`, its patient since `sure` (`at` in time)."""

    id: str
    visit: Visit
    rules: Rules
    since: int
    sure: int
    at: datetime
    person: str = ""
    by_patient: bool = True
    free_of: frozenset[str] = frozenset()
    until: datetime | None = None
    pair: str | None = None

    def after(self, other: Taken) -> bool:
        placed = not other.by_patient and other.since < self.sure
        return other is not self and (other.since < self.since or placed)


@dataclass
class Log:
    """Who is there at its end, and what was said on the way."""

    taken: dict[str, Taken] = field(default_factory=dict)
    held: dict[str, Taken] = field(default_factory=dict)
    away: dict[str, tuple[int, absences.AbsenceNoted]] = field(default_factory=dict)
    lifted: dict[str, int] = field(default_factory=dict)
    handed: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def read(self, position: int, event: Event) -> None:
        match event:
            case e.SlotHeld():
                held = Taken(
                    event.hold_id, event.visit, event.rules, position, position, event.at, until=event.expires_at
                )
                self._in_room(held)
                self.held[event.hold_id] = held
            case e.HoldExtended() | e.HoldClaimed():
                held = self.held[event.hold_id]
                held.until = event.expires_at
                self._said(held, event.visit.stretch if isinstance(event, e.HoldClaimed) else event.stretch)
            case e.HoldReleased() | e.HoldExpired():
                self._said(self.held.pop(event.hold_id), event.stretch)
            case e.AppointmentConfirmed():
                hold = self.held.pop(event.hold_id)
                self._take(event, position, hold.since, pair=event.linked_to)
                self._not_stopped(event)
            case e.AppointmentMoved():
                self._said(self.taken[event.appointment_id], event.left)
                by_patient = event.by == "patient"
                free = frozenset() if by_patient else frozenset({LIMITS})
                self._take(event, position, position, by_patient=by_patient, free_of=free, pair=event.linked_to)
                if by_patient:
                    self._not_stopped(event)
            case practice.AppointmentBookedByPractice() | practice.AppointmentImported():
                free = {LIMITS} if event.appointment_id in self.handed else set[str]()
                free |= {LIMITS, PERIOD} if isinstance(event, practice.AppointmentImported) else set()
                self._take(event, position, position, by_patient=False, free_of=frozenset(free))
            case practice.AppointmentBookedOverRules():
                free = set().union(*(FREE_OF[each] for each in event.overridden))
                self._take(event, position, position, by_patient=False, free_of=frozenset(free))
            case e.AppointmentCancelled():
                self._said(self.taken.pop(event.appointment_id), event.visit.stretch)
                if event.by == "absence" and event.replaced_by is not None:
                    self.handed.add(event.replaced_by)
            case practice.AppointmentHonoured() | practice.AppointmentMissed():
                if event.at < event.visit.stretch.start or event.appointment_id not in self.taken:
                    self.wrong.append(f"{event.appointment_id} was attended before it began, or when it was no more")
            case practice.OnlineBookingStopped():
                self.stopped.add((event.person_id, event.practice_id))
            case practice.OnlineBookingResumed():
                self.stopped.discard((event.person_id, event.practice_id))
            case practice.AppointmentRequested():
                self._not_stopped(event)
            case absences.AbsenceNoted():
                self.away[event.absence_id] = position, event
            case absences.AbsencePlanned():
                self.settled.discard(event.absence_id)
            case absences.AbsenceSettled():
                if event.absence_id in self.settled:
                    self.wrong.append(f"{event.absence_id} was settled twice")
                self.settled.add(event.absence_id)
            case absences.AbsenceEnded():
                self.lifted[event.absence_id] = position
            case _:
                pass

    def _take(self, event, position: int, since: int, **more) -> None:  # type: ignore[no-untyped-def]
        ids = event.appointment_id, event.visit, event.rules
        taken = Taken(*ids, since, position, event.at, event.person_id, **more)
        self._in_room(taken)
        self.taken[event.appointment_id] = taken

    def _said(self, taken: Taken, stretch: Stretch) -> None:
        """Others hear of time and room only by what is said of them."""
        if stretch != taken.visit.stretch:
            self.wrong.append(f"{taken.id} is said to be at {stretch}")

    def _in_room(self, new: Taken) -> None:
        """One of those that would do, with nobody else there at any minute of it; none if it needs none."""
        room = new.visit.stretch.room_id
        if room is None or room not in new.rules.rooms:
            if room is not None or new.rules.rooms:
                self.wrong.append(f"{new.id} is in {room}, of {new.rules.rooms}")
            return
        there = [each for each in [*self.taken.values(), *self.held.values()] if each.id != new.id]
        live = [each for each in there if each.until is None or new.at < each.until]
        self.wrong += [
            f"{new.id} and {each.id} are both in {room}"
            for each in live
            if any(is_in(each.visit, room, minute) for minute in minutes_of(new.visit))
        ]

    def _not_stopped(self, event: e.AppointmentConfirmed | e.AppointmentMoved | practice.AppointmentRequested) -> None:
        if (event.person_id, event.visit.practice_id) in self.stopped:
            self.wrong.append(f"{event.person_id} is stopped, and was let")


def broken(log: Sequence[Event], at: datetime) -> list[str]:
    """What does not hold at the end of the log, in words."""
    read = Log()
    for position, event in enumerate(log):
        read.read(position, event)
    visits = list(read.taken.values())
    live = [hold for hold in read.held.values() if hold.until is not None and at < hold.until]
    wrong = [*read.wrong, *_versions(log), *_unfair(log)]
    for each in visits + live:
        wrong += _crowded(each, [other for other in visits + live if each.after(other)])
        wrong += _absent(each, read)
    for each in visits:
        wrong += _pressed(each, [o for o in visits if (o.person, o.sure < each.sure) == (each.person, True)])
    return wrong


def _crowded(each: Taken, before: list[Taken]) -> Iterable[str]:
    """No more at once than the capacity, no more of the motive in the place's local day and week than its limits."""
    if TIME in each.free_of:
        return
    agenda = each.visit.stretch.agenda_id
    for minute in minutes_of(each.visit):
        if sum(takes(other.visit, agenda, minute) for other in before) >= each.rules.capacity:
            yield f"{each.id} has no room at {minute}"
    if PERIOD in each.free_of:
        return
    alike = [other for other in before if kind(other.visit) == kind(each.visit)]
    for most, period in ((each.rules.max_per_day, date_of), (each.rules.max_per_week, week_of)):
        mine = period(each.visit.stretch.start, each.visit)
        if most is not None and sum(period(o.visit.stretch.start, each.visit) == mine for o in alike) >= most:
            yield f"{each.id} is one too many in {mine}"


def _absent(each: Taken, read: Log) -> Iterable[str]:
    for position, away in read.away.values():
        stretch = each.visit.stretch
        there = away.agenda_id == stretch.agenda_id and away.start < stretch.end and stretch.start < away.end
        lasts = position < each.sure < read.lifted.get(away.absence_id, each.sure + 1)
        if there and lasts and TIME not in each.free_of:
            yield f"{each.id} was taken during {away.absence_id}"


def _pressed(each: Taken, theirs: list[Taken]) -> Iterable[str]:
    """One person in one place, with few visits to come, so many days apart."""
    if PERSON in each.free_of:
        return
    if any(at_once(each.visit, other.visit) for other in theirs):
        yield f"{each.person} is at {each.id} and elsewhere"
    coming = [o for o in theirs if o.visit.stretch.start > each.at and o.id != each.pair]
    here = [o for o in coming if o.visit.stretch.agenda_id == each.visit.stretch.agenda_id]
    most = each.rules.max_future_per_patient
    if most is not None and LIMITS not in each.free_of and len(here) >= most:
        yield f"{each.person} has too many visits to come with {each.id}"
    alike = [o for o in coming if o.visit.speciality == each.visit.speciality]
    if each.by_patient and any(days_apart(o.visit, each.visit) < each.rules.min_days_between for o in alike):
        yield f"{each.person} comes to {each.id} too soon"


def _versions(log: Sequence[Event]) -> Iterable[str]:
    """Each change of an appointment is one more, and the cancellation, if any, is the last and only one."""
    last: dict[str, int] = {}
    gone: set[str] = set()
    for event in log:
        version = getattr(event, "version", None)
        if version is None:
            continue
        name = event.appointment_id  # type: ignore[union-attr] # what has a version is an appointment's
        if version != last.get(name, 0) + 1 or name in gone:
            yield f"{name} comes to {version} after {last.get(name, 0)}"
        last[name] = version
        if isinstance(event, e.AppointmentCancelled):
            gone.add(name)


def _unfair(log: Sequence[Event]) -> Iterable[str]:
    """A freed time is offered once, to five at most, to nobody twice, and accepted by whom it was offered to."""
    offers = [event for event in log if isinstance(event, waiting.EarlierSlotOffered)]
    twice = [(o.appointment_id, o.visit.stretch) for o in offers]
    each_freed = Counter(o.freed_id for o in offers)
    closed = [event.freed_id for event in log if isinstance(event, waiting.FreedSlotClosed)]
    if len(set(twice)) < len(twice) or len(set(closed)) < len(closed) or any(n > 5 for n in each_freed.values()):
        yield "somebody was asked twice, or more than five were"
    if any(o.cascade > 1 for o in offers):
        yield "what was freed by the second to accept was offered"
    named = {o.offer_id: o for o in offers}
    for event in log:
        if isinstance(event, e.AppointmentMoved) and event.offer_id is not None:
            offer = named[event.offer_id]
            went = event.appointment_id, in_room(event.visit, None)
            if went != (offer.appointment_id, offer.visit) or event.at >= offer.expires_at:
                yield f"{event.appointment_id} accepted what was not offered, or no more"
    report = Fairness()
    report.add(Record(event, UUID(int=n), n, event.at, b"", b"", {}) for n, event in enumerate(log))
    if report.summary()["unfair"]:
        yield "the report of the waiting lists finds somebody passed over"
