"""Was the waiting list fair? Counted again from the log, by other means than those that decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.application.ports import Record
from booking.domain.events import AppointmentCancelled, AppointmentMoved
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.facts import Visit

FIRST = 5
Place = tuple[str, str, str]


@dataclass
class Freed:
    """`queue`: who waited when it was freed, in order of joining; `taken_seconds`: from the offers to the first yes."""

    freed_id: str
    queue: tuple[str, ...]
    offered: tuple[str, ...] = ()
    taken_by: str | None = None
    taken_seconds: float | None = None
    fair: bool = True


class Fairness:
    """Reads the log once. Unfair: somebody was passed over, or asked twice for one time, or came too late in line.

    Who could not have gone there is named by the decision, and not passed over.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Visit] = {}
        self._freed: dict[str, Freed] = {}
        self._offers: dict[str, EarlierSlotOffered] = {}
        self._offered: defaultdict[str, list[str]] = defaultdict(list)
        self._asked: set[tuple[str, str, datetime]] = set()
        self.closed: list[Freed] = []

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            match event := record.event:
                case WaitingListJoined():
                    self._waiting[event.appointment_id] = event.visit
                case WaitingListLeft():
                    self._waiting.pop(event.appointment_id, None)
                case AppointmentCancelled() | AppointmentMoved():
                    self._waiting.pop(event.appointment_id, None)
                    freed_id = f"{event.appointment_id}.{event.version}"
                    self._freed[freed_id] = Freed(freed_id, tuple(self._waiting))
                    if isinstance(event, AppointmentMoved) and event.offer_id in self._offers:
                        self._taken(self._offers[event.offer_id], event.at)
                case EarlierSlotOffered():
                    self._offers[event.offer_id] = event
                    self._offered[event.freed_id].append(event.appointment_id)
                case FreedSlotClosed():
                    self._close(event)
                case _:
                    pass

    def summary(self) -> dict[str, int]:
        return {
            "freed": len(self.closed),
            "offers": sum(len(each.offered) for each in self.closed),
            "taken": sum(each.taken_by is not None for each in self.closed),
            "unfair": sum(not each.fair for each in self.closed),
        }

    def items(self) -> list[dict[str, Any]]:
        return [vars(each) for each in self.closed]

    def _close(self, event: FreedSlotClosed) -> None:
        freed = self._freed[event.freed_id]
        freed.offered = tuple(self._offered[event.freed_id])
        start, agenda_id = event.visit.stretch.start, event.visit.stretch.agenda_id
        entitled = [
            id_
            for id_ in self._waiting  # in order of joining, the last time that they did
            if id_ in freed.queue
            and id_ not in event.unable
            and _place(self._waiting[id_]) == _place(event.visit)
            and start < self._waiting[id_].stretch.start
            and (id_, agenda_id, start) not in self._asked
        ]
        # What was taken again, or has passed, is offered to nobody: that is no injustice.
        freed.fair = not freed.offered or freed.offered[: len(entitled)] == tuple(entitled[:FIRST])
        self._asked |= {(id_, agenda_id, start) for id_ in freed.offered}
        self.closed.append(freed)

    def _taken(self, offer: EarlierSlotOffered, at: datetime) -> None:
        freed = self._freed[offer.freed_id]
        freed.taken_by, freed.taken_seconds = offer.appointment_id, (at - offer.at).total_seconds()


def _place(visit: Visit) -> Place:
    return visit.stretch.agenda_id, visit.motive_id, visit.mode
