"""What the sender needs of the world outside: addresses, motives, an e-mail server, an SMS gateway, a ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from notification.domain.due import Due
from notification.domain.letter import Motive
from notification.domain.outcome import Outcome
from notification.domain.planning import Channel
from notification.domain.sms_text import Told
from notification.domain.words import Language

AboutToSend = Callable[[], Awaitable[bool]]
"""Awaited when all is prepared, right before the message is handed over: False means that it must not be."""


class Unavailable(Exception):
    """Somebody who must be asked does not answer; the text is a slug, such as `accounts_away`.

    `of_all`: whatever they are asked.
    """

    def __init__(self, reason: str, *, of_all: bool) -> None:
        super().__init__(reason)
        self.of_all = of_all


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a visit is for, and where messages about it go. Kept nowhere: asked for at the moment of sending."""

    patient: str
    email: str | None
    phone: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be tried now, for the `attempts`th time, in the trace in which it was planned."""

    message_id: str
    channel: Channel
    attempts: int
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """Another reminder by SMS for the same account and day."""

    message_id: str
    told: Told


class People(Protocol):
    """Accounts, asked for an address."""

    async def contact(self, person_id: str) -> Contact | None:
        """None when there is no such person any more. Raises `Unavailable`."""
        ...


class Motives(Protocol):
    """Availability, asked for what a motive costs and wants."""

    async def motive(self, agenda_id: str, motive_id: str) -> Motive | None:
        """None when the agenda does not have it any more. Raises `Unavailable`."""
        ...


class MailCarrier(Protocol):
    """Hands an e-mail over."""

    async def carry(self, message: EmailMessage, about_to_send: AboutToSend) -> Outcome: ...


class SmsCarrier(Protocol):
    """Hands an SMS over; `message_id` makes a repeat recognisable."""

    async def carry(self, message_id: str, to: str, text: str, about_to_send: AboutToSend) -> Outcome: ...


class Mailroom(Protocol):
    """The ledger of messages."""

    async def claim(self, now: datetime, channel: Channel, limit: int) -> Sequence[Claimed]:
        """Messages to be tried now. Each has its next attempt written down already: who dies has lost nothing."""
        ...

    async def late_since(self, now: datetime, channel: Channel) -> datetime | None:
        """When the oldest message was due that ought to have gone out; None: there is none."""
        ...

    async def due(self, claimed: Claimed) -> Due:
        """All that is known of one message."""
        ...

    async def companions(self, due: Due) -> Sequence[Companion]:
        """The other planned SMS reminders of the same account and day; of one that may be out: those it has told of."""
        ...

    async def mark_sending(self, message_ids: Sequence[str]) -> bool:
        """From now on all are handed over in the first of them; False, and nothing changed, if one must not be."""
        ...

    async def settle(self, message_ids: Sequence[str], outcome: Outcome, now: datetime, *, handed_over: bool) -> None:
        """Record what became of an attempt and say it, in one transaction."""
        ...

    async def plan_sms_instead(self, due: Due) -> None:
        """What the practice changed or booking offers, and no e-mail could tell, is to be told by SMS."""
        ...

    async def give_up_lost(self, now: datetime) -> int:
        """End what cannot be sent again without risk of a second time; how many there were."""
        ...
