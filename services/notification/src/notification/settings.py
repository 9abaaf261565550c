"""What notification reads from its environment; only bootstrap reads it."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator, Field
from service_kit.settings import (
    ClientSettings,
    ClockSettings,
    DatabaseSettings,
    Group,
    KafkaSettings,
    TokenSettings,
    WebUrl,
)


def _smtp(url: str) -> str:
    if not url.startswith(("smtp://", "smtps://")):
        raise ValueError("not an smtp address")
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

    smtp_url: Annotated[str, AfterValidator(_smtp)] = Field(description="smtp[s]://[user:password@]host:port")
    mail_from: Annotated[str, AfterValidator(_mailbox)] = Field(description="the sender, as Name <address@domain>")
    sms_url: WebUrl = Field(description="the SMS gateway, to which each SMS is POSTed")
    sms_sender: str = Field("RDVSante", pattern=r"^[A-Za-z0-9]{3,11}$", description="3 to 11 letters or digits")


class AddressSettings(Group):
    """Where others are."""

    availability_url: WebUrl = Field(description="the availability service, asked for motives")
    portal_url: WebUrl = Field(description="the public address of the portal, for the links in messages")


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
