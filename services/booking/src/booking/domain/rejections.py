"""Every refusal, by name. What status or sentence it gets is the edge's business."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

Staleness = Literal["agenda-changed", "notice-raised", "motive-withdrawn", "agenda-closed"]
"""What became of an agenda after a time on it was offered."""


class Rejection(Exception):
    """A command that was understood and refused; nothing has happened."""


class NoSuchHold(Rejection):
    """There is none, or it is somebody else's: the same to whoever asks."""


class NoSuchAppointment(Rejection):
    """There is none, or it is somebody else's."""


class SlotTaken(Rejection):
    """Appointments fill the capacity at some instant of the time asked."""


class SlotHeldByOthers(Rejection):
    """Others are about to book it; `retry_at` is when the first of their holds ends unless extended."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


class NoRoomFree(Rejection):
    """The visit needs a room beside the practitioner, and each that it may use is taken or held at that time."""


class NoticeTooShort(Rejection):
    """The visit begins sooner than the practice wants to be told."""


class BeyondHorizon(Rejection):
    """The visit is farther ahead than the practice opens its agenda."""


class OfferNotGenuine(Rejection):
    """No sheet that availability signed, or not one that can be read."""


class StartNotOffered(Rejection):
    """The sheet is genuine, and this start does not stand on it."""


class OfferExpired(Rejection):
    """The sheet's minutes are over."""


class OfferStale(Rejection):
    """The agenda changed for that time after it was offered; `version` is the newest heard of, `reason` says how."""

    def __init__(self, version: int, reason: Staleness = "agenda-changed") -> None:
        super().__init__()
        self.version = version
        self.reason = reason


class HoldHasExpired(Rejection):
    pass


class HoldWasReleased(Rejection):
    pass


class HoldWasConfirmed(Rejection):
    def __init__(self, appointment_id: str) -> None:
        super().__init__()
        self.appointment_id = appointment_id


class AlreadyExtended(Rejection):
    """A hold is extended once."""


class PersonNotTheirs(Rejection):
    """The account may not book for this person, or there is none."""


class PersonBusy(Rejection):
    """The patient has another appointment at an overlapping time, with anyone."""


class LimitReached(Rejection):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class VisitTooClose(Rejection):
    """The patient has visits to come in this speciality, fewer than `days` local dates away.

    `appointment_ids`: which; `replaceable`: whether all of them may still be given up for the new one.
    """

    def __init__(self, days: int, appointment_ids: tuple[str, ...], *, replaceable: bool) -> None:
        super().__init__()
        self.days = days
        self.appointment_ids = appointment_ids
        self.replaceable = replaceable


class DayFull(Rejection):
    """As many visits of this motive as the practice takes on one day."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class WeekFull(Rejection):
    """As many visits of this motive as the practice takes in one week."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class KnownPatientsOnly(Rejection):
    """The motive is for patients whom this practitioner has seen, and none such visit is recorded."""


class AnswerMissing(Rejection):
    def __init__(self, question_ids: tuple[str, ...]) -> None:
        super().__init__()
        self.question_ids = question_ids


class TooLate(Rejection):
    """The deadline for cancelling or moving online has passed; `deadline` is when it was."""

    def __init__(self, deadline: datetime) -> None:
        super().__init__()
        self.deadline = deadline


class AlreadyOver(Rejection):
    """The visit has begun."""


class AnotherVisit(Rejection):
    """The offer is of another agenda or motive, and a move changes the time only."""


class AppointmentChanged(Rejection):
    """It is no longer as the caller saw it; `version` is what it is now."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class NotBegun(Rejection):
    """How a visit went is said once it has begun; `start` is when that is."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self.start = start


class WasCancelled(Rejection):
    """The appointment was cancelled: there is no visit to move, to honour or to miss."""


class ReasonMissing(Rejection):
    """What overrules an earlier word, or a rule, says why."""


class BookingStopped(Rejection):
    """This practice does not let the patient book online with itself any more."""


class NotRepeatedlyAbsent(Rejection):
    """Online booking is stopped for who missed visits to this practice again and again; `missed` were recorded."""

    def __init__(self, missed: int, needed: int) -> None:
        super().__init__()
        self.missed = missed
        self.needed = needed


class NoSuchMotive(Rejection):
    """The agenda does not have this motive in this mode, as far as booking has heard."""


class AgendaClosed(Rejection):
    """The agenda takes no more appointments: the practice closed it, or its practitioner has withdrawn."""


class NoSuchRequest(Rejection):
    """There is none, or it is somebody else's."""


class RequestAnswered(Rejection):
    """Somebody was first; `answer` is what they said, `appointment_id` what came of it, if anything."""

    def __init__(self, answer: str, appointment_id: str | None = None) -> None:
        super().__init__()
        self.answer = answer
        self.appointment_id = appointment_id


class RequestPending(Rejection):
    """The patient already waits for this practitioner's agenda to answer; `request_id` is what they asked."""

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self.request_id = request_id


class BookOnlineInstead(Rejection):
    """The motive is not one that only staff book: nobody needs to be asked."""


class PractitionerAbsent(Rejection):
    """Nobody is booked during an absence."""


class NoSuchAbsence(Rejection):
    """There is none on this agenda, or it was lifted."""


class TooNearToWait(Rejection):
    """The list is for visits at least `days` days off."""

    def __init__(self, days: int) -> None:
        super().__init__()
        self.days = days


class NoSuchEarlierSlot(Rejection):
    """Nothing was offered so, or to somebody else."""


class EarlierSlotExpired(Rejection):
    """The time to accept it is over."""


class SecondVisitMissing(Rejection):
    """The motive has two visits, which are booked together or not at all."""


class SecondVisitUnfit(Rejection):
    """The two are not a pair: another agenda or motive, too few or too many days apart, or no second visit wanted."""


class OffTheGrid(Rejection):
    """Visits begin and end on multiples of five minutes."""


class ImportedOtherwise(Rejection):
    """The reference was imported before, with another time, motive or patient, and nothing has changed it since."""
