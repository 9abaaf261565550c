"""What booking says: holds and appointments (topic `booking.appointments.v1`, in order per agenda)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from booking_events.base import COURSE, SCHEDULE, Id, Instant, Mode, PublicEvent


class _OnAgenda(PublicEvent):
    """A stretch of an agenda. The time that it occupies is `start - buffer_before` to `end + buffer_after`."""

    topic: ClassVar[str] = "booking.appointments.v1"
    key: ClassVar[str] = "agenda_id"

    agenda_id: Id
    start: Annotated[Instant, SCHEDULE]
    end: Annotated[Instant, SCHEDULE]


class _Visit(_OnAgenda):
    """`room_id`: the room of the place that it takes for the time that it occupies; None: it needs none."""

    practitioner_id: Id
    place_id: Id | None
    zone: Annotated[str, SCHEDULE]
    motive_id: Id
    mode: Annotated[Mode, SCHEDULE]
    buffer_before_minutes: Annotated[int, SCHEDULE] = 0
    buffer_after_minutes: Annotated[int, SCHEDULE] = 0
    room_id: Id | None = None


class SlotHeld(_Visit):
    """Binds the time until `expires_at` at the latest, whether or not HoldExpired is ever recorded."""

    ce_type: ClassVar[str] = "rendezvous.booking.SlotHeld.v1"

    hold_id: Id
    held_by: Id
    expires_at: Annotated[Instant, SCHEDULE]


class HoldReleased(_OnAgenda):
    """The holder let go, or took another slot instead."""

    ce_type: ClassVar[str] = "rendezvous.booking.HoldReleased.v1"

    hold_id: Id
    reason: Annotated[Literal["released", "replaced"], COURSE]


class HoldExpired(_OnAgenda):
    ce_type: ClassVar[str] = "rendezvous.booking.HoldExpired.v1"

    hold_id: Id


class HoldExtended(_OnAgenda):
    """A hold now lives until `expires_at`, or belongs to another account after a visitor logged in."""

    ce_type: ClassVar[str] = "rendezvous.booking.HoldExtended.v1"

    hold_id: Id
    held_by: Id
    expires_at: Annotated[Instant, SCHEDULE]


class AppointmentConfirmed(_Visit):
    """An appointment stands: a hold became one, or staff booked. `version` starts at 1 and grows with every change.

    `imported`: the patient knows of it already, from before the practice came here.
    """

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentConfirmed.v1"

    appointment_id: Id
    hold_id: Id | None
    person_id: Id
    account_id: Id
    version: Annotated[int, COURSE] = 1
    confirmed_at: Annotated[Instant, COURSE]
    imported: Annotated[bool, COURSE] = False


class AppointmentMoved(_Visit):
    """To another time of the same agenda: the new one is taken and the previous one freed by this one fact."""

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentMoved.v1"

    appointment_id: Id
    person_id: Id
    account_id: Id
    version: Annotated[int, COURSE]
    by: Annotated[Literal["patient", "practice"], COURSE]
    previous_start: Annotated[Instant, SCHEDULE]
    previous_end: Annotated[Instant, SCHEDULE]
    moved_at: Annotated[Instant, COURSE]


class AppointmentCancelled(_Visit):
    """`replaced_by`: the appointment that was booked instead in the same decision; its own event tells of it."""

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentCancelled.v1"

    appointment_id: Id
    person_id: Id
    account_id: Id
    version: Annotated[int, COURSE]
    by: Annotated[Literal["patient", "practice", "absence"], COURSE]
    cancelled_at: Annotated[Instant, COURSE]
    replaced_by: Id | None = None


class _Attendance(_Visit):
    """How a visit went, as the practice says; the newest version counts. `correction`: it said otherwise before."""

    appointment_id: Id
    person_id: Id
    account_id: Id
    version: Annotated[int, COURSE]
    correction: Annotated[bool, COURSE] = False
    recorded_at: Annotated[Instant, COURSE]


class AppointmentHonoured(_Attendance):
    """The patient came."""

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentHonoured.v1"


class AppointmentMissed(_Attendance):
    """The patient did not come; `excused` when the practice accepts why."""

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentMissed.v1"

    excused: Annotated[bool, COURSE]


class WaitingListJoined(_Visit):
    """Whoever has this appointment would take an earlier time of its motive."""

    ce_type: ClassVar[str] = "rendezvous.booking.WaitingListJoined.v1"

    appointment_id: Id
    person_id: Id
    account_id: Id
    joined_at: Annotated[Instant, COURSE]


class EarlierSlotOffered(_Visit):
    """The time of this event was freed; the appointment may be moved to it until `expires_at`. It binds no time."""

    ce_type: ClassVar[str] = "rendezvous.booking.EarlierSlotOffered.v1"

    offer_id: Id
    appointment_id: Id
    person_id: Id
    account_id: Id
    expires_at: Annotated[Instant, SCHEDULE]
    offered_at: Annotated[Instant, COURSE]


class AppointmentRequested(_Visit):
    """A patient asks for this visit, which only staff book. It binds no time; unanswered, it lapses at its `start`."""

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentRequested.v1"

    request_id: Id
    person_id: Id
    account_id: Id
    requested_at: Annotated[Instant, COURSE]


class AppointmentRequestEnded(_Visit):
    """A patient asked for this visit, which only staff book, and it was not booked. A request binds no time.

    `outcome`: the practice said no, the patient no longer asks, or nobody had answered when its time came.
    """

    ce_type: ClassVar[str] = "rendezvous.booking.AppointmentRequestEnded.v1"

    request_id: Id
    person_id: Id
    account_id: Id
    outcome: Annotated[Literal["declined", "withdrawn", "lapsed"], COURSE]
    ended_at: Annotated[Instant, COURSE]
