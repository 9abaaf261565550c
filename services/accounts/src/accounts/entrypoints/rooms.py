"""What bootstrap hands over to the HTTP face, and how a request finds it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from service_kit import limiting
from service_kit.context import Context
from service_kit.http import Caller, context_of
from service_kit.problems import Problem
from service_kit.tokens import Principal

from accounts.application.claims import Issue
from accounts.application.ports import Accounts, Clients, Erasure, Passwords, Sessions, Signing, SignUps, Tries
from accounts.domain.limits import Limit, Standing, retry_at
from accounts.domain.rejections import TooManyTries


@dataclass(frozen=True)
class Rooms:
    """The adapters by what they are for. `fiction_allowed`: numbers of the block for fiction may sign up (demo)."""

    context: Context
    issuer: str
    fiction_allowed: bool
    signing: Signing
    passwords: Passwords
    tries: Tries
    sign_ups: SignUps
    sessions: Sessions
    accounts: Accounts
    erasure: Erasure
    clients: Clients

    def now(self) -> datetime:
        return self.context.clock.now()

    def issue(self) -> Issue:
        """The facts of a token signed now."""
        return Issue(self.issuer, self.now(), str(uuid.uuid4()))


def _rooms(request: Request) -> Rooms:
    rooms: Rooms = request.app.state.rooms
    return rooms


InRooms = Annotated[Rooms, Depends(_rooms)]


async def count_tries(request: Request, rooms: Rooms, subjects: Sequence[tuple[Limit, str]]) -> None:
    """Count one try of each, and tell the asker where they stand with what counts their own.

    Raises `TooManyTries`, with the latest instant to wait for, beyond a limit.
    """
    now = rooms.now()
    standings = await rooms.tries.take(subjects, now)
    limiting.tell(request, [_told(each, now) for each in standings if each.limit.told])
    closed = [at for each in standings if (at := retry_at(each.limit, each.counter)) is not None]
    if closed:
        raise TooManyTries(max(closed))


def _told(standing: Standing, now: datetime) -> limiting.Standing:
    limit, counter = standing.limit, standing.counter
    left = math.ceil((counter.since + limit.window - now).total_seconds())
    return limiting.Standing(
        limit.name, limit.count_max, int(limit.window.total_seconds()), max(0, limit.count_max - counter.count), left
    )


def known_id(typed: str) -> str:
    """An id of ours; what cannot be one is not there."""
    try:
        return str(uuid.UUID(typed))
    except ValueError:
        raise Problem("not-found") from None


async def _logged_in(request: Request, caller: Caller, rooms: InRooms) -> Principal:
    """An account whose session still stands: here, where it is cheap to know, a log-out counts at once."""
    if caller.kind != "account" or caller.session is None:
        raise Problem("forbidden")
    now = context_of(request).clock.now()
    if not await rooms.sessions.is_live(caller.subject, caller.session, now):
        raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    return caller


LoggedIn = Annotated[Principal, Depends(_logged_in)]
