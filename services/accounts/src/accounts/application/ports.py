"""What the HTTP face is handed over: the shapes of the adapters that it works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from service_kit.database import Connection

from accounts.application.claims import Holder
from accounts.domain.limits import Limit, Standing
from accounts.domain.people import Identity, Locale, Relation
from accounts.domain.staff import Grant


@dataclass(frozen=True)
class SignUp:
    """A sign-up whose phone is proved and whose e-mail is not yet."""

    phone: str
    email: str
    password_hash: str
    locale: Locale
    terms_version: str
    identity: Identity


@dataclass(frozen=True)
class Asking:
    """One asking for a sign-up, recognised when it is repeated."""

    sign_up_id: UUID
    fingerprint: bytes


SeenBefore = Literal["never", "same", "other"]


@dataclass(frozen=True)
class Confirmed:
    """A confirmed sign-up; `fresh` when it became an account just now."""

    account_id: str
    person_id: str
    fresh: bool


@dataclass(frozen=True)
class Credentials:
    """What a log-in is checked against."""

    holder: Holder
    password_hash: str


@dataclass(frozen=True)
class OpenSession:
    """A session with the one refresh token that is good now."""

    session_id: str
    holder: Holder
    refresh_token: str


@dataclass(frozen=True)
class Person:
    """One that an account may book for. `relation` is "self" for oneself."""

    person_id: str
    relation: str
    first_name: str
    last_name: str
    birth_date: date
    sex: str


class Signing(Protocol):
    def sign(self, claims: Mapping[str, Any]) -> str: ...

    def public(self) -> dict[str, Any]: ...


class Passwords(Protocol):
    async def hash(self, password: str) -> str: ...

    async def matches(self, stored: str | None, password: str) -> bool: ...

    def is_outdated(self, stored: str) -> bool: ...


class Tries(Protocol):
    async def take(self, subjects: Sequence[tuple[Limit, str]], now: datetime) -> list[Standing]: ...

    async def within(self, connection: Connection, subjects: Sequence[tuple[Limit, str]], now: datetime) -> bool: ...

    async def give_back(self, connection: Connection, subjects: Sequence[tuple[Limit, str]]) -> None: ...

    async def forget(self, connection: Connection, limit: Limit, name: str) -> None: ...


class SignUps(Protocol):
    async def ask_code(self, connection: Connection, phone: str, locale: Locale, now: datetime) -> None: ...

    def repeatable(self, key: str | None, body: bytes) -> Asking: ...

    async def seen(self, asking: Asking) -> SeenBefore: ...

    async def try_code(self, phone: str, code: str, email: str, now: datetime) -> None: ...

    async def begin(self, connection: Connection, asking: Asking, form: SignUp, now: datetime) -> bool: ...

    async def confirm(self, connection: Connection, token: str, now: datetime) -> Confirmed: ...


class Sessions(Protocol):
    async def credentials(self, email: str) -> Credentials | None: ...

    async def open(self, connection: Connection, proved: Credentials, now: datetime) -> OpenSession: ...

    async def refresh(self, token: str, now: datetime) -> OpenSession: ...

    async def end(self, account_id: str, session_id: str, now: datetime) -> None: ...

    async def end_all(self, account_id: str, now: datetime) -> None: ...

    async def is_live(self, account_id: str, session_id: str, now: datetime) -> bool: ...


class Accounts(Protocol):
    async def credentials(self, account_id: str) -> Credentials: ...

    async def edit(self, account_id: str, version: int, edit: Edit, now: datetime) -> None: ...

    async def replace_hash(self, connection: Connection, account_id: str, old: str, new: str) -> None: ...

    async def add_relative(
        self, connection: Connection, account_id: str, relation: Relation, identity: Identity, now: datetime
    ) -> Person: ...


class Erasure(Protocol):
    async def erase_account(self, connection: Connection, proved: Credentials) -> list[str]: ...

    async def erase_relative(self, connection: Connection, account_id: str, person_id: str) -> None: ...


class Clients(Protocol):
    async def secret_hash(self, client_id: str) -> str | None: ...


@dataclass(frozen=True)
class NewPatient:
    """Somebody whom the operator brings in, already checked."""

    email: str
    phone: str
    password: str
    locale: Locale
    identity: Identity


@dataclass(frozen=True)
class BroughtIn:
    """Their ids, whether they were brought in now or before."""

    email: str
    account_id: str
    person_id: str


class Operator(Protocol):
    async def put_client(self, client_id: str, secret: str) -> None: ...

    async def put_staff(self, email: str, password: str, grant: Grant) -> str: ...

    async def put_patients(self, patients: Sequence[NewPatient]) -> list[BroughtIn]: ...


@dataclass(frozen=True)
class Edit:
    """What changes of an account; None leaves it. A new password ends every session but `keep_session`."""

    locale: Locale | None = None
    password_hash: str | None = None
    keep_session: str | None = None
