"""Mail coming in: an SMTP server that takes every message for every recipient."""

import base64
import email
import email.policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.clock import DemoClock
from demo.mailbox.store import Attachment, MailboxStore, Message

_SIZE_MAX = 10 * 1024 * 1024


class MailHandler:
    """aiosmtpd's handler: a message is on disk before it is acknowledged."""

    def __init__(self, store: MailboxStore, clock: DemoClock) -> None:
        self._store, self._clock = store, clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        received_at = self._clock.now().isoformat(timespec="milliseconds")
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        text, html, attachments = read_parts(parsed)
        self._store.add(
            [
                Message(
                    channel="email",
                    to=recipient,
                    sender=str(parsed.get("From", envelope.mail_from or "")),
                    subject=str(parsed.get("Subject", "")),
                    text=text,
                    html=html,
                    attachments=attachments,
                    received_at=received_at,
                )
                for recipient in envelope.rcpt_tos
            ]
        )
        return "250 2.0.0 Kept"


def smtp_protocol(store: MailboxStore, clock: DemoClock) -> SMTP:
    """The protocol of one connection."""
    return SMTP(
        MailHandler(store, clock),
        hostname="mailbox.rendezvous.example",
        ident="Rendezvous demo mailbox",
        data_size_limit=_SIZE_MAX,
        enable_SMTPUTF8=True,
    )


def read_parts(message: EmailMessage) -> tuple[str, str | None, tuple[Attachment, ...]]:
    """The plain text, the HTML if any, and everything else; a part that cannot be decoded is kept as its bytes."""
    text: str | None = None
    html: str | None = None
    attachments: list[Attachment] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind, inline = part.get_content_type(), not part.is_attachment()
        if kind == "text/plain" and inline and text is None:
            text = _text_of(part)
        elif kind == "text/html" and inline and html is None:
            html = _text_of(part)
        else:
            attachments.append(_attachment(part, kind, len(attachments) + 1))
    return text or "", html, tuple(attachments)


def _attachment(part: EmailMessage, kind: str, number: int) -> Attachment:
    name = part.get_filename() or ("invite.ics" if kind == "text/calendar" else f"part-{number}")
    if kind.startswith("text/"):
        return Attachment(name=name, type=kind, text=_text_of(part))
    return Attachment(name=name, type=kind, text=None, data=base64.b64encode(_bytes_of(part)).decode())


def _text_of(part: EmailMessage) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        text = _bytes_of(part).decode(charset, errors="replace")
    except LookupError:  # a charset that nobody knows
        text = _bytes_of(part).decode("utf-8", errors="replace")
    # iCalendar counts its lines in CRLF, so that one is left as it came.
    return text if part.get_content_type() == "text/calendar" else text.replace("\r\n", "\n")


def _bytes_of(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
