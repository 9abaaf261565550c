"""What a practice says of visits and patients, what its staff book themselves, and how they answer requests."""

from __future__ import annotations

from dataclasses import replace

from booking.application import handle_practice
from booking.domain.actors import Staff
from booking.domain.commands_practice import Outcome
from booking.domain.decide_staff import NAMES
from booking.domain.events_practice import AppointmentBookedByPractice, AppointmentBookedOverRules

from ...given import minutes
from .patients import PatientSteps
from .telling import AGENDAS, BY_STAFF, CELLS, DAYS, PEOPLE, PLACES, RECENT, START, WHAT, recent, step, without_offer

KINDS = {kind.__name__: name for kind, name in NAMES.items()}


class PracticeSteps(PatientSteps):
    @step(
        back=RECENT, place=PLACES, outcomes=[["honoured"], ["excused"], ["missed"], ["missed", "honoured", "missed"]],
        reasoned=[True, False],
    )  # fmt: skip
    def attend(self, back: int, place: str, outcomes: list[Outcome], reasoned: bool) -> None:
        """And perhaps corrected."""
        booking = recent(self.oracle.bookings, back)
        who, staff = self.who_of_booking(booking, place)
        assert isinstance(staff, Staff)
        for outcome in outcomes:
            task = handle_practice.record_attendance(booking, staff, outcome, reasoned, None)
            self.told(task, self.oracle.attend(booking, who, outcome, reasoned))

    @step(person=PEOPLE, practitioner=["p-1", "p-2"], known=[True, False])
    def mark_known(self, person: str, practitioner: str, known: bool) -> None:
        task = handle_practice.mark_known(person, practitioner, known)
        self.told(task, self.oracle.mark(person, practitioner, known))

    @step(person=PEOPLE, practice=["place-1", "place-2"], allowed=[True, False])
    def let_book_online(self, person: str, practice: str, allowed: bool) -> None:
        task = handle_practice.let_book_online(person, practice, allowed)
        self.told(task, self.oracle.let_book(person, practice, allowed))

    @step(
        person=PEOPLE, agenda=list(AGENDAS), motive=["plain", "line"], elsewhere=list(AGENDAS),
        outcomes=[["missed", "missed"], ["missed", "excused"], ["honoured", "missed"]], forgiven=[False, True],
    )  # fmt: skip
    def two_visits_pass(
        self, person: str, agenda: str, motive: str, elsewhere: str, outcomes: list[Outcome], forgiven: bool
    ) -> None:
        """And the practice draws its conclusions; then the person asks for what is for known patients, there or not."""
        today, place = (self.at - START).days, str(AGENDAS[agenda]["place"])
        for cell in (0, 30):
            self.hold_and_confirm("alice", person, agenda, motive, today + 1, cell)
        self.time_passes(3 * 24 * 60)
        for back, outcome in enumerate(outcomes):
            self.attend(2 * back, place, [outcome], False)
        self.let_book_online(person, place, False)
        if forgiven:
            self.let_book_online(person, place, True)
        self.hold_and_confirm("alice", person, elsewhere, "known", today + 5, 0)

    @step(**BY_STAFF | {"claimed": [False, True], "elsewhere": [False, False, True]})
    def book_over_a_hold(
        self, person: str, agenda: str, motive: str, day: int, cell: int, claimed: bool, elsewhere: bool
    ) -> None:
        """Which its holder then tries to confirm, perhaps having signed up meanwhile."""
        self.hold("visitor", agenda, motive, day, cell)
        if elsewhere:  # a line of two may rightly share the time
            self.hold_and_confirm("carol", "carl", agenda, "line", day, cell)
            self.book("ben", "agenda-3", "plain", day, cell, False)
        else:
            self.book("ben", agenda, motive, day, cell, True)
        back = 1 if elsewhere else 0
        if claimed:
            self.time_passes(1)
            self.claim(back, "alice")
        self.confirm(back, "alice", person, True, [])

    @step(**BY_STAFF | {"day": [*DAYS, 1200], "override": [False, True]})
    def book(self, person: str, agenda: str, motive: str, day: int, cell: int, override: bool) -> None:
        wanted, bound = without_offer(agenda, motive, day, cell)
        there, of_person = self.oracle.time(wanted, bound), self.oracle.in_the_way_of(person, wanted, bound)
        new, why = self.new("booking"), "sealed" if override else None
        against = self.oracle.book(new, person, "alice", wanted, bound, override=override)
        for event in self.told(handle_practice.book(new, person, "alice", wanted, bound, why), against):
            if not there | of_person:
                assert isinstance(event, AppointmentBookedByPractice)
                continue
            assert isinstance(event, AppointmentBookedOverRules)
            named = iter(event.overridden)
            for reasons in filter(None, (there, of_person)):
                assert next(named) in {KINDS[reason] for reason in reasons}
            assert not list(named)

    @step(**BY_STAFF | {"off": [0, 0, 0, 2], "again": [False, False, True]})
    def bring(self, person: str, agenda: str, motive: str, day: int, cell: int, off: int, again: bool) -> None:
        """A row of the practice's file, perhaps one that came before."""
        wanted, bound = without_offer(agenda, motive, day, cell)
        stretch = wanted.stretch
        wanted = replace(
            wanted, stretch=replace(stretch, start=stretch.start + minutes(off), end=stretch.end + minutes(off))
        )
        new = recent(self.oracle.bookings, 0) if again else self.new("booking")
        against = self.oracle.bring(new, person, "alice", wanted, bound)
        self.told(handle_practice.import_visit(new, person, "alice", wanted, bound), against)

    @step(**WHAT)
    def ask(self, account: str, person: str, agenda: str, motive: str, day: int, cell: int) -> None:
        wanted, bound = without_offer(agenda, motive, day, cell)
        new = self.new("request")
        against = self.oracle.ask(new, person, account, wanted)
        self.told(handle_practice.request(new, person, account, wanted, bound, None), against)

    @step(back=RECENT, place=PLACES, otherwise=[False, False, True], day=DAYS, cell=CELLS, rewritten=[False, True])
    def approve(self, back: int, place: str, otherwise: bool, day: int, cell: int, rewritten: bool = False) -> None:
        """At the time wished, or at another. `rewritten`: the rooms stand in another order by now."""
        request = recent(self.oracle.asked, back)
        asked = self.oracle.asked.get(request)
        agenda, motive, person = "agenda-1", "plain", "nobody"
        if asked is not None:
            agenda, motive, person = asked.visit.stretch.agenda_id, asked.visit.motive_id, asked.person
        wanted, bound = without_offer(agenda, motive, day, cell)
        if asked is not None and not otherwise:
            wanted = asked.visit
        if rewritten:
            bound = replace(bound, rooms=bound.rooms[::-1])
        who, staff = self.who("", place)
        assert isinstance(staff, Staff)
        new = self.new("booking")
        against = self.oracle.approve(request, who, new, wanted, bound)
        self.told(handle_practice.approve(request, person, staff, new, wanted, bound), against)

    @step(
        **WHAT
        | {
            "answers": [
                ["yes"],
                ["no", "yes"],
                ["yes", "otherwise"],
                ["withdrawn", "no"],
                ["yes", "no"],
                ["late", "lapsed", "no"],
            ]
        }
    )
    def ask_and_answer(
        self, account: str, person: str, agenda: str, motive: str, day: int, cell: int, answers: list[str]
    ) -> None:
        self.ask(account, person, agenda, motive, day, cell)
        place = str(AGENDAS[agenda]["place"])
        for answer in answers:
            if answer == "late":
                self.time_passes(24 * 60 * (day + 2))
            elif answer == "lapsed":
                self.lapse_request(0)
            elif answer in ("yes", "otherwise"):
                self.approve(0, place, answer == "otherwise", day, cell + 6, rewritten=answer == "yes")
            else:
                self.end_request(0, place if answer == "no" else "")

    @step(back=RECENT)
    def lapse_request(self, back: int) -> None:
        request = recent(self.oracle.asked, back)
        self.told(handle_practice.lapse_request(request), self.oracle.lapse(request))

    @step(back=RECENT, by=["", "place-1", "place-1", "carol", "place-2"])
    def end_request(self, back: int, by: str) -> None:
        request = recent(self.oracle.asked, back)
        asked = self.oracle.asked.get(request)
        who, actor = self.who("mallory" if asked is None else asked.account, by)
        self.told(handle_practice.end_request(request, actor, None), self.oracle.end_request(request, who))
