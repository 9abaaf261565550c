"""The six digits by SMS and the link by e-mail: how long they live, how often they may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES_MAX = 5
LINK_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class PhoneCode:
    """The newest code of a number. `used_for`: the e-mail whose sign-up it has opened already."""

    expires_at: datetime
    tries: int
    used_for: str | None


@dataclass(frozen=True)
class Try:
    """What a try does to the code: is it `right`, and how often has it been tried now."""

    right: bool
    tries: int


def try_code(code: PhoneCode, matches: bool, email: str, now: datetime) -> Try:
    """One try. A right code opens one e-mail's sign-up: again for the same (a lost answer), never for another."""
    live = now < code.expires_at and code.tries < CODE_TRIES_MAX
    if not live:
        return Try(False, code.tries)
    return Try(matches and code.used_for in (None, email), code.tries + 1)


LinkState = Literal["fresh", "used", "dead"]


def link_state(sent_at: datetime | None, confirmed_at: datetime | None, now: datetime) -> LinkState:
    """A link stays good for its life; pressed again, it says the same again (mail scanners press first)."""
    if sent_at is None or now >= sent_at + LINK_LIFE:
        return "dead"
    return "fresh" if confirmed_at is None else "used"


MessageKind = Literal["phone-code", "sign-up"]


def is_worth_sending(kind: MessageKind, asked_at: datetime, now: datetime) -> bool:
    """After a while nobody waits for it any more, and who still does asks again."""
    match kind:
        case "phone-code":
            return now < asked_at + CODE_LIFE
        case "sign-up":
            return now < asked_at + LINK_LIFE
        case _:
            assert_never(kind)
