"""The settings of availability that no other service has; read by bootstrap only."""

from __future__ import annotations

from pydantic import Field, SecretStr
from service_kit.settings import (
    ClockSettings,
    DatabaseSettings,
    Group,
    KafkaSettings,
    TokenSettings,
)


class OfferSettings(Group):
    """Prefix `AVAILABILITY_`."""

    offer_key: SecretStr = Field(
        description="the private Ed25519 JWK (kty, crv, kid, x, d) that signs offer sheets; `make-key` prints a new one"
    )


PREFIX = "AVAILABILITY_"
GROUPS: list[tuple[type[Group], str]] = [
    (DatabaseSettings, PREFIX),
    (OfferSettings, PREFIX),
    (KafkaSettings, ""),
    (TokenSettings, ""),
    (ClockSettings, ""),
]
