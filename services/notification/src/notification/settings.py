"""What notification reads from its environment; only bootstrap reads it."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from service_kit.settings import (
    ClientSettings,
    ClockSettings,
    DatabaseSettings,
    Group,
    KafkaSettings,
    TokenSettings,
    WebUrl,
)


def _smtp(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("not an smtp address")
    if parts.port == 0:  # asking for a port that is no number raises ValueError
        raise ValueError("not a port")
    return url


def _mailbox(text: str) -> str:
    mailbox_of(text)
    return text


def mailbox_of(text: str) -> Address:
    """`Name <address>` or `address`. Raises ValueError."""
    name, address = parseaddr(text)
    username, _, domain = address.rpartition("@")
    if not username or not domain or not address.isascii() or any(sign in text for sign in "\r\n"):
        raise ValueError("not a mailbox")
    return Address(name, addr_spec=address)


class SendingSettings(Group):
    """How messages leave."""

    smtp_url: Annotated[SecretStr, AfterValidator(_smtp)] = Field(
        description="the mail server: smtp[s]://[user:password@]host:port"
    )
    mail_from: Annotated[str, AfterValidator(_mailbox)] = Field(
        description="the sender of e-mails, for example RDV Santé <rdv@example.org>"
    )
    sms_url: WebUrl = Field(description="the SMS gateway, to which each SMS is POSTed")
    sms_sender: str = Field(
        "RDVSante",
        pattern=r"^[A-Za-z0-9]{3,11}$",
        description="the sender that an SMS shows: 3 to 11 letters or digits",
    )


class AddressSettings(Group):
    """Where others are."""

    availability_url: WebUrl = Field(description="the address of the availability service")
    portal_url: WebUrl = Field(description="the address under which people reach the site; links lead there")


PREFIX = "NOTIFICATION_"
GROUPS: list[tuple[type[Group], str]] = [
    (DatabaseSettings, PREFIX),
    (KafkaSettings, ""),
    (TokenSettings, ""),
    (ClientSettings, PREFIX),
    (SendingSettings, ""),
    (AddressSettings, ""),
    (ClockSettings, ""),
]
