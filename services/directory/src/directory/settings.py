"""The settings of the directory: the groups of the chassis only; read by bootstrap only."""

from __future__ import annotations

from service_kit.settings import ClockSettings, DatabaseSettings, Group, KafkaSettings, TokenSettings

PREFIX = "DIRECTORY_"

GROUPS: list[tuple[type[Group], str]] = [
    (DatabaseSettings, PREFIX),
    (KafkaSettings, ""),
    (TokenSettings, ""),
    (ClockSettings, ""),
]
