"""Refusals of the directory, as named classes; the HTTP edge gives each its status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class Rejection(Exception):
    """A refusal that the caller can do something about."""


class NotFound(Rejection):
    """There is no such practitioner, or not for this caller."""


class AlreadyRegistered(Rejection):
    """The page has been claimed."""


class NotRegistered(Rejection):
    """Only a registered page can be edited: claim it first."""


@dataclass(frozen=True)
class InvalidField(Rejection):
    """`field`: a JSON pointer without its first slash; `fault`: what is wrong with it, by name."""

    field: str
    fault: str


@dataclass(frozen=True)
class TooManyRecommendations(Rejection):
    """This address has recommended enough for one day."""

    retry_at: datetime
