"""What notification says: what became of a message, never what stood in it (topic `notification.deliveries.v1`)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from booking_events.base import COURSE, Id, Instant, PublicEvent

Kind = Literal["confirmation", "reminder_week", "reminder_day", "reminder_sms", "move", "cancellation"]


class _AboutMessage(PublicEvent):
    topic: ClassVar[str] = "notification.deliveries.v1"
    key: ClassVar[str] = "appointment_id"

    appointment_id: Id
    message_id: Id
    appointment_version: Annotated[int, COURSE]
    kind: Annotated[Kind, COURSE]
    channel: Annotated[Literal["email", "sms"], COURSE]


class MessageSent(_AboutMessage):
    ce_type: ClassVar[str] = "rendezvous.notification.MessageSent.v1"

    sent_at: Annotated[Instant, COURSE]


class MessageFailed(_AboutMessage):
    """`outcome` is `unknown` when the other side may have it: such a message is never re-sent blindly."""

    ce_type: ClassVar[str] = "rendezvous.notification.MessageFailed.v1"

    outcome: Annotated[Literal["failed", "unknown"], COURSE]
    reason: Annotated[str, COURSE]
