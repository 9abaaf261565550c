"""What patients ask, and staff for them: holds, confirmations, cancellations, moves."""

from __future__ import annotations

from dataclasses import replace

from booking.application import handle

from .telling import ACCOUNTS, CELLS, DAYS, ON_ACCOUNT, PEOPLE, RECENT, WHAT, Telling, a_visit, recent, step


class PatientSteps(Telling):
    @step(**ON_ACCOUNT)
    def hold(self, account: str, agenda: str, motive: str, day: int, cell: int) -> None:
        wanted, bound, new = *a_visit(agenda, motive, day, cell), self.new("hold")
        against = self.oracle.hold(new, account, wanted, bound)
        self.told(handle.hold_slot(new, account, wanted, bound), against)

    @step(
        account=list(ACCOUNTS), motive=WHAT["motive"], day=DAYS, cell=CELLS,
        others=[["agenda-1", "agenda-2"], ["agenda-3", "agenda-1"], ["agenda-2", "agenda-1", "agenda-3"]],
        later=[0, 0, 3],
    )  # fmt: skip
    def hold_any_of(self, account: str, motive: str, day: int, cell: int, others: list[str], later: int) -> None:
        choices = [a_visit(agenda, motive, day, cell + later * n) for n, agenda in enumerate(others)]
        new = self.new("hold")
        against = self.oracle.hold_any(new, account, choices)
        self.told(handle.hold_any_of(new, account, tuple(choices)), against)

    @step(**WHAT | {"answers": [True, True, False]})
    def hold_and_confirm(
        self, account: str, person: str, agenda: str, motive: str, day: int, cell: int, answers: bool = True
    ) -> None:
        self.hold(account, agenda, motive, day, cell)
        self.confirm(0, account, person, answers, [])

    @step(
        account=list(ACCOUNTS), person=PEOPLE, agenda=WHAT["agenda"], day=DAYS, cell=CELLS,
        first=["two-steps", "two-steps", "two-apart", "two-apart", "two-scans", "two-scans", "plain"],
        second=["plain", "plain", "two-a-day", "two-a-day", "care", "care", "known"],
        later=[0, 1, 1, 5, 5, 6], cell_then=[0, 3, 6, 33], elsewhere=[False, False, False, False, True],
        confirmed=[True, True, False], asked=[0, 0, 1],
    )  # fmt: skip
    def hold_two(
        self, account: str, person: str, agenda: str, day: int, cell: int, first: str, second: str, later: int,
        cell_then: int, elsewhere: bool, confirmed: bool, asked: int,
    ) -> None:  # fmt: skip
        wanted, bound = a_visit(agenda, first, day, cell)
        then = a_visit("agenda-2" if elsewhere else agenda, second, day + later, cell_then)
        new, other = self.new("hold"), self.new("hold")
        against = self.oracle.hold(new, account, wanted, bound, (other, *then))
        self.told(handle.hold_slot(new, account, wanted, bound, (other, *then)), against)
        if confirmed:
            self.confirm(asked, account, person, True, [])

    @step(
        back=RECENT, stranger=list(ACCOUNTS), person=PEOPLE, answers=[True, False, False],
        replaced=[[], [], [0], [1], [0, 2]],
    )  # fmt: skip
    def confirm(self, back: int, stranger: str, person: str, answers: bool, replaced: list[int]) -> None:
        hold, who = self._hold_and_holder(back, stranger)
        answered = frozenset({"q"} if answers else ())
        replaces = frozenset(recent(self.oracle.bookings, back) for back in replaced)
        new, other = self.new("booking"), self.new("booking")
        against = self.oracle.confirm(hold, who, new, person, answered, replaces, other)
        self.told(handle.confirm(hold, who, new, person, answered, None, replaces, other), against)

    @step(back=RECENT, stranger=list(ACCOUNTS))
    def release(self, back: int, stranger: str) -> None:
        hold, who = self._hold_and_holder(back, stranger)
        self.told(handle.release(hold, who), self.oracle.release(hold, who))

    @step(back=RECENT, stranger=list(ACCOUNTS), times=[1, 2])
    def extend(self, back: int, stranger: str, times: int) -> None:
        hold, who = self._hold_and_holder(back, stranger)
        for _ in range(times):
            self.told(handle.extend(hold, who), self.oracle.extend(hold, who))

    @step(back=RECENT, account=list(ACCOUNTS))
    def claim(self, back: int, account: str) -> None:
        hold = recent(self.oracle.holds, back)
        self.told(handle.claim(hold, "visitor", account), self.oracle.claim(hold, "visitor", account))

    @step(back=RECENT)
    def sweep(self, back: int) -> None:
        self.told(handle.expire(recent(self.oracle.holds, back)), set())

    @step(back=RECENT, by=["", "", "", "carol", "mallory", "place-1", "place-2"])
    def cancel(self, back: int, by: str) -> None:
        booking = recent(self.oracle.bookings, back)
        who, actor = self.who_of_booking(booking, by)
        self.told(handle.cancel(booking, (actor,), None), self.oracle.cancel(booking, who))

    @step(
        back=RECENT, by=["", "", "", "carol", "place-1", "place-2"], day=DAYS, cell=CELLS,
        other=["", "", "", "agenda", "motive", "rooms"], version=[None, None, 1, 2],
    )  # fmt: skip
    def move(self, back: int, by: str, day: int, cell: int, other: str, version: int | None) -> None:
        """`other`: what is not as it was; the rooms may stand in another order by now."""
        booking = recent(self.oracle.bookings, back)
        found = self.oracle.bookings.get(booking)
        agenda, motive = (
            ("agenda-1", "plain") if found is None else (found.visit.stretch.agenda_id, found.visit.motive_id)
        )
        wanted, bound = a_visit(
            "agenda-2" if other == "agenda" else agenda, "line" if other == "motive" else motive, day, cell
        )
        if other == "rooms":
            bound = replace(bound, rooms=bound.rooms[::-1])
        who, actor = self.who_of_booking(booking, by)
        against = self.oracle.move(booking, who, wanted, bound, version)
        person = "nobody" if found is None else found.person
        self.told(handle.move(booking, person, (actor,), wanted, bound, version), against)

    def _hold_and_holder(self, back: int, stranger: str) -> tuple[str, str]:
        """Mostly the holder asks."""
        hold = recent(self.oracle.holds, back)
        kept = self.oracle.holds.get(hold)
        return hold, stranger if kept is None or back == 5 else kept.account
