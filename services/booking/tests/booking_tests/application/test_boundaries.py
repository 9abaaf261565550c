"""Any history of any commands: the boundary of each decision is enough, and nobody is ever booked twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.application import handle
from booking.application.handle import Task
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.decide import decide
from booking.domain.events import Event
from booking.domain.evolve import fold
from booking.domain.facts import Rules
from booking.domain.rejections import Rejection
from booking.domain.states import Booked, Known
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..given import NINE, NOW, minutes, rules, visit

ACCOUNTS = ("alice", "bob", "visitor")
PEOPLE = ("anna", "bea")
CAPACITY = {"agenda-1": 1, "agenda-2": 2}
ROOMS = {"agenda-1": ("room-1",), "agenda-2": ("room-2", "room-1")}


@dataclass
class World:
    """One log, as the store keeps it, and a clock that goes forward."""

    at: datetime = NOW
    log: list[Event] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    appointments: list[str] = field(default_factory=list)

    def do(self, task: Task) -> str:
        """Decide on the boundary alone and on the whole log, which must come to the same; then append."""
        hours = task.hours(self._within((tags.hold(task.hold_id),))) if task.hold_id else ()
        command = task.command(self.at)
        outcomes = [_outcome(command, known) for known in (self._within((*task.about, *hours)), fold(self.log))]
        assert outcomes[0] == outcomes[1]
        events, refusal = outcomes[0]
        self.log += events
        return refusal

    def _within(self, boundary: tags.Tags) -> Known:
        return fold(event for event in self.log if set(tags.of(event)) & set(boundary))

    def check(self) -> None:
        known = fold(self.log)
        taken, busy, rooms = (Counter[tuple[str, datetime]]() for _ in range(3))
        for booked in known.booked():
            stretch = booked.visit.stretch
            taken.update((stretch.agenda_id, cell) for cell in _cells(stretch.occupied_from, stretch.occupied_until))
            busy.update((booked.person_id, cell) for cell in _cells(stretch.start, stretch.end))
        for each in (*known.booked(), *known.live_holds(self.at)):
            stretch = each.visit.stretch
            assert (stretch.room_id is None) == (not each.rules.rooms)
            if stretch.room_id is not None:
                rooms.update((stretch.room_id, cell) for cell in _cells(stretch.occupied_from, stretch.occupied_until))
        assert all(count == 1 for count in rooms.values())
        for hold in known.live_holds(self.at):
            stretch = hold.visit.stretch
            taken.update((stretch.agenda_id, cell) for cell in _cells(stretch.occupied_from, stretch.occupied_until))
        assert all(count <= CAPACITY[agenda] for (agenda, _), count in taken.items())
        assert all(count == 1 for count in busy.values())
        assert all(n == 1 for n in Counter(hold.account_id for hold in known.live_holds(self.at)).values())


def _outcome(command: object, known: Known) -> tuple[tuple[Event, ...], str]:
    try:
        return decide(command, known), ""  # type: ignore[arg-type] # every task makes a command
    except Rejection as rejection:
        return (), f"{type(rejection).__name__} {vars(rejection)}"


def _cells(start: datetime, end: datetime) -> list[datetime]:
    return [start + minutes(5 * n) for n in range((end - start) // timedelta(minutes=5))]


def _pick(ids: list[str], number: int) -> str:
    return ids[-1 - number % len(ids)] if ids else "none"


def _step(world: World, kind: str, who: str, person: str, number: int, place: tuple[str, int, int, int]) -> Task:
    agenda, cell, length, buffer = place
    hold = _pick(world.holds, number)
    if kind != "hold" and kind != "claim" and number:
        # Mostly the holder, or nearly everything would be refused as somebody else's.
        held = fold(world.log).holds.get(hold)
        who = held.account_id if held is not None else who
    match kind:
        case "hold":
            world.holds.append(f"hold-{len(world.holds)}")
            wanted = visit(NINE + minutes(5 * cell), 5 * length, agenda=agenda, before=5 * buffer, after=5 * buffer)
            return handle.hold_slot(world.holds[-1], who, wanted, _rules(agenda, length))
        case "confirm":
            replaces = frozenset({_pick(world.appointments, number)} if number > 1 else ())
            world.appointments.append(f"appointment-{len(world.appointments)}")
            return handle.confirm(hold, who, world.appointments[-1], person, frozenset(), None, replaces)
        case "move":
            moved = _pick(world.appointments, number)
            before = fold(world.log).appointments.get(moved)
            wanted = visit(NINE + minutes(5 * cell), 5 * length, agenda=agenda, before=5 * buffer)
            actor = Patient(who) if number % 2 else Staff("practitioner-1")
            mover = before.person_id if before else "nobody"
            return handle.move(moved, mover, (actor,), wanted, _rules(agenda, length), number or None)
        case "cancel":
            actor = Patient(who) if number % 2 else Staff("practitioner-1")
            return handle.cancel(_pick(world.appointments, number), (actor,), None)
        case "claim":
            return handle.claim(hold, "visitor", who)
        case _:
            others: dict[str, Callable[[], Task]] = {
                "release": lambda: handle.release(hold, who),
                "extend": lambda: handle.extend(hold, who),
                "expire": lambda: handle.expire(hold),
            }
            return others[kind]()


def _rules(agenda: str, length: int) -> Rules:
    rooms = ROOMS[agenda] if length % 3 else ()
    if agenda == "agenda-1":
        return rules(capacity=1, max_per_day=3, rooms=rooms)
    return rules(capacity=2, max_per_week=3, min_days_between=length % 2, rooms=rooms)


KINDS = (
    *("hold", "confirm") * 4,
    *("move", "move", "cancel", "claim", "release", "extend", "expire"),
)
STEPS = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(PEOPLE),
    st.integers(0, 3),
    st.tuples(st.sampled_from(sorted(CAPACITY)), st.integers(0, 14), st.integers(1, 15), st.integers(0, 2)),
    st.sampled_from((0, 0, 0, 1, 9, 10)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=40))
def test_a_boundary_decides_as_the_whole_log_would_and_nobody_is_booked_twice(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    world = World()
    for kind, who, person, number, place, passed in steps:
        world.at += minutes(passed)
        world.do(_step(world, kind, who, person, number, place))
        world.check()


def test_the_histories_that_are_tried_reach_every_outcome() -> None:
    """A property over nothing would hold as well: this one says what the steps come to."""
    seen: Counter[str] = Counter()

    @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(STEPS, min_size=10, max_size=40))
    def try_one(steps: list[tuple]) -> None:  # type: ignore[type-arg]
        world = World()
        for kind, who, person, number, place, passed in steps:
            world.at += minutes(passed)
            before = len(world.log)
            refusal = world.do(_step(world, kind, who, person, number, place))
            seen.update(type(event).__name__ for event in world.log[before:])
            seen[refusal.partition(" ")[0]] += 1
        seen["booked"] += sum(isinstance(each, Booked) for each in fold(world.log).appointments.values())

    try_one()
    wanted = {
        "SlotHeld", "HoldReleased", "HoldExpired", "HoldExtended", "HoldClaimed", "AppointmentConfirmed",
        "AppointmentCancelled", "SlotTaken", "SlotHeldByOthers", "PersonBusy", "HoldHasExpired", "HoldWasReleased",
        "HoldWasConfirmed", "AlreadyExtended", "NoSuchHold", "NoSuchAppointment", "booked", "AppointmentMoved",
        "AppointmentChanged", "AnotherVisit", "WasCancelled", "NoRoomFree",
    }  # fmt: skip
    assert wanted <= {name for name, count in seen.items() if count}
