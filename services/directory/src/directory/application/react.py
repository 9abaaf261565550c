"""From what availability says to what the directory keeps of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from booking_events.availability import NextAvailabilityChanged

from directory.domain.practitioner import Mode


class Unreadable(Exception):
    """An event whose ids are none of ours; the message is a constant."""


@dataclass(frozen=True, slots=True)
class NextFree:
    """The first free slots of one agenda: (motive id, mode, start). `place_id` None: by video only."""

    agenda_id: str
    practitioner_id: str
    place_id: str | None
    slots: tuple[tuple[str, Mode, datetime], ...]
    as_of: datetime


def next_free(event: NextAvailabilityChanged) -> NextFree:
    """Raises `Unreadable`."""
    try:
        practitioner = str(uuid.UUID(event.practitioner_id))
        place = str(uuid.UUID(event.place_id)) if event.place_id else None
    except ValueError:
        raise Unreadable("the practitioner or place of an agenda is no id of the directory") from None
    slots = {(item.motive_id, item.mode): item.start for item in event.items if item.start is not None}
    return NextFree(
        agenda_id=event.agenda_id,
        practitioner_id=practitioner,
        place_id=place,
        slots=tuple((motive, mode, start) for (motive, mode), start in sorted(slots.items())),
        as_of=event.as_of,
    )
