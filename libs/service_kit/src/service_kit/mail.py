"""One e-mail over SMTP, with the moment told from which its fate would be unknown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from service_kit.telemetry import spanned

TIMEOUT_SECONDS = 15


async def send_mail(smtp_url: str, message: EmailMessage, before_data: Callable[[], Awaitable[None]]) -> None:
    """Deliver `message` to the server of `smtp_url` (smtp[s]://[user:password@]host:port).

    `before_data` is awaited after the server has accepted sender and recipient: a failure before it means "not sent",
    after it (unless the server refused) "unknown". Raises `aiosmtplib.SMTPException` or `OSError`.
    """
    parts = urlsplit(smtp_url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname or "127.0.0.1",
        port=parts.port,
        use_tls=parts.scheme == "smtps",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        timeout=TIMEOUT_SECONDS,
    )
    about: dict[str, AttributeValue] = {"server.address": str(client.hostname), "server.port": client.port or 0}
    with spanned("SMTP DATA", None, SpanKind.CLIENT, about):
        async with client:
            await client.mail(parseaddr(str(message["From"]))[1])
            await client.rcpt(parseaddr(str(message["To"]))[1])
            await before_data()
            await client.data(message.as_bytes())
