"""How often something may be tried: fixed windows, counted before the try so that tries at once cannot slip through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """At most `count_max` tries in each `window` of one `subject` (an address, a number). `name` keeps limits apart.

    `told`: it counts what the asker does and nobody else, so that where it stands tells nothing of anybody.
    """

    name: str
    count_max: int
    window: timedelta
    told: bool = False


@dataclass(frozen=True)
class Counter:
    """The tries of the window that began at `since`."""

    since: datetime
    count: int


@dataclass(frozen=True)
class Standing:
    """Where a subject stands with a limit after its try."""

    limit: Limit
    counter: Counter


def count_try(limit: Limit, counter: Counter | None, now: datetime) -> Counter:
    """The counter after one more try at `now`."""
    if counter is None or now >= counter.since + limit.window:
        return Counter(now, 1)
    return Counter(counter.since, counter.count + 1)


def retry_at(limit: Limit, counter: Counter) -> datetime | None:
    """When the next try is allowed, if `counter` is beyond the limit; None while it is within."""
    return counter.since + limit.window if counter.count > limit.count_max else None


_MINUTES, _HOURS, _DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

CODES_OF_A_NUMBER = (Limit("code-number", 5, 10 * _MINUTES), Limit("code-number-day", 10, _DAYS))
# However many codes are asked for: 25 guesses at six digits are a chance of 2.5e-5 for each number and day.
CODE_TRIES_OF_A_NUMBER = Limit("code-tries", 25, _DAYS)
CODES_FROM_AN_ADDRESS = Limit("code-address", 120, _HOURS, told=True)
SIGN_UPS_FROM_AN_ADDRESS = Limit("sign-up-address", 120, _HOURS, told=True)
SIGN_UPS_OF_AN_EMAIL = Limit("sign-up-email", 5, _HOURS)
CONFIRMATIONS_FROM_AN_ADDRESS = Limit("confirm-address", 120, _HOURS, told=True)
VISITORS_FROM_AN_ADDRESS = Limit("visitor-address", 100, 10 * _MINUTES, told=True)
# Wrong log-ins only: a right one takes its try back. Where a pair stands is not told: the owner's own log-in ends its
# count, which would tell their neighbour of it. By address and account first, so that a stranger cannot easily
# lock somebody out; by account alone for guessing from many addresses; by address alone for guessing at many accounts.
LOG_INS_OF_A_PAIR = Limit("log-in-pair", 10, 15 * _MINUTES)
LOG_INS_OF_AN_ACCOUNT = Limit("log-in-account", 50, _HOURS)
LOG_INS_FROM_AN_ADDRESS = Limit("log-in-address", 200, 15 * _MINUTES, told=True)
CLIENTS_FROM_AN_ADDRESS = Limit("client-address", 50, 15 * _MINUTES, told=True)
