"""The log again, event by event: what was known of everything at some position."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

from booking.application.ports import Record
from booking.domain.events import Event
from booking.domain.evolve import evolve
from booking.domain.states import Held, Known, state_of

NAMED_BY = {
    "holds": "hold_id",
    "appointments": "appointment_id",
    "patients": "person_id",
    "requests": "request_id",
    "absences": "absence_id",
    "waiting": "appointment_id",
    "earlier": "offer_id",
    "freed": "freed_id",
}
"""Of what is known: the field of an event that names which one it touches."""


class Replay:
    """Folds a whole log in constant steps: each event touches only what its own ids name."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {kind: {} for kind in NAMED_BY}
        self._last_at: datetime | None = None
        self.events = 0
        self.position = 0
        self.recorded_at: datetime | None = None

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            event = record.event
            known = evolve(self._known_of(event), event)
            for kind, all_of_it in self._known.items():
                all_of_it.update(getattr(known, kind))
            self._last_at = event.at if self._last_at is None else max(self._last_at, event.at)
            self.events += 1
            self.position, self.recorded_at = record.position, record.recorded_at

    def summary(self) -> dict[str, int]:
        """How many there are of each state; a hold that nobody ended counts as live while the log's time has not."""
        counts: Counter[str] = Counter({"holds_live": 0, "holds_ended": 0, "confirmed": 0, "cancelled": 0})
        for hold in self._known["holds"].values():
            live = isinstance(hold, Held) and self._last_at is not None and hold.binds(self._last_at)
            counts["holds_live" if live else "holds_ended"] += 1
        counts.update(state_of(appointment) for appointment in self._known["appointments"].values())
        return dict(counts)

    def appointments(self) -> list[dict[str, Any]]:
        return self._told("appointments")

    def holds(self) -> list[dict[str, Any]]:
        return self._told("holds")

    def digest(self) -> str:
        """SHA-256 of the whole state, hex: two replays to one position give the same, whoever makes them and when."""
        state = {kind: self._told(kind) for kind in NAMED_BY}
        text = json.dumps(state, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _told(self, kind: str) -> list[dict[str, Any]]:
        return [told(self._known[kind][id_]) for id_ in sorted(self._known[kind])]

    def _known_of(self, event: Event) -> Known:
        """What its own ids say of before."""
        before: dict[str, dict[str, Any]] = {}
        for kind, name in NAMED_BY.items():
            id_ = getattr(event, name, None)
            before[kind] = {id_: self._known[kind][id_]} if id_ in self._known[kind] else {}
        return Known(**before)


def told(state: Any) -> dict[str, Any]:
    """A state with its name, as an auditor sees it."""
    facts = asdict(state) if is_dataclass(state) and not isinstance(state, type) else {"value": state}
    return {"state": type(state).__name__, **facts}


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(type(value).__name__)
