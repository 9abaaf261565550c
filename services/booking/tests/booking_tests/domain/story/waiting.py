"""The waiting list: who joins it, what is offered to them, who accepts."""

from __future__ import annotations

from booking.application import handle_waiting
from booking.domain.states import Booked

from .patients import PatientSteps
from .telling import ACCOUNTS, AGENDAS, RECENT, recent, step

QUEUE = [("alice", "anna"), ("alice", "ben"), ("carol", "carl")]


class WaitingSteps(PatientSteps):
    @step(back=RECENT, by=["", "", "", "carol", "mallory", "place-1"], waits=[True, True, True, False])
    def wait(self, back: int, by: str, waits: bool) -> None:
        booking = recent(self.oracle.bookings, back)
        who, actor = self.who_of_booking(booking, by)
        self.told(handle_waiting.wait(booking, (actor,), waits), self.oracle.wait(booking, who, waits))

    @step(
        agenda=list(AGENDAS), motive=["plain", "line", "two-a-day", "two-a-week", "noticed", "long"],
        length=[2, 3, 7], early=[0, 1, 6], gone=[0, 0, 1],
    )  # fmt: skip
    def a_queue_forms(self, agenda: str, motive: str, length: int, early: int, gone: int) -> None:
        """Many wait for what the first has; the last time is given up, or it is the first."""
        for n in range(length + 1):
            account, person = QUEUE[n % 3]
            self.hold_and_confirm(account, person, agenda, motive, 6 + n // 4 if n else early, 18 * (n % 4))
            if n > 0:
                self.wait(0, "", True)
        self.cancel(0 if gone else length, "")
        self.offer(0)

    @step(back=RECENT)
    def offer(self, back: int) -> None:
        freed = self.oracle.freed.get(recent(self.oracle.freed, back))
        if freed is None:
            return
        found = [self.known().appointments[id_] for id_ in self.oracle.waiting]
        waiting = [each for each in found if isinstance(each, Booked)]
        names = [self.new("offer") for _ in range(5)]
        against = self.oracle.offer(freed.id, names)
        self.told(handle_waiting.offer(freed.id, freed.visit, freed.moves, waiting, tuple(names)), against)

    @step(back=RECENT, by=["", "", "", *ACCOUNTS, "place-1"])
    def accept(self, back: int, by: str) -> None:
        offer = recent(self.oracle.offered, back)
        earlier = self.known().earlier.get(offer)
        if earlier is None:
            return
        booking = self.oracle.bookings[earlier.appointment_id]
        who, actor = self.who(booking.account, by)
        self.told(handle_waiting.accept(earlier, booking.person, (actor,)), self.oracle.accept(offer, who))
