"""The log again, event by event: what was known of everything at some position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, Event
from booking.domain.evolve import evolve
from booking.domain.states import Appointment, Booked, Held, Hold, Known


class Replay:
    """Folds a whole log in constant steps: each event touches its own hold and appointment only."""

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}
        self._appointments: dict[str, Appointment] = {}
        self.events = 0
        self.last_at: datetime | None = None

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            known = evolve(self._known_of(event), event)
            self._holds.update(known.holds)
            self._appointments.update(known.appointments)
            self.events += 1
            self.last_at = event.at if self.last_at is None else max(self.last_at, event.at)

    def summary(self) -> dict[str, int]:
        """How many there are of each state; a hold that nobody ended counts as live while the log's time has not."""
        counts: Counter[str] = Counter({"holds_live": 0, "holds_ended": 0, "confirmed": 0, "cancelled": 0})
        for hold in self._holds.values():
            live = isinstance(hold, Held) and self.last_at is not None and hold.binds(self.last_at)
            counts["holds_live" if live else "holds_ended"] += 1
        for appointment in self._appointments.values():
            counts["confirmed" if isinstance(appointment, Booked) else "cancelled"] += 1
        return dict(counts)

    def _known_of(self, event: Event) -> Known:
        holds: dict[str, Hold] = {}
        appointments: dict[str, Appointment] = {}
        if not isinstance(event, AppointmentCancelled) and event.hold_id in self._holds:
            holds[event.hold_id] = self._holds[event.hold_id]
        if isinstance(event, AppointmentConfirmed | AppointmentCancelled):
            before = self._appointments.get(event.appointment_id)
            if before is not None:
                appointments[event.appointment_id] = before
        return Known(holds, appointments)
