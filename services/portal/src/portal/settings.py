"""The settings of the portal, in small groups; read by bootstrap only."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from service_kit.settings import Group, WebUrl

_KEY_BYTES = 32


def session_keys(secret: SecretStr) -> list[bytes]:
    """The AES-256 keys: the first seals, every one opens."""
    return [_key(part.strip()) for part in secret.get_secret_value().split(",")]


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if len(key) != _KEY_BYTES:
        raise ValueError(f"not {_KEY_BYTES} bytes")
    return key


def _checked(secret: SecretStr) -> SecretStr:
    session_keys(secret)
    return secret


class SiteSettings(Group):
    """Prefix `PORTAL_`."""

    url: WebUrl = Field(description="the address under which people reach the site, for example https://rdv.example")
    session_key: Annotated[SecretStr, AfterValidator(_checked)] = Field(
        description="32 random bytes in base64url that seal the cookies; several, comma-separated, while changing it"
    )


class ServiceSettings(Group):
    """Where the others are; no prefix."""

    directory_url: WebUrl = Field(description="the address of the directory service")
    availability_url: WebUrl = Field(description="the address of the availability service")
    booking_url: WebUrl = Field(description="the address of the booking service")
    accounts_url: WebUrl = Field(description="the address of the accounts service")
    mailbox_url: WebUrl | None = Field(
        None,
        description="demo only: the mailbox; pages say that all is invented, and numbers for fiction may sign up",
    )
