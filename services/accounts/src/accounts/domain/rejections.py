"""Every refusal of this service by name; `entrypoints/problems.py` gives each its face over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Field = Literal["phone", "email", "password", "first_name", "last_name", "birth_date", "new_password"]
Fault = Literal[
    "not-a-phone",
    "not-a-mobile",
    "foreign",
    "not-an-email",
    "too-short",
    "too-long",
    "too-common",
    "too-personal",
    "not-a-name",
    "in-the-future",
    "too-long-ago",
]


class Rejection(Exception):
    """A rule says no."""


@dataclass(eq=False)
class InvalidField(Rejection):
    """A field is not what it should be. Never carries the value."""

    field: Field
    fault: Fault


class WrongCode(Rejection):
    """The code is wrong, expired, used up, or was never asked for: all the same to the asker."""


class LinkDead(Rejection):
    """The link of the e-mail is unknown or too old."""


class AlreadyRegistered(Rejection):
    """Another sign-up with this phone or e-mail was confirmed first (said only to who holds the e-mailed link)."""


class WrongCredentials(Rejection):
    """The e-mail or the password is wrong: which one is not said."""


class SessionOver(Rejection):
    """The refresh token is unknown or used, or its session ended."""


class PasswordWrong(Rejection):
    """The current password, asked again before a change, is not right."""


class TooManyRelatives(Rejection):
    """The account has as many people as it may have."""


class NotARelative(Rejection):
    """Oneself is erased with the account only."""


class NotFound(Rejection):
    """It is not there, or not the caller's."""


class Stale(Rejection):
    """It has changed since it was read."""


@dataclass(eq=False)
class TooManyTries(Rejection):
    """A limit is reached; `retry_at` is when it opens again."""

    retry_at: datetime


@dataclass(eq=False)
class UnfitGrant(Rejection):
    """The operator asked for a role whose parts do not fit each other."""

    reason: str


class IsAPatient(Rejection):
    """The operator may not turn a patient's own account into staff."""


class IsStaff(Rejection):
    """The operator brings in a patient under the e-mail of staff."""


class PhoneTaken(Rejection):
    """The operator brings in somebody whose phone is another account's."""
