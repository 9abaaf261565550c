"""All "may this be?" behind one door: each command meets what is known and becomes events, or a named rejection."""

from __future__ import annotations

from typing import assert_never

from booking.domain.commands import (
    CancelAppointment,
    ClaimHold,
    Command,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    HoldSlot,
    MoveAppointment,
    ReleaseHold,
)
from booking.domain.commands_practice import LetBookOnline, MarkKnown, RecordAttendance
from booking.domain.decide_appointments import cancel, confirm
from booking.domain.decide_attendance import record_attendance
from booking.domain.decide_holds import claim, expire, extend, hold, release
from booking.domain.decide_moves import move
from booking.domain.decide_patients import let_book_online, mark_known
from booking.domain.events import Event
from booking.domain.states import Known


def decide(command: Command, known: Known) -> tuple[Event, ...]:
    """The events that `command` makes true, none when it already is. Raises a `Rejection`."""
    match command:
        case HoldSlot():
            return hold(command, known)
        case ReleaseHold():
            return release(command, known)
        case ExtendHold():
            return extend(command, known)
        case ExpireHold():
            return expire(command, known)
        case ClaimHold():
            return claim(command, known)
        case ConfirmHold():
            return confirm(command, known)
        case CancelAppointment():
            return cancel(command, known)
        case MoveAppointment():
            return move(command, known)
        case RecordAttendance():
            return record_attendance(command, known)
        case MarkKnown():
            return mark_known(command, known)
        case LetBookOnline():
            return let_book_online(command, known)
        case _:
            assert_never(command)
