"""The waiting list: who joins it, what is offered to them, who accepts."""

from __future__ import annotations

from booking.application import handle_waiting
from booking.domain.states import Booked

from .practice import PracticeSteps
from .telling import ACCOUNTS, AGENDAS, RECENT, START, capacity, recent, step

QUEUE = [("alice", "anna"), ("alice", "ben"), ("carol", "carl")]


class WaitingSteps(PracticeSteps):
    @step(back=RECENT, by=["", "", "", "carol", "mallory", "place-1"], waits=[True, True, True, False])
    def wait(self, back: int, by: str, waits: bool) -> None:
        booking = recent(self.oracle.bookings, back)
        who, actor = self.who_of_booking(booking, by)
        self.told(handle_waiting.wait(booking, (actor,), waits), self.oracle.wait(booking, who, waits))

    @step(
        agenda=list(AGENDAS), wanted=["plain", "line", "two-a-day", "two-a-week", "noticed", "long"],
        length=[2, 3, 7], early=[0, 1, 6], gone=[0, 0, 1], late=[False, True], rejoins=[False, True],
        by_staff=[False, True], busy=[False, False, True], taken=[0, 1, 3],
    )  # fmt: skip
    def a_queue_forms(
        self, agenda: str, wanted: str, length: int, early: int, gone: int, late: bool, rejoins: bool, by_staff: bool,
        busy: bool, taken: int,
    ) -> None:  # fmt: skip
        """Many wait for what the first has; the last time is given up, or it is the first, and some accept."""
        today = (self.at - START).days
        for n in range(length + 1):
            account, person = QUEUE[n % 3]
            where = agenda, wanted, today + (6 + n // 4 if n else early), 18 * (n % 4)
            if by_staff:
                self.book(person, *where, False)
            else:
                self.hold_and_confirm(account, person, *where)
            if n > 0:
                self.wait(0, "", True)
        if rejoins:
            self.wait(length - 1, "", False)
            self.wait(length - 1, "", True)
        if busy:
            other = "agenda-2" if agenda == "agenda-1" else "agenda-1"
            self.book(QUEUE[1][1], other, "plain", today + early, 0, True)
        if late:
            self.time_passes(6480 if early == 6 else 600)
        self.cancel((0 if gone else length) + busy, "")
        self.offer(0)
        for _ in range(taken):
            in_line = list(self.oracle.freed.values())[-1].offered if self.oracle.freed else 0
            self.accept(max(0, (in_line or 1) - 1), "")
            self.offer(0)

    @step(agenda=list(AGENDAS), cell=[0, 30], day=[1, 2])
    def one_of_two_waits(self, agenda: str, cell: int, day: int) -> None:
        """For a time that is too near to the other one, or not."""
        self.hold_two("alice", "anna", agenda, 1, 30, "two-steps", "plain", 5, 30, False, True, 0)
        self.wait(0, "", True)
        self.hold_and_confirm("carol", "carl", agenda, "plain", day, cell)
        self.cancel(0, "")
        self.offer(0)

    @step(back=RECENT)
    def offer(self, back: int) -> None:
        freed = self.oracle.freed.get(recent(self.oracle.freed, back))
        if freed is None:
            return
        found = [self.known().appointments[id_] for id_ in self.oracle.waiting]
        waiting = [each for each in found if isinstance(each, Booked)]
        names = [self.new("offer") for _ in range(6)]
        most = capacity(freed.visit)
        against = self.oracle.offer(freed.id, names, most)
        task = handle_waiting.offer(freed.id, freed.visit, freed.moves, waiting, tuple(names), capacity=most)
        self.told(task, against)

    @step(back=RECENT, by=["", "", "", *ACCOUNTS, "place-1"])
    def accept(self, back: int, by: str) -> None:
        offer = recent(self.oracle.offered, back)
        earlier = self.known().earlier.get(offer)
        if earlier is None:
            return
        booking = self.oracle.bookings[earlier.appointment_id]
        who, actor = self.who(booking.account, by)
        self.told(handle_waiting.accept(earlier, booking.person, (actor,)), self.oracle.accept(offer, who))
