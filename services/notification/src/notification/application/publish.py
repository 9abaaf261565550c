"""What became of a message, as the fact that notification says of it."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from booking_events import PublicEvent
from booking_events.notification import MessageFailed, MessageSent

from notification.domain.outcome import Dropped, Failed, Outcome, Overtaken, Postponed, Sent, TryLater, Unknown
from notification.domain.planning import Channel, Kind


def fact_of(
    outcome: Outcome, *, message_id: str, appointment_id: str, version: int, kind: Kind, channel: Channel, at: datetime
) -> PublicEvent | None:
    """The public fact of a settled message; None where there is nothing to tell the world."""
    if kind == "offer" or kind == "request":
        return None  # version 1 of the facts has no such kind, and may not grow one (ADR 8)
    match outcome:
        case Sent():
            return MessageSent(
                appointment_id=appointment_id,
                message_id=message_id,
                appointment_version=version,
                kind=kind,
                channel=channel,
                sent_at=at,
            )
        case Failed(reason) | Unknown(reason):
            return MessageFailed(
                appointment_id=appointment_id,
                message_id=message_id,
                appointment_version=version,
                kind=kind,
                channel=channel,
                outcome="unknown" if isinstance(outcome, Unknown) else "failed",
                reason=reason,
            )
        case TryLater() | Postponed() | Dropped() | Overtaken():
            return None
        case _:
            assert_never(outcome)
