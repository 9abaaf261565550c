"""All "may this be?" behind one door: each command meets what is known and becomes events, or a named rejection."""

from __future__ import annotations

from typing import assert_never

from booking.domain import decide_absences as absences
from booking.domain import decide_waiting as waiting
from booking.domain.commands import (
    CancelAppointment,
    ClaimHold,
    Command,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    HoldAnyOf,
    HoldSlot,
    MoveAppointment,
    ReleaseHold,
)
from booking.domain.commands_absences import (
    CloseAbsence,
    EndAbsence,
    NoteAbsence,
    PlanAbsence,
    SettleAppointment,
)
from booking.domain.commands_practice import (
    ApproveRequest,
    BookVisit,
    EndRequest,
    ImportVisit,
    LapseRequest,
    LetBookOnline,
    MarkKnown,
    RecordAttendance,
    RequestVisit,
)
from booking.domain.commands_waiting import AcceptEarlier, OfferFreed, Wait
from booking.domain.decide_appointments import cancel, confirm
from booking.domain.decide_attendance import record_attendance
from booking.domain.decide_holds import claim, expire, extend, hold, hold_any_of, release
from booking.domain.decide_import import import_visit
from booking.domain.decide_moves import move
from booking.domain.decide_patients import let_book_online, mark_known
from booking.domain.decide_requests import approve, end, lapse, request
from booking.domain.decide_staff import book
from booking.domain.events import Event
from booking.domain.states import Known


def decide(command: Command, known: Known) -> tuple[Event, ...]:
    """The events that `command` makes true, none when it already is. Raises a `Rejection`."""
    match command:
        case HoldSlot():
            return hold(command, known)
        case HoldAnyOf():
            return hold_any_of(command, known)
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
        case RecordAttendance():
            return record_attendance(command, known)
        case MarkKnown():
            return mark_known(command, known)
        case LetBookOnline():
            return let_book_online(command, known)
        case BookVisit():
            return book(command, known)
        case ImportVisit():
            return import_visit(command, known)
        case RequestVisit():
            return request(command, known)
        case ApproveRequest():
            return approve(command, known)
        case EndRequest():
            return end(command, known)
        case LapseRequest():
            return lapse(command, known)
        case MoveAppointment():
            return move(command, known)
        case NoteAbsence():
            return absences.note(command, known)
        case PlanAbsence():
            return absences.plan(command, known)
        case EndAbsence():
            return absences.end(command, known)
        case SettleAppointment():
            return absences.settle(command, known)
        case CloseAbsence():
            return absences.close(command, known)
        case Wait():
            return waiting.wait(command, known)
        case OfferFreed():
            return waiting.offer(command, known)
        case AcceptEarlier():
            return waiting.accept(command, known)
        case _:
            assert_never(command)
