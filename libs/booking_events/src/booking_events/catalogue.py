"""Every topic and every event, once: what the stack creates, what relays may say, what readers may meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from booking_events import accounts, availability, booking, directory, notification
from booking_events.base import PublicEvent


@dataclass(frozen=True)
class Topic:
    """A Kafka topic: its owner (the only writer), its readers, its key, and its retention (None = for ever)."""

    name: str
    purpose: str
    owner: str
    readers: tuple[str, ...]
    key: str
    retention: timedelta | None
    compacted: bool = False
    partitions: int = 12

    @property
    def dead_letters(self) -> str:
        """The name of the topic beside it, for what a reader cannot handle."""
        return f"{self.name}-dlq"

    def config(self) -> dict[str, str]:
        """The topic's settings in Kafka's own names."""
        milliseconds = -1 if self.retention is None else self.retention // timedelta(milliseconds=1)
        return {"cleanup.policy": "compact" if self.compacted else "delete", "retention.ms": str(milliseconds)}


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic("directory.practitioners.v1", "who practises, where, on which public terms", "directory",
              ("availability", "notification"), "practitioner_id", None, compacted=True),
        Topic("availability.agendas.v1", "agendas with their full rules, absences", "availability",
              ("booking",), "agenda_id", None),
        Topic("availability.next.v1", "the first free slots of each agenda", "availability",
              ("directory",), "agenda_id", None, compacted=True),
        Topic("booking.appointments.v1", "holds and appointments", "booking",
              ("availability", "notification"), "agenda_id", timedelta(days=365)),
        Topic("notification.deliveries.v1", "what became of each message", "notification",
              (), "appointment_id", timedelta(days=365)),
        Topic("accounts.people.v1", "who may book for whom, and who is erased; ids only", "accounts",
              ("booking",), "person_id", None),
    )
}  # fmt: skip

MODELS: tuple[type[PublicEvent], ...] = (
    directory.PractitionerListed,
    directory.PractitionerRegistered,
    directory.PractitionerProfileChanged,
    directory.PractitionerWithdrawn,
    availability.AgendaOpened,
    availability.AgendaChanged,
    availability.AbsenceDeclared,
    availability.AbsenceLifted,
    availability.AgendaClosed,
    availability.NextAvailabilityChanged,
    booking.SlotHeld,
    booking.HoldReleased,
    booking.HoldExpired,
    booking.HoldExtended,
    booking.AppointmentConfirmed,
    booking.AppointmentMoved,
    booking.AppointmentCancelled,
    booking.AppointmentHonoured,
    booking.AppointmentMissed,
    booking.WaitingListJoined,
    booking.EarlierSlotOffered,
    booking.AppointmentRequested,
    booking.AppointmentRequestEnded,
    notification.MessageSent,
    notification.MessageFailed,
    accounts.PersonRegistered,
    accounts.RelativeAdded,
    accounts.PersonErased,
)

EVENTS: dict[str, type[PublicEvent]] = {model.ce_type: model for model in MODELS}

POSITION_REACHED = "rendezvous.{service}.PositionReached.v1"
"""A relay that has caught up says so in every partition of its topics: all up to `ce_sequence` has been said.
It lets a reader answer `Position-At-Least` for keys that had no news; other subscribers skip it as an unknown type."""
