"""Sessions: how long one lives idle and at all, and what a refresh token presented twice means."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

ACCESS_SECONDS = 600
VISITOR_SECONDS = 1800
SERVICE_SECONDS = 600


@dataclass(frozen=True)
class Lifetimes:
    """`idle`: the longest time between two refreshes; `absolute`: the longest time since the log-in."""

    idle: timedelta
    absolute: timedelta


_PATIENT = Lifetimes(idle=timedelta(days=14), absolute=timedelta(days=90))
# Who sees other people's appointments logs in every working day.
_STAFF = Lifetimes(idle=timedelta(hours=4), absolute=timedelta(hours=12))


def lifetimes(roles: Collection[str]) -> Lifetimes:
    """The lifetimes of a session of somebody with these roles."""
    return _PATIENT if set(roles) <= {"patient"} else _STAFF


@dataclass(frozen=True)
class Session:
    """A session as stored; `idle_until` moves with each refresh, `ends_at` never."""

    idle_until: datetime
    ends_at: datetime
    ended_at: datetime | None


def is_live(session: Session, now: datetime) -> bool:
    return session.ended_at is None and now < session.idle_until and now < session.ends_at


def idle_until(session_ends_at: datetime, roles: Collection[str], now: datetime) -> datetime:
    """Until when the session may stay idle after a use at `now`."""
    return min(now + lifetimes(roles).idle, session_ends_at)


Refresh = Literal["rotate", "reused", "over"]


def judge_refresh(session: Session, token_used_at: datetime | None, now: datetime) -> Refresh:
    """A token already used is in two hands: its whole session must end, whoever came first."""
    if not is_live(session, now):
        return "over"
    return "rotate" if token_used_at is None else "reused"
