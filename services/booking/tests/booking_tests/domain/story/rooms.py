"""Rooms that change hands: somebody has one, or gives it up, and another wants it at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking.domain.events_absences import HandOver, Move, Plan

from ...given import minutes
from .absences import AbsenceSteps
from .telling import AGENDAS, EVENING, START, step
from .waiting import WaitingSteps

COLLEAGUE = {"agenda-1": "agenda-2", "agenda-2": "agenda-1"}
IN_ROOMS = ["scan", "care"]
WAYS = ["held", "booked", "booked over rules", "brought", "approved"]
PLANS: list[Plan] = [Move(1), HandOver("agenda-2"), HandOver("agenda-1"), HandOver("agenda-3")]


class RoomSteps(WaitingSteps, AbsenceSteps):
    @step(
        mine=list(COLLEAGUE), need=IN_ROOMS, day=[0, 1], cell=[3, 9], then=IN_ROOMS, gap=[0, 3, 6, 8, -3],
        becomes=["extended", "claimed", "attended", ""], passed=[0, 9, 10], way=WAYS,
    )  # fmt: skip
    def a_room_is_asked_for_again(
        self, mine: str, need: str, day: int, cell: int, then: str, gap: int, becomes: str, passed: int, way: str
    ) -> None:
        """With a colleague, when the first has had it for some time, or is there."""
        self.hold("visitor", mine, need, day, cell)
        self.time_passes(passed)
        if becomes == "extended":
            self.extend(0, "visitor", 1)
            self.time_passes(5)
        elif becomes:
            self.claim(0, "alice")
        if becomes == "attended":
            self.confirm(0, "alice", "anna", True, [])
            begin = EVENING + timedelta(days=day) + minutes(5 * cell)
            self.time_passes(max(0, (begin - self.at) // minutes(1)))
            self.attend(0, "place-1", ["honoured"], False)
        self._want(way, COLLEAGUE[mine], then, day, cell + gap)

    def _want(self, way: str, *wanted: Any) -> None:
        match way:
            case "held":
                self.hold("carol", *wanted)
            case "booked" | "booked over rules":
                self.book("carl", *wanted, way == "booked over rules")
            case "brought":
                self.bring("carl", *wanted, 0, False)
            case _:
                self.ask("carol", "carl", *wanted)
                self.approve(0, "place-1", False, 0, 0, rewritten=True)

    @step(mine=list(COLLEAGUE), ahead=[1, 2, 3, 4], apart=[0, 1], taken=["plain", *IN_ROOMS])
    def two_visits_need_rooms(self, mine: str, ahead: int, apart: int, taken: str) -> None:
        """One as soon as the other is over, or a day later; another may be in a room then."""
        on = (self.at - START).days + ahead
        self.hold_and_confirm("carol", "carl", COLLEAGUE[mine], taken, on + apart, 9)
        self.hold_two("alice", "anna", mine, on, 3, "two-scans", "care", apart, 9, False, True, 0)

    @step(need=IN_ROOMS, gap=[2, 9], taken=["before", "after", ""], then=IN_ROOMS, by_staff=[False, True])
    def a_room_is_given_up(self, need: str, gap: int, taken: str, then: str, by_staff: bool) -> None:
        """With a time for which somebody waits; a colleague's patient may come before the offer, or before the yes."""
        on = (self.at - START).days + 6
        for person, cell in (("anna", 0), ("ben", gap)):
            self.hold_and_confirm("alice", person, "agenda-2", need, on, cell)
        self.wait(0, "", True)
        self.cancel(1, "place-1" if by_staff else "")
        if taken == "before":
            self.hold_and_confirm("carol", "carl", "agenda-1", then, on, 0)
        self.offer(0)
        if taken == "after":
            self.hold_and_confirm("carol", "carl", "agenda-1", then, on, 0)
        self.accept(0, "")
        self.hold("carol", "agenda-1", need, on, gap)

    @step(
        mine=list(COLLEAGUE), need=IN_ROOMS, day=[0, 1], cell=[3, 9], then=IN_ROOMS, gap=[0, 2, 9],
        rewritten=[False, True],
    )  # fmt: skip
    def a_visit_moves_to_where_its_patient_holds_a_room(
        self, mine: str, need: str, day: int, cell: int, then: str, gap: int, rewritten: bool
    ) -> None:
        """With a colleague: that hold was not taken for this move."""
        self.hold_and_confirm("alice", "anna", mine, need, day, cell)
        self.hold("alice", COLLEAGUE[mine], then, day, cell + gap)
        self.move(0, "", day, cell + gap, "rooms" if rewritten else "", None)
        self.hold("carol", COLLEAGUE[mine], need, day, cell)

    @step(mine=list(AGENDAS), need=IN_ROOMS, ahead=[1, 2, 3, 4], plan=PLANS, taken=IN_ROOMS)
    def a_visit_leaves_its_room_for_an_absence(self, mine: str, need: str, ahead: int, plan: Plan, taken: str) -> None:
        """For where another is in a room already; and its own is asked for again."""
        on = (self.at - START).days + ahead
        self.hold_and_confirm("alice", "anna", mine, need, on, 3)
        self.hold_and_confirm("carol", "carl", "agenda-2", taken, on + (plan.days if isinstance(plan, Move) else 0), 3)
        self.note_absence(mine, on, 0, 6, plan)
        self.settle_absence(0, None, None)
        self.hold("carol", COLLEAGUE.get(mine, "agenda-1"), need, on, 3)
