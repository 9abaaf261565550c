"""The settings of accounts, in small groups; read by bootstrap only."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from service_kit.settings import Group, WebUrl


def _smtp(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("smtp://", "smtps://")):
        raise ValueError("not an address of a mail server")
    return url


def _sender(value: str) -> str:
    if "@" not in parseaddr(value)[1] or "\n" in value:
        raise ValueError("not a sender of e-mails")
    return value


class SigningSettings(Group):
    """Prefix `ACCOUNTS_`."""

    token_key: SecretStr = Field(
        description="the private JWK that signs tokens (`python -m accounts make-key`), or a JWK Set whose first key "
        "signs and whose others are still published"
    )


class IssuerSettings(Group):
    token_issuer: str = Field("https://rendezvous.example", description="the `iss` of every token")


class MessageSettings(Group):
    """No prefix: shared with the other services that write to people."""

    portal_url: WebUrl = Field(description="the address under which people reach the site; links lead there")
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp)] = Field(
        description="the mail server: smtp[s]://[user:password@]host:port"
    )
    sms_url: WebUrl = Field(description="the SMS gateway, to which each SMS is POSTed")
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        description="the sender of e-mails, for example RDV Santé <rdv@example.org>"
    )
    sms_sender: str = Field(
        "RDVSante",
        pattern=r"^[A-Za-z0-9]{3,11}$",
        description="the sender that an SMS shows: 3 to 11 letters or digits",
    )
    mailbox_url: WebUrl | None = Field(
        None,
        description="demo only: the mailbox; pages say that all is invented, and numbers for fiction may sign up",
    )
