"""Any story of patients and practices: the domain does what a slow and obvious oracle of the rules says.

Nights, midnights and the change of the clock of 28 March 2027, three agendas in two zones, four people. Each decision
is taken on its boundary alone and on the whole log, which must come to the same. `ORACLE_STORIES` tells more of them.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from booking.application import handle, handle_practice
from booking.application.handle import Task
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.decide import decide
from booking.domain.events import Event
from booking.domain.evolve import fold
from booking.domain.facts import Question, Rules, SecondVisit, Visit
from booking.domain.rejections import Rejection
from booking.domain.states import Known, Missed, state_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ..given import minutes, rules, visit
from .oracle import Oracle, Who

STORIES = int(os.environ.get("ORACLE_STORIES", "40"))
START = datetime(2027, 3, 27, 14, tzinfo=UTC)
EVENING = datetime(2027, 3, 27, 21, 30, tzinfo=UTC)  # 22:30 in Paris; the clock is changed at 01:00 UTC
SEEN: Counter[str] = Counter()

AGENDAS = {
    "agenda-1": {"zone": "Europe/Paris", "speciality": "dermatologie", "practitioner": "p-1", "place": "place-1"},
    "agenda-2": {"zone": "Europe/Paris", "speciality": "dermatologie", "practitioner": "p-2", "place": "place-1"},
    "agenda-3": {
        "zone": "America/Martinique",
        "speciality": "ophtalmologie",
        "practitioner": "p-3",
        "place": "place-2",
    },
}
MOTIVES: dict[str, tuple[int, int, Rules]] = {
    "plain": (15, 0, rules()),
    "long": (75, 10, rules(cancel_until_minutes=24 * 60)),
    "line": (15, 0, rules(capacity=2)),
    "two-a-day": (15, 0, rules(max_per_day=2)),
    "two-a-week": (15, 0, rules(max_per_week=2, max_per_day=2)),
    "six-days": (30, 5, rules(min_days_between=6)),
    "one-to-come": (15, 0, rules(max_future_per_patient=1)),
    "known": (15, 0, rules(booking="known_patients")),
    "strict": (15, 0, rules(notice_minutes=120, horizon_days=3, cancel_until_minutes=60, move_until_minutes=24 * 60,
                            questions=(Question("q", required=True),))),
    "two-steps": (15, 0, rules(second=SecondVisit("plain", 1, 5, together=True))),
    "two-apart": (30, 0, rules(second=SecondVisit("two-a-day", 0, 6, together=False), cancel_until_minutes=60)),
}  # fmt: skip
ACCOUNTS = {"alice": ("anna", "ben"), "carol": ("anna", "carl"), "visitor": ()}

PEOPLE, RECENT, DAYS = ["anna", "anna", "ben", "carl"], [0, 0, 0, 0, 1, 2, 5], [0, 0, 0, 1, 5, 6, 8]
WHAT = {
    "account": list(ACCOUNTS), "person": PEOPLE, "agenda": [*AGENDAS, "agenda-1"], "motive": list(MOTIVES),
    "day": DAYS, "cell": [0, 3, 6, 9, 15, 18, 30, 33, 60],
}  # fmt: skip
STEPS: dict[str, dict[str, list[Any]]] = {
    "time_passes": {"passed": [0, 1, 1, 5, 5, 9, 9, 10, 60, 60, 600, 600, 24 * 60]},
    "hold": {name: WHAT[name] for name in ("account", "agenda", "motive", "day", "cell")},
    "hold_and_confirm": WHAT,
    "hold_two": {
        "account": list(ACCOUNTS), "person": PEOPLE, "agenda": WHAT["agenda"], "day": DAYS, "cell": WHAT["cell"],
        "first": ["two-steps", "two-steps", "two-apart", "two-apart", "plain"],
        "second": ["plain", "plain", "two-a-day", "two-a-day", "known"],
        "later": [0, 1, 1, 5, 5, 6], "cell_then": [0, 3, 6, 33], "elsewhere": [False, False, False, False, True],
        "confirmed": [True, True, False], "asked": [0, 0, 1],
    },
    "confirm": {
        "back": RECENT, "stranger": list(ACCOUNTS), "person": PEOPLE, "answers": [True, False, False],
        "replaced": [[], [], [0], [1], [0, 2]],
    },
    "release": {"back": RECENT, "stranger": list(ACCOUNTS)},
    "extend": {"back": RECENT, "stranger": list(ACCOUNTS)},
    "claim": {"back": RECENT, "account": list(ACCOUNTS)},
    "sweep": {"back": RECENT},
    "cancel": {"back": RECENT, "by": ["", "", "", "carol", "mallory", "place-1", "place-2"]},
    "move": {
        "back": RECENT, "by": ["", "", "", "carol", "place-1", "place-2"], "day": DAYS, "cell": WHAT["cell"],
        "other": ["", "", "", "agenda", "motive"], "version": [None, None, 1, 2],
    },
    "attend": {
        "back": RECENT, "place": ["place-1", "place-1", "place-2"],
        "outcome": ["honoured", "excused", "missed", "missed"], "reasoned": [True, False],
    },
    "mark_known": {"person": PEOPLE, "practitioner": ["p-1", "p-2"], "known": [True, False]},
    "let_book_online": {"person": PEOPLE, "practice": ["place-1", "place-2"], "allowed": [True, False]},
    "somebody_stays_away_twice": {"person": PEOPLE, "agenda": list(AGENDAS), "motive": ["plain", "line"]},
}  # fmt: skip
"""What may be asked, with what."""


def step(ask: Callable[..., None]) -> Any:
    return rule(**{name: st.sampled_from(choices) for name, choices in STEPS[ask.__name__].items()})(ask)


class Story(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.log: list[Event] = []
        self.asked = 0
        self.oracle = Oracle(START)

    def told(self, task: Task, against: set[str]) -> None:
        """Decide, on the boundary and on all; the outcome must be what the oracle said."""
        hours = task.hours(self._within((tags.hold(task.hold_id),))) if task.hold_id else ()
        command = task.command(self.at)
        outcomes = []
        for known in (self._within((*task.about, *hours)), fold(self.log)):
            try:
                outcomes.append((decide(command, known), "", {}))
            except Rejection as rejection:
                outcomes.append(((), type(rejection).__name__, vars(rejection)))
        assert outcomes[0] == outcomes[1]
        events, refusal, _ = outcomes[0]
        assert refusal in (against or {""}), f"{refusal or events} where the oracle says {against or 'nothing against'}"
        self.log += events
        SEEN.update([refusal, *(type(event).__name__ for event in events)])

    def _new(self, kind: str) -> str:
        self.asked += 1
        return f"{kind}-{self.asked}"

    def _within(self, boundary: tags.Tags) -> Known:
        return fold(event for event in self.log if set(tags.of(event)) & set(boundary))

    def _hold_and_holder(self, back: int, stranger: str) -> tuple[str, str]:
        """Mostly the holder asks."""
        hold = _recent(self.oracle.holds, back)
        kept = self.oracle.holds.get(hold)
        return hold, stranger if kept is None or back == 5 else kept.account

    def _who(self, booking: str, by: str) -> tuple[Who, Patient | Staff]:
        found = self.oracle.bookings.get(booking)
        if by in ("place-1", "place-2"):
            return Who(practice=by), Staff(None, frozenset({by}))
        account = found.account if found is not None and by == "" else by
        return Who(account, frozenset(ACCOUNTS.get(account, ()))), Patient(
            account, frozenset(ACCOUNTS.get(account, ()))
        )

    @step
    def time_passes(self, passed: int) -> None:
        self.at += minutes(passed)
        self.oracle.at = self.at

    @step
    def hold(self, account: str, agenda: str, motive: str, day: int, cell: int) -> None:
        wanted, bound, new = *a_visit(agenda, motive, day, cell), self._new("hold")
        against = self.oracle.hold(new, account, wanted, bound)
        self.told(handle.hold_slot(new, account, wanted, bound), against)

    @step
    def hold_and_confirm(self, account: str, person: str, agenda: str, motive: str, day: int, cell: int) -> None:
        self.hold(account, agenda, motive, day, cell)
        self.confirm(0, account, person, True, [])

    @step
    def hold_two(
        self, account: str, person: str, agenda: str, day: int, cell: int, first: str, second: str, later: int,
        cell_then: int, elsewhere: bool, confirmed: bool, asked: int,
    ) -> None:  # fmt: skip
        wanted, bound = a_visit(agenda, first, day, cell)
        then = a_visit("agenda-2" if elsewhere else agenda, second, day + later, cell_then)
        new, other = self._new("hold"), self._new("hold")
        against = self.oracle.hold(new, account, wanted, bound, (other, *then))
        self.told(handle.hold_slot(new, account, wanted, bound, (other, *then)), against)
        if confirmed:
            self.confirm(asked, account, person, True, [])

    @step
    def confirm(self, back: int, stranger: str, person: str, answers: bool, replaced: list[int]) -> None:
        hold, who = self._hold_and_holder(back, stranger)
        answered = frozenset({"q"} if answers else ())
        replaces = frozenset(_recent(self.oracle.bookings, back) for back in replaced)
        new, other = self._new("booking"), self._new("booking")
        against = self.oracle.confirm(hold, who, new, person, answered, replaces, other)
        self.told(handle.confirm(hold, who, new, person, answered, None, replaces, other), against)

    @step
    def release(self, back: int, stranger: str) -> None:
        hold, who = self._hold_and_holder(back, stranger)
        self.told(handle.release(hold, who), self.oracle.release(hold, who))

    @step
    def extend(self, back: int, stranger: str) -> None:
        hold, who = self._hold_and_holder(back, stranger)
        self.told(handle.extend(hold, who), self.oracle.extend(hold, who))

    @step
    def claim(self, back: int, account: str) -> None:
        hold = _recent(self.oracle.holds, back)
        self.told(handle.claim(hold, "visitor", account), self.oracle.claim(hold, "visitor", account))

    @step
    def sweep(self, back: int) -> None:
        self.told(handle.expire(_recent(self.oracle.holds, back)), set())

    @step
    def cancel(self, back: int, by: str) -> None:
        booking = _recent(self.oracle.bookings, back)
        who, actor = self._who(booking, by)
        self.told(handle.cancel(booking, (actor,), None), self.oracle.cancel(booking, who))

    @step
    def move(self, back: int, by: str, day: int, cell: int, other: str, version: int | None) -> None:
        booking = _recent(self.oracle.bookings, back)
        found = self.oracle.bookings.get(booking)
        agenda, motive = (
            ("agenda-1", "plain") if found is None else (found.visit.stretch.agenda_id, found.visit.motive_id)
        )
        wanted, bound = a_visit(
            "agenda-2" if other == "agenda" else agenda, "line" if other == "motive" else motive, day, cell
        )
        who, actor = self._who(booking, by)
        against = self.oracle.move(booking, who, wanted, bound, version)
        person = "nobody" if found is None else found.person
        self.told(handle.move(booking, person, (actor,), wanted, bound, version), against)

    @step
    def attend(self, back: int, place: str, outcome: str, reasoned: bool) -> None:
        booking = _recent(self.oracle.bookings, back)
        who, staff = self._who(booking, place)
        assert isinstance(staff, Staff)
        task = handle_practice.record_attendance(booking, staff, outcome, reasoned, None)  # type: ignore[arg-type]
        self.told(task, self.oracle.attend(booking, who, outcome, reasoned))

    @step
    def mark_known(self, person: str, practitioner: str, known: bool) -> None:
        task = handle_practice.mark_known(person, practitioner, known)
        self.told(task, self.oracle.mark(person, practitioner, known))

    @step
    def let_book_online(self, person: str, practice: str, allowed: bool) -> None:
        task = handle_practice.let_book_online(person, practice, allowed)
        self.told(task, self.oracle.let_book(person, practice, allowed))

    @step
    def somebody_stays_away_twice(self, person: str, agenda: str, motive: str) -> None:
        """A story of its own: it takes days."""
        if self.log:
            return
        for cell in (0, 30):
            self.hold_and_confirm("alice", person, agenda, motive, 0, cell)
        self.time_passes(3 * 24 * 60)
        for back in (0, 1):
            self.attend(back, str(AGENDAS[agenda]["place"]), "missed", False)
        self.let_book_online(person, str(AGENDAS[agenda]["place"]), False)

    @invariant()
    def both_know_the_same(self) -> None:
        known = fold(self.log)
        booked = {
            each.appointment_id: (
                "excused" if isinstance(each, Missed) and each.excused else state_of(each),
                each.version, each.person_id, each.visit,
            )
            for each in known.appointments.values()
        }  # fmt: skip
        assert booked == {b.id: (b.state, b.version, b.person, b.visit) for b in self.oracle.bookings.values()}
        held = {hold.hold_id: (hold.account_id, hold.expires_at) for hold in known.live_holds(self.at)}
        assert held == {kept.id: (kept.account, kept.until) for kept in self.oracle.live()}


def _recent(ids: Iterable[str], back: int) -> str:
    """The id of one of the last that were made."""
    made = list(ids)
    return made[-1 - back] if back < len(made) else "none"


def a_visit(agenda: str, motive: str, day: int, cell: int) -> tuple[Visit, Rules]:
    length, buffer, bound = MOTIVES[motive]
    start = EVENING + timedelta(days=day) + minutes(5 * cell)
    wanted = visit(start, length, agenda=agenda, before=buffer, after=buffer, motive=motive, **AGENDAS[agenda])
    return wanted, replace(bound, capacity=2) if agenda == "agenda-2" else bound


REACHED = {
    "SlotHeld", "HoldReleased", "HoldExpired", "HoldExtended", "HoldClaimed", "AppointmentConfirmed",
    "AppointmentMoved", "AppointmentCancelled", "AppointmentHonoured", "AppointmentMissed", "PatientMarkedKnown",
    "PatientUnmarkedKnown", "OnlineBookingStopped", "OnlineBookingResumed",
    "SlotTaken", "SlotHeldByOthers", "NoticeTooShort", "BeyondHorizon", "DayFull", "WeekFull", "HoldHasExpired",
    "HoldWasReleased", "HoldWasConfirmed", "AlreadyExtended", "NoSuchHold", "NoSuchAppointment", "PersonBusy",
    "LimitReached", "VisitTooClose", "KnownPatientsOnly", "BookingStopped", "AnswerMissing", "TooLate", "AlreadyOver",
    "SecondVisitMissing", "SecondVisitUnfit",
    "AnotherVisit", "AppointmentChanged", "WasCancelled", "NotBegun", "ReasonMissing", "NotRepeatedlyAbsent",
}  # fmt: skip


def test_whatever_is_asked_the_domain_does_what_the_oracle_says() -> None:
    told = settings(
        max_examples=STORIES, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Story, settings=told)  # type: ignore[arg-type]


def test_a_long_walk_without_a_plan_agrees_as_well_and_meets_every_outcome() -> None:
    """A generator that shrinks well prefers the plain: this one takes everything alike, and says what it came to."""
    SEEN.clear()
    chance = Random(7)
    for _ in range(STORIES * 2):
        story = Story()
        # Each story has few motives and one agenda, or their limits would hardly be felt.
        few = {"motive": chance.sample(list(MOTIVES), 2), "agenda": [chance.choice(list(AGENDAS))]}
        for _ in range(50):
            name = chance.choice([*STEPS, *["hold", "hold_and_confirm", "confirm", "move", "attend"] * 3])
            getattr(story, name)(**{what: chance.choice(few.get(what, among)) for what, among in STEPS[name].items()})
            story.both_know_the_same()
    assert {name for name in REACHED if not SEEN[name]} == set()
