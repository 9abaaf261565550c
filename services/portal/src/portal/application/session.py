"""Who comes: what a sealed cookie remembers between two pages. Nothing of it is kept on our side."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from portal.application.shapes import Hold, Mode, Tokens

_RENEW_BEFORE = timedelta(seconds=30)
_POSITIONS_LIFE = timedelta(minutes=5)
# Beyond what accounts allows to any session: a cookie this old opens nothing anyway.
_SEALED_LIFE = timedelta(days=90)


class Kept(BaseModel):
    """What stands in a cookie: mutable during one request, and short when written."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)


class Login(Kept):
    """The account's tokens; `until` is the end of the access token's life."""

    access: str
    refresh: str
    session_id: str
    until: AwareDatetime

    def needs_renewal(self, now: datetime) -> bool:
        return now >= self.until - _RENEW_BEFORE


class Visitor(Kept):
    """The token of somebody who has not logged in: good for one hold."""

    token: str
    until: AwareDatetime


class Booking(Kept):
    """A slot on its way to become an appointment, and what is needed to show it."""

    hold_id: str
    practitioner_id: str
    agenda_id: str
    motive_id: str
    mode: Mode
    start: AwareDatetime
    expires_at: AwareDatetime
    zone: str
    by_visitor: bool

    @classmethod
    def of(cls, hold: Hold, by_visitor: bool) -> Booking:
        """What the service says of a hold of the caller's."""
        return cls(
            hold_id=hold.id,
            practitioner_id=hold.practitioner_id,
            agenda_id=hold.agenda_id,
            motive_id=hold.motive_id,
            mode=hold.mode,
            start=hold.start,
            expires_at=hold.expires_at,
            zone=hold.zone,
            by_visitor=by_visitor,
        )

    def minutes_left(self, now: datetime) -> int:
        """Whole minutes, rounded up: the last one is not nothing."""
        return max(0, -(-int((self.expires_at - now).total_seconds()) // 60))


class Flash(Kept):
    """A sentence for the next page: a key of the catalogue."""

    key: str
    kind: Literal["good", "bad"] = "good"


class Session(Kept):
    """The cookie `__Host-session`. `going_to`: the page to go on with after signing up or logging in."""

    made_at: AwareDatetime
    login: Login | None = None
    visitor: Visitor | None = None
    booking: Booking | None = None
    going_to: str = ""
    flash: list[Flash] = Field(default_factory=list, max_length=3)
    positions: dict[str, int] = Field(default_factory=dict)
    positions_at: AwareDatetime | None = None

    def log_in(self, tokens: Tokens, now: datetime) -> None:
        until = now + timedelta(seconds=tokens.expires_in)
        kept = self.login.session_id if self.login else ""
        self.login = Login(
            access=tokens.access_token,
            refresh=tokens.refresh_token,
            session_id=tokens.session_id or kept,
            until=until,
        )

    def see(self, positions: dict[str, int], now: datetime) -> None:
        """Remember how far the logs have come with one's own changes."""
        self.positions = {**self.fresh_positions(now), **positions}
        self.positions_at = now

    def fresh_positions(self, now: datetime) -> dict[str, int]:
        """The positions worth waiting for: after some minutes everybody has caught up, or waiting would not help."""
        if self.positions_at is None or now - self.positions_at > _POSITIONS_LIFE:
            return {}
        return dict(self.positions)


class Draft(Kept):
    """The cookie `__Host-draft`: what was typed on the way, so that no step has to be repeated.

    `about`: the motive that the person, the answers and the message of a request are for; they survive the loss of a
    slot.
    """

    about: str = ""
    person_id: str = ""
    consulted_before: bool | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    message: str = ""
    phone: str = ""
    email: str = ""

    def for_motive(self, motive_id: str) -> Draft:
        """This draft, or a new one where it is about another motive (e-mail and phone stay)."""
        return self if self.about == motive_id else Draft(about=motive_id, phone=self.phone, email=self.email)


def read_session(content: bytes | None, now: datetime) -> Session:
    """The session of a cookie; a new one for none, one of another make, or one too old."""
    try:
        session = Session.model_validate_json(content or b"")
    except ValidationError:
        return Session(made_at=now)
    return session if now - session.made_at < _SEALED_LIFE else Session(made_at=now)


def read_draft(content: bytes | None) -> Draft:
    try:
        return Draft.model_validate_json(content or b"")
    except ValidationError:
        return Draft()


def write(kept: Kept) -> bytes:
    """As short as it goes: a cookie has 4096 bytes."""
    return kept.model_dump_json(exclude_defaults=True).encode()
