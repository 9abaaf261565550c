"""What can become of one attempt to send a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken it."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class TryLater:
    """It did not go out, for a reason that may pass.

    `fate_open`: it may have gone out all the same, to somebody who knows a repeat by its key and drops it.
    `of_all`: whoever is away is away for every message of the channel.
    """

    reason: str
    fate_open: bool = False
    of_all: bool = False


@dataclass(frozen=True, slots=True)
class Postponed:
    """It is not the hour for it, or (`reason`) it waits for news, which has it tried at once."""

    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not go out and never will."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The other side may have it: never to be sent again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nobody needs it any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another process sends it, or it has just been dropped: nothing to record."""


Outcome = Sent | TryLater | Postponed | Failed | Unknown | Dropped | Overtaken
