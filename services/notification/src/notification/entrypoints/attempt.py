"""One try to send one message, from what is due to what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_events.directory import PractitionerState
from opentelemetry.trace import SpanKind
from service_kit.clock import Clock
from service_kit.database import TRANSIENT
from service_kit.telemetry import context_from, spanned

from notification.application import write
from notification.application.mail import UnusableAddress
from notification.application.ports import (
    Claimed,
    Companion,
    Contact,
    MailCarrier,
    Mailroom,
    Motives,
    People,
    SmsCarrier,
    Unavailable,
)
from notification.domain.appointment import Cancelled, Declined, Requested
from notification.domain.due import Due, not_now
from notification.domain.outcome import Dropped, Failed, Outcome, Overtaken, Postponed, Sent, TryLater
from notification.domain.sms_text import Told

log = logging.getLogger("sender")

NEWS_MAX = timedelta(minutes=10)
"""When a message that waits for news of its practitioner is looked at again without any."""
SETTLE_AGAIN_SECONDS = (0.2, 0.5, 1, 2, 4, 8, 15, 30)


@dataclass(frozen=True)
class Desk:
    """All that the sender works with."""

    mailroom: Mailroom
    people: People
    motives: Motives
    mail: MailCarrier
    sms: SmsCarrier
    stationery: write.Stationery
    clock: Clock


class Attempt:
    """One try to send one message, and all that it carries with it."""

    def __init__(self, desk: Desk, claimed: Claimed) -> None:
        self._desk = desk
        self._claimed = claimed
        self._message_ids = [claimed.message_id]
        self._handed_over = False

    async def run(self) -> Outcome:
        """Ends with the outcome recorded, unless another process was faster."""
        with spanned("deliver message", context_from(self._claimed.traceparent), SpanKind.INTERNAL):
            return await self._run()

    async def _run(self) -> Outcome:
        due = await self._desk.mailroom.due(self._claimed)
        now = self._desk.clock.now()
        outcome = not_now(due, now) or await self._try(due, now)
        facts = {
            "message_id": due.message_id,
            "kind": due.kind,
            "channel": due.channel,
            "attempt": self._claimed.attempts,
        }
        why = {} if isinstance(outcome, Sent | Overtaken) else {"reason": outcome.reason}
        log.info("tried", extra=facts | why | {"outcome": type(outcome).__name__})
        await self._settle(outcome)
        return outcome

    async def _settle(self, outcome: Outcome) -> None:
        """Nobody asks the other side again what it answered, so what it said waits here for a database that is away."""
        for seconds in (*SETTLE_AGAIN_SECONDS, None):
            try:
                now = self._desk.clock.now()
                await self._desk.mailroom.settle(self._message_ids, outcome, now, handed_over=self._handed_over)
                return
            except TRANSIENT:
                if seconds is None or not self._handed_over:
                    raise
                await asyncio.sleep(seconds)

    async def _try(self, due: Due, now: datetime) -> Outcome:
        if due.practitioner is None:
            return Postponed(now + NEWS_MAX, "practitioner_not_heard_of")
        try:
            contact = await self._desk.people.contact(due.appointment.visit.person_id)
            if contact is None:
                return Dropped("person_unknown")
            if due.channel == "sms":
                return await self._try_sms(due, due.practitioner, contact)
            return await self._try_email(due, due.practitioner, contact, now)
        except Unavailable as away:
            return TryLater(str(away), of_all=away.of_all)

    async def _try_email(self, due: Due, practitioner: PractitionerState, contact: Contact, now: datetime) -> Outcome:
        if contact.email is None:
            await self._desk.mailroom.plan_sms_instead(due)
            return Failed("no_email")
        motive = None
        if not isinstance(due.appointment, Cancelled | Requested | Declined):
            visit = due.appointment.visit
            motive = await self._desk.motives.motive(visit.agenda_id, visit.motive_id)
        try:
            message = write.email(due, practitioner, contact, motive, self._desk.stationery, now)
        except UnusableAddress:
            await self._desk.mailroom.plan_sms_instead(due)
            return Failed("unusable_email")
        return await self._desk.mail.carry(message, self._about_to_send)

    async def _try_sms(self, due: Due, practitioner: PractitionerState, contact: Contact) -> Outcome:
        if contact.phone is None:
            return Failed("no_phone")
        companions = await self._companions(due, contact) if due.kind == "reminder_sms" else []
        told = Told(due.visit, practitioner)
        text = write.sms(due, told, [each.told for each in companions], contact, self._desk.stationery)
        self._message_ids += [each.message_id for each in companions]
        return await self._desk.sms.carry(due.message_id, contact.phone, text, self._about_to_send)

    async def _companions(self, due: Due, contact: Contact) -> Sequence[Companion]:
        """The other visits of that day that are told to the same telephone: one SMS is enough for all."""
        found = await self._desk.mailroom.companions(due)
        phones = {due.appointment.visit.person_id: contact.phone}
        for person_id in {each.told.visit.person_id for each in found} - phones.keys():
            other = await self._desk.people.contact(person_id)
            phones[person_id] = other.phone if other else None
        return [each for each in found if phones[each.told.visit.person_id] == contact.phone]

    async def _about_to_send(self) -> bool:
        self._handed_over = await self._desk.mailroom.mark_sending(self._message_ids)
        return self._handed_over
