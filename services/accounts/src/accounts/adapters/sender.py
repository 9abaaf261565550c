"""The background sender: codes and links are made at the moment of sending, and nothing is sent twice blindly."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import assert_never

import aiosmtplib
import httpx
from opentelemetry.trace import SpanKind
from service_kit.clock import Clock
from service_kit.database import TRANSIENT
from service_kit.mail import send_mail
from service_kit.sms import Sms, send_sms
from service_kit.telemetry import context_from, spanned

from accounts.adapters.messages import Due, MessageQueue
from accounts.adapters.secrets import Secrets, make_token, token_hash
from accounts.application.texts import Mail, account_exists_mail, code_sms, confirm_mail
from accounts.domain.codes import CODE_LIFE, is_worth_sending
from accounts.domain.phones import last_digits

log = logging.getLogger("sender")
_POLL_SECONDS = 0.2
_AT_ONCE = 4
_DRAIN_SECONDS = 8
_ATTEMPTS_MAX = 5
# The provider said no for now, and certainly did not send.
_TRY_LATER = frozenset({429, 503})


@dataclass(frozen=True)
class Outside:
    """Where messages go and what they say of themselves."""

    smtp_url: str
    sms_url: str
    mail_from: str
    sms_sender: str
    portal_url: str


class TakenOver(Exception):
    """Another sender has the message: this one came too late to the point of no return."""


class Sender:
    """A background task. While the database or a provider is away, messages wait."""

    name = "sender"

    def __init__(
        self, queue: MessageQueue, secrets: Secrets, outside: Outside, client: httpx.AsyncClient, clock: Clock
    ) -> None:
        self._queue = queue
        self._secrets = secrets
        self._outside = outside
        self._client = client
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled, or until the database fails. What is being handed over when it ends is finished first."""
        flying: dict[asyncio.Task[None], Due] = {}
        try:
            while True:
                due = await self._queue.claim(self._clock.now()) if len(flying) < _AT_ONCE else None
                if due is not None:
                    flying[asyncio.create_task(self.deliver(due))] = due
                elif flying:
                    await asyncio.wait(flying, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(_POLL_SECONDS)
                for delivery in [each for each in flying if each.done()]:
                    await self._look_at(flying.pop(delivery), delivery.exception())
        finally:
            # Cut off after its point of no return, a message would be neither sent nor unsent for ever.
            if flying:
                await asyncio.wait(flying, timeout=_DRAIN_SECONDS)
            for delivery in flying:
                delivery.cancel()

    async def _look_at(self, due: Due, error: BaseException | None) -> None:
        """One message that cannot be written is tried a few times and given up; it does not hold up the others."""
        if error is None:
            return
        if isinstance(error, TRANSIENT):
            raise error
        log.error("a message failed", extra={"message_id": str(due.message_id), "kind": due.kind}, exc_info=error)
        await self._queue.give_up(due, self._clock.now(), _ATTEMPTS_MAX, type(error).__name__)

    async def deliver(self, due: Due) -> None:
        """Send one claimed message, and record what became of it."""
        with spanned("deliver message", context_from(due.traceparent), SpanKind.INTERNAL):
            await self._deliver(due)

    async def _deliver(self, due: Due) -> None:
        now = self._clock.now()
        if not is_worth_sending(due.kind, due.asked_at, now):
            await self._queue.settle(due, "dropped", now, "too-late")
            return
        match due.kind:
            case "phone-code":
                await self._send_code(due)
            case "sign-up":
                await self._send_link(due)
            case _:
                assert_never(due.kind)

    async def _send_code(self, due: Due) -> None:
        code = self._secrets.make_code()
        if not await self._queue.arm_code(due, self._secrets.code_hash(due.phone, code), self._clock.now()):
            return
        sms = Sms(
            idempotency_key=f"{due.message_id}-{due.attempts}",
            to=due.phone,
            text=code_sms(code, due.locale),
            sender=self._outside.sms_sender,
            tag="sign-up",
            valid_minutes=int(CODE_LIFE.total_seconds() // 60),
        )
        try:
            receipt = await send_sms(self._client, self._outside.sms_url, sms)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            await self._put_back(due)
        except httpx.HTTPStatusError as refusal:
            await self._refused(due, refusal.response.status_code, refusal.response.status_code in _TRY_LATER)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            self._note(due, "unknown", error)
        else:
            if receipt.status in ("failed", "rejected"):
                await self._queue.settle(due, "failed", self._clock.now(), receipt.status)
                self._note(due, receipt.status)
            else:
                await self._queue.settle(due, "sent", self._clock.now())
                self._note(due, "sent")

    async def _send_link(self, due: Due) -> None:
        token = make_token()
        link_hash = None if due.has_account else token_hash(token)
        passed = False

        async def before_data() -> None:
            nonlocal passed
            if not await self._queue.arm_link(due, link_hash, self._clock.now()):
                raise TakenOver
            passed = True

        try:
            await send_mail(self._outside.smtp_url, self._mail(due, token), before_data)
        except TakenOver:
            return
        except aiosmtplib.SMTPAuthenticationError:
            await self._put_back(due)  # it is us whom the server refuses, not the message
        except aiosmtplib.SMTPResponseException as refusal:
            await self._refused(due, refusal.code, 400 <= refusal.code < 500)
        except (aiosmtplib.SMTPException, OSError) as error:
            if passed:
                self._note(due, "unknown", error)
            else:
                await self._put_back(due)
        else:
            await self._queue.settle(due, "sent", self._clock.now())
            self._note(due, "sent")

    def _mail(self, due: Due, token: str) -> EmailMessage:
        portal, digits = self._outside.portal_url, last_digits(due.phone)
        words: Mail = (
            account_exists_mail(portal, digits, due.locale)
            if due.has_account
            else confirm_mail(portal, token, digits, due.locale)
        )
        mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        mail["From"] = self._outside.mail_from
        mail["To"] = due.email
        mail["Subject"] = words.subject
        mail["Date"] = format_datetime(self._clock.now())
        domain = parseaddr(self._outside.mail_from)[1].rpartition("@")[2]
        mail["Message-ID"] = f"<{due.message_id}.{due.attempts}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = due.locale
        mail.set_content(words.text)
        mail.add_alternative(words.html, subtype="html")
        return mail

    async def _refused(self, due: Due, status: int, later: bool) -> None:
        if later:
            await self._put_back(due)
            return
        if status >= 500 and due.kind == "phone-code":
            self._note(due, "unknown")  # the gateway broke on it: whether before or after sending, it cannot say
            return
        await self._queue.settle(due, "failed", self._clock.now(), f"refused-{status}")
        self._note(due, "failed")

    async def _put_back(self, due: Due) -> None:
        await self._queue.put_back(due, self._clock.now())
        self._note(due, "later")

    def _note(self, due: Due, outcome: str, error: Exception | None = None) -> None:
        facts: dict[str, object] = {"message_id": str(due.message_id), "kind": due.kind, "outcome": outcome}
        if error is not None:
            facts["error"] = type(error).__name__
        log.info("message", extra=facts)
