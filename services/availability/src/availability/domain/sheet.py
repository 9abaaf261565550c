"""The offer sheet: the facts that bind a booking of one motive, mode and capacity, and the starts that it offers."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from availability.domain.agenda import Agenda, Motive
from availability.domain.bits import CELL_MINUTES
from availability.domain.slots import Starts

LIFE_SECONDS = 600
STARTS_MAX = 10_000


def payload(agenda: Agenda, motive: Motive, mode: str, starts: Starts, now: datetime) -> dict[str, Any]:
    """What is signed: facts only, no name of a motive. Whoever verifies it needs nothing else to decide."""
    issued = int(now.timestamp())
    return {
        "iss": "availability",
        "iat": issued,
        "exp": issued + LIFE_SECONDS,
        "agenda_id": agenda.id,
        "agenda_version": agenda.version,
        "practitioner_id": agenda.practitioner_id,
        "place_id": agenda.place_id,
        "speciality": motive.speciality,
        "zone": agenda.zone,
        "motive_id": motive.id,
        "mode": mode,
        "capacity": starts.capacity,
        "minutes": motive.duration_minutes,
        "buffer_before": motive.before_minutes,
        "buffer_after": motive.after_minutes,
        "booking": motive.booking,
        "notice_minutes": motive.notice_minutes,
        "horizon_days": motive.horizon_days,
        "cancel_until_minutes": motive.cancel_until_minutes,
        "max_future_per_patient": motive.max_future_per_patient,
        "move_until_minutes": motive.move_until_minutes,
        "min_days_between": motive.min_days_between,
        "max_per_day": motive.max_per_day,
        "max_per_week": motive.max_per_week,
        "second": None if motive.second is None else asdict(motive.second),
        "rooms": motive.rooms_in(mode),
        "questions": [{"id": id_, "required": required} for id_, required in motive.questions],
        "starts": base64.urlsafe_b64encode(encode_starts(starts.minutes)).rstrip(b"=").decode(),
    }


def encode_starts(minutes: Iterable[int]) -> bytes:
    """Unsigned LEB128 numbers: the first start in cells since 1970, then the steps in cells.

    Raises ValueError for starts that do not ascend, off the cells, or more than `STARTS_MAX`.
    """
    result, previous = bytearray(), 0
    for count, minute in enumerate(minutes, 1):
        cell, rest = divmod(minute, CELL_MINUTES)
        step = cell - previous
        if rest or step <= 0 or count > STARTS_MAX:
            raise ValueError("the starts of a sheet ascend on multiples of 5 minutes, at most 10,000 of them")
        previous = cell
        while step > 0x7F:
            result.append(step & 0x7F | 0x80)
            step >>= 7
        result.append(step)
    return bytes(result)
