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


class QuotaSettings(Group):
    visitor_holds_max: int = Field(
        50,
        ge=0,
        description="how many slots visitors without an account may hold at once from one network address "
        "(an IPv6 /64); 0: any number",
    )
    visitor_holds_per_hour: int = Field(
        300, ge=0, description="how many they may begin to hold in an hour from one network address; 0: any number"
    )


GROUPS: list[tuple[type[Group], str]] = [
    (DatabaseSettings, PREFIX),
    (DatabaseSettings, KEYS_PREFIX),
    (KafkaSettings, ""),
    (TokenSettings, ""),
    (OfferSettings, ""),
    (QuotaSettings, PREFIX),
    (ClockSettings, ""),
]
