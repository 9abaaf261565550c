"""The log again, event by event: what was known of everything at some position."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from booking.application.ports import Record
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, AppointmentMoved, Event
from booking.domain.evolve import evolve
from booking.domain.states import Appointment, Booked, Held, Hold, Known


class Replay:
    """Folds a whole log in constant steps: each event touches its own hold and appointment only."""

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}
        self._appointments: dict[str, Appointment] = {}
        self._last_at: datetime | None = None
        self.events = 0
        self.position = 0
        self.recorded_at: datetime | None = None

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            event = record.event
            known = evolve(self._known_of(event), event)
            self._holds.update(known.holds)
            self._appointments.update(known.appointments)
            self._last_at = event.at if self._last_at is None else max(self._last_at, event.at)
            self.events += 1
            self.position, self.recorded_at = record.position, record.recorded_at

    def summary(self) -> dict[str, int]:
        """How many there are of each state; a hold that nobody ended counts as live while the log's time has not."""
        counts: Counter[str] = Counter({"holds_live": 0, "holds_ended": 0, "confirmed": 0, "cancelled": 0})
        for hold in self._holds.values():
            live = isinstance(hold, Held) and self._last_at is not None and hold.binds(self._last_at)
            counts["holds_live" if live else "holds_ended"] += 1
        for appointment in self._appointments.values():
            counts["confirmed" if isinstance(appointment, Booked) else "cancelled"] += 1
        return dict(counts)

    def appointments(self) -> list[dict[str, Any]]:
        return [told(self._appointments[id_]) for id_ in sorted(self._appointments)]

    def holds(self) -> list[dict[str, Any]]:
        return [told(self._holds[id_]) for id_ in sorted(self._holds)]

    def digest(self) -> str:
        """SHA-256 of the whole state, hex: two replays to one position give the same, whoever makes them and when."""
        state = [self.appointments(), self.holds()]
        text = json.dumps(state, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _known_of(self, event: Event) -> Known:
        holds: dict[str, Hold] = {}
        appointments: dict[str, Appointment] = {}
        if not isinstance(event, AppointmentMoved | AppointmentCancelled) and event.hold_id in self._holds:
            holds[event.hold_id] = self._holds[event.hold_id]
        if isinstance(event, AppointmentConfirmed | AppointmentMoved | AppointmentCancelled):
            before = self._appointments.get(event.appointment_id)
            if before is not None:
                appointments[event.appointment_id] = before
        return Known(holds, appointments)


def told(state: Hold | Appointment) -> dict[str, Any]:
    """A state with its name, as an auditor sees it."""
    return {"state": type(state).__name__, **asdict(state)}


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(type(value).__name__)
