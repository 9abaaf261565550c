"""What the rooms of a service share at run time: handed over by bootstrap, never looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from service_kit.clock import Clock
from service_kit.database import Database
from service_kit.tokens import TokenVerifier


class Follower(Protocol):
    """Something that reflects the log of another service, or of its own, up to a position."""

    log: str

    async def position(self) -> int:
        """All of `log` up to here is reflected."""
        ...


@dataclass
class Context:
    """`service` names the service and its log; `followers` answer `Position-At-Least`."""

    service: str
    database: Database
    clock: Clock
    verifier: TokenVerifier
    followers: list[Follower] = field(default_factory=list)
