"""The messages received, in one SQLite file of the data folder: what was accepted is kept across restarts."""

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Channel = Literal["email", "sms"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    recipient TEXT NOT NULL,
    recipient_key TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT,
    attachments TEXT NOT NULL,
    received_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient_key, id);
CREATE TABLE IF NOT EXISTS sms_requests (
    idempotency_key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id)
);
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a message that is not its text: `text` for textual ones, else `data` in base64."""

    name: str
    type: str
    text: str | None
    data: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient; `received_at` is RFC 3339 on the demo's clock."""

    channel: Channel
    to: str
    sender: str
    subject: str
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    received_at: str
    id: int = 0


class KeyReused(Exception):
    """The idempotency key of an SMS came again with another request."""


class MailboxStore:
    """Adds and finds messages; one connection, used from one thread."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # An accepted message is on disk before its sender hears so, as with a real server.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def add(self, messages: Sequence[Message]) -> None:
        """Keep one mail's messages, all or none."""
        with _Transaction(self._connection):
            for message in messages:
                self._insert(message)

    def add_sms(self, idempotency_key: str, request: str, message: Message) -> int:
        """Keep an SMS once for each key; its number. KeyReused when the key came before with another request."""
        with _Transaction(self._connection):
            known = self._connection.execute(
                "SELECT request, message_id FROM sms_requests WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone()
            if known is None:
                number = self._insert(message)
                self._connection.execute(
                    "INSERT INTO sms_requests VALUES (?, ?, ?)", (idempotency_key, request, number)
                )
                return number
        if known[0] != request:
            raise KeyReused
        return int(known[1])

    def find(self, to: str | None = None, channel: Channel | None = None, limit: int = 500) -> list[Message]:
        """The newest messages first, of one recipient or channel when named."""
        rows = self._connection.execute(
            "SELECT channel, recipient, sender, subject, text, html, attachments, received_at, id FROM messages"
            " WHERE (:to IS NULL OR recipient_key = :to) AND (:channel IS NULL OR channel = :channel)"
            " ORDER BY id DESC LIMIT :limit",
            {"to": None if to is None else recipient_key(to), "channel": channel, "limit": limit},
        )
        return [_message(row) for row in rows]

    def get(self, number: int) -> Message | None:
        """One message by its number."""
        row = self._connection.execute(
            "SELECT channel, recipient, sender, subject, text, html, attachments, received_at, id FROM messages"
            " WHERE id = ?",
            (number,),
        ).fetchone()
        return None if row is None else _message(row)

    def _insert(self, message: Message) -> int:
        cursor = self._connection.execute(
            "INSERT INTO messages (channel, recipient, recipient_key, sender, subject, text, html, attachments,"
            " received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message.channel,
                message.to,
                recipient_key(message.to),
                message.sender,
                message.subject,
                message.text,
                message.html,
                json.dumps([asdict(attachment) for attachment in message.attachments]),
                message.received_at,
            ),
        )
        return int(cursor.lastrowid or 0)


class _Transaction:
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK when the block fails."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def recipient_key(to: str) -> str:
    """What two spellings of one recipient share: a mail address without case, a French phone as +33 and digits.

    A bare `+` in a query string arrives as a space, so a phone is known by its digits alone.
    """
    if "@" in to:
        return to.strip().casefold()
    digits = re.sub(r"\D", "", to)
    return f"+33{digits[1:]}" if digits.startswith("0") and not digits.startswith("00") else f"+{digits}"


def _message(row: Sequence[str]) -> Message:
    channel, to, sender, subject, text, html, attachments, received_at, number = row
    return Message(
        channel="email" if channel == "email" else "sms",
        to=to,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        attachments=tuple(Attachment(**attachment) for attachment in json.loads(attachments)),
        received_at=received_at,
        id=int(number),
    )
