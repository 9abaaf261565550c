"""The e-mail server: what its answers, and its silence, mean for one message."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib
from service_kit.mail import send_mail

from notification.application.ports import AboutToSend
from notification.domain.outcome import Failed, Outcome, Overtaken, Sent, TryLater, Unknown


class _MustNot(Exception):
    """It must not be sent after all."""


class SmtpCarrier:
    """Delivers through `smtp_url` (smtp[s]://[user:password@]host:port)."""

    def __init__(self, smtp_url: str) -> None:
        self._url = smtp_url

    async def carry(self, message: EmailMessage, about_to_send: AboutToSend) -> Outcome:
        """Only silence after the message itself has begun to travel leaves its fate unknown."""
        handed_over = False

        async def before_data() -> None:
            nonlocal handed_over
            if not await about_to_send():
                raise _MustNot
            handed_over = True

        try:
            await send_mail(self._url, message, before_data)
        except _MustNot:
            return Overtaken()
        except aiosmtplib.SMTPResponseException as refusal:
            return _meaning(refusal)
        except (aiosmtplib.SMTPException, OSError):
            return Unknown("smtp_silence") if handed_over else TryLater("smtp_away", of_all=True)
        return Sent()


def _meaning(refusal: aiosmtplib.SMTPResponseException) -> Outcome:
    """5xx to the recipient or to the message is final; to anything else it is our own mistake, which may be mended."""
    about_it = isinstance(refusal, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    if about_it and 500 <= refusal.code < 600:
        return Failed(f"smtp_{refusal.code}")
    return TryLater(f"smtp_{refusal.code}", of_all=not about_it)
