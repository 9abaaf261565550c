"""How a step is told to both, and what there is to ask for: agendas, motives, people, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from booking.application.handle import Task
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.decide import decide
from booking.domain.events import Event
from booking.domain.evolve import fold
from booking.domain.facts import Question, Rules, SecondVisit, Visit
from booking.domain.rejections import Rejection
from booking.domain.states import Known
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ...given import minutes, rules, visit
from ..oracle import Oracle, Who

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
    "noticed": (15, 0, rules(notice_minutes=24 * 60, move_until_minutes=48 * 60)),
    "two-steps": (15, 0, rules(second=SecondVisit("plain", 1, 5, together=True))),
    "scan": (30, 5, rules()),
    "care": (15, 0, rules()),
    "two-scans": (30, 5, rules(second=SecondVisit("care", 0, 5, together=True))),
    "two-apart": (30, 0, rules(second=SecondVisit("two-a-day", 0, 6, together=False), cancel_until_minutes=60)),
}  # fmt: skip
ROOMS = {
    ("agenda-1", "scan"): ("r1",), ("agenda-1", "care"): ("r1", "r2"), ("agenda-1", "two-scans"): ("r2",),
    ("agenda-2", "scan"): ("r1",), ("agenda-2", "care"): ("r2", "r1"), ("agenda-2", "two-scans"): ("r2",),
}  # fmt: skip
"""Of place-1, whose two agendas share them; at place-2 nobody needs one."""
ACCOUNTS = {"alice": ("anna", "ben"), "carol": ("anna", "carl"), "visitor": ()}

PEOPLE, RECENT, DAYS = ["anna", "anna", "ben", "carl"], [0, 0, 0, 0, 1, 2, 5], [0, 0, 0, 1, 5, 6, 8]
CELLS, PLACES = [0, 3, 6, 9, 15, 18, 30, 33, 60], ["place-1", "place-1", "place-2"]
WHAT: dict[str, list[Any]] = {
    "account": list(ACCOUNTS), "person": PEOPLE, "agenda": [*AGENDAS, "agenda-1"], "motive": list(MOTIVES),
    "day": DAYS, "cell": CELLS,
}  # fmt: skip
ON_ACCOUNT = {name: WHAT[name] for name in WHAT if name != "person"}
BY_STAFF = {name: WHAT[name] for name in WHAT if name != "account"}
STEPS: dict[str, dict[str, list[Any]]] = {}
"""What may be asked, with what."""


def step(**choices: list[Any]) -> Callable[[Callable[..., None]], Any]:
    """A step of the story, with whatever it may be told with: the first choice of each is the plainest."""

    def told(ask: Callable[..., None]) -> Any:
        STEPS[ask.__name__] = choices
        return rule(**{name: st.sampled_from(among) for name, among in choices.items()})(ask)

    return told


class Telling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.log: list[Event] = []
        self.tagged: list[set[str]] = []
        self.folded = Known()
        self.asked = 0
        self.oracle = Oracle(START)
        self.looked_at = 0, START

    def told(self, task: Task, against: set[str]) -> tuple[Event, ...]:
        """Decide, on the boundary and on all; the outcome must be what the oracle said."""
        hours = task.hours(self._within((tags.hold(task.hold_id),))) if task.hold_id else ()
        command = task.command(self.at)
        outcomes = []
        for known in (self._within((*task.about, *hours)), self.known()):
            try:
                outcomes.append((decide(command, known), "", {}))
            except Rejection as rejection:
                outcomes.append(((), type(rejection).__name__, vars(rejection)))
        assert outcomes[0] == outcomes[1]
        events, refusal, _ = outcomes[0]
        came = refusal or in_words(events) or "nothing"
        if currently_in_test_context():
            note(f"  # {came}")
        assert refusal in (against or {""}), f"{came} where the oracle says {against or 'nothing against'}"
        self.log += events
        self.tagged += [set(tags.of(event)) for event in events]
        self.folded = fold(events, self.folded)
        SEEN.update([refusal, *(type(event).__name__ for event in events)])
        return events

    def known(self) -> Known:
        return self.folded

    def _within(self, boundary: tags.Tags) -> Known:
        wanted = set(boundary)
        return fold(event for event, its in zip(self.log, self.tagged, strict=True) if its & wanted)

    def new(self, kind: str) -> str:
        self.asked += 1
        return f"{kind}-{self.asked}"

    def who(self, account: str, by: str) -> tuple[Who, Patient | Staff]:
        """`by`: a place's staff, an account, or whoever has that `account`."""
        if by in ("place-1", "place-2"):
            return Who(practice=by), Staff(None, frozenset({by}))
        account = by or account
        people = frozenset(ACCOUNTS.get(account, ()))
        return Who(account, people), Patient(account, people)

    def who_of_booking(self, booking: str, by: str) -> tuple[Who, Patient | Staff]:
        found = self.oracle.bookings.get(booking)
        return self.who("mallory" if found is None else found.account, by)

    @step(passed=[0, 1, 1, 5, 5, 9, 9, 10, 60, 60, 600, 600, 24 * 60])
    def time_passes(self, passed: int) -> None:
        self.at += minutes(passed)
        self.oracle.at = self.at


def in_words(events: Iterable[Event]) -> str:
    """What came of a step, for who reads a story that failed."""
    visits = [(type(event).__name__, getattr(event, "visit", None)) for event in events]
    rooms = [(name, visit and visit.stretch.room_id) for name, visit in visits]
    return ", ".join(f"{name} in {room}" if room else name for name, room in rooms)


def recent(ids: Iterable[str], back: int) -> str:
    """The id of one of the last that were made."""
    made = list(ids)
    return made[-1 - back] if back < len(made) else "none"


def a_visit(agenda: str, motive: str, day: int, cell: int) -> tuple[Visit, Rules]:
    length, buffer, bound = MOTIVES[motive]
    start = EVENING + timedelta(days=day) + minutes(5 * cell)
    wanted = visit(start, length, agenda=agenda, before=buffer, after=buffer, motive=motive, **AGENDAS[agenda])
    return wanted, replace(bound, rooms=ROOMS.get((agenda, motive), ()), capacity=capacity(wanted))


def capacity(wanted: Visit) -> int:
    """A motive in line has two at once everywhere; agenda-2 has for every motive, on the even days of its week."""
    even = wanted.stretch.agenda_id == "agenda-2" and wanted.day.isoweekday() % 2 == 0
    return 2 if even or wanted.motive_id == "line" else 1


def without_offer(agenda: str, motive: str, day: int, cell: int) -> tuple[Visit, Rules]:
    """As the agenda's own sheet of the motive binds it: staff book one visit at a time."""
    wanted, bound = a_visit(agenda, motive, day, cell)
    return wanted, replace(bound, second=None)
