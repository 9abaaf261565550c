"""Booking's settings: the groups that it reads, and their prefixes."""

from __future__ import annotations

from pydantic import Field
from service_kit.settings import (
    ClockSettings,
    DatabaseSettings,
    Group,
    KafkaSettings,
    TokenSettings,
    WebUrl,
)

SERVICE = "booking"
PREFIX = "BOOKING_"
KEYS_PREFIX = "BOOKING_KEYS_"
"""Of the database that holds the keys of what is sealed: another one, so that a copy of either tells nothing."""


class OfferSettings(Group):
    availability_url: WebUrl = Field(description="the address of the availability service")


GROUPS: list[tuple[type[Group], str]] = [
    (DatabaseSettings, PREFIX),
    (DatabaseSettings, KEYS_PREFIX),
    (KafkaSettings, ""),
    (TokenSettings, ""),
    (OfferSettings, ""),
    (ClockSettings, ""),
]
