"""What comes in and goes out over HTTP: closed bodies in, described bodies out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from service_kit.http import Body

from accounts.domain.people import Locale, Relation, Sex

_INS_CODES = {"F": "female", "M": "male", "I": "indeterminate"}


def _from_ins(value: Any) -> Any:
    return _INS_CODES.get(value, value) if isinstance(value, str) else value


Phone = Annotated[str, Field(min_length=1, max_length=40, description="a mobile number, national or E.164")]
Email = Annotated[str, Field(min_length=3, max_length=254, json_schema_extra={"format": "email"})]
Password = Annotated[str, Field(min_length=1, max_length=512, json_schema_extra={"format": "password"})]
Name = Annotated[str, Field(min_length=1, max_length=120)]
SexAtBirth = Annotated[
    Sex, BeforeValidator(_from_ins), Field(description="sex at birth; F, M and I (as in the INS) are taken too")
]


class PhoneCodeBody(Body):
    phone: Phone


class SignUpBody(Body):
    phone: Phone
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    email: Email
    password: Password
    terms_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    locale: Locale = "fr"
    first_name: Name
    last_name: Name
    birth_date: date
    sex: SexAtBirth


class ConfirmBody(Body):
    token: Annotated[str, Field(min_length=1, max_length=200)]


class LogInBody(Body):
    email: Email
    password: Password
    code: Annotated[str | None, Field(max_length=32, description="of a second factor, where the account has one")] = (
        None
    )


class RefreshBody(Body):
    refresh_token: Annotated[str, Field(min_length=1, max_length=200)]


class ServiceTokenBody(Body):
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    client_secret: Password


class MePatch(Body):
    locale: Locale | None = None
    current_password: Password | None = None
    new_password: Password | None = None


class EraseBody(Body):
    current_password: Password


class RelativeBody(Body):
    relation: Relation
    first_name: Name
    last_name: Name
    birth_date: date
    sex: SexAtBirth


class CodeAsked(BaseModel):
    expires_in: Annotated[int, Field(description="seconds from the sending of the code")]


class SignUpAsked(BaseModel):
    status: Literal["link-sent"]
    expires_in: Annotated[int, Field(description="seconds from the sending of the link")]


class ConfirmedAnswer(BaseModel):
    status: Literal["registered"]
    account_id: str
    person_id: str


class TokenAnswer(BaseModel):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class SessionAnswer(TokenAnswer):
    refresh_token: str
    session_id: str


class MeAnswer(BaseModel):
    id: str
    email: str
    phone: str | None
    locale: Locale
    roles: list[str]
    practitioner_id: str | None
    practices: list[str]
    person_id: str | None


class PersonAnswer(BaseModel):
    id: str
    relation: Literal["self", "child", "parent", "other"]
    first_name: str
    last_name: str
    birth_date: date
    sex: Sex


class PeopleAnswer(BaseModel):
    items: list[PersonAnswer]
    next: str | None


class ExportedAccount(BaseModel):
    id: str
    email: str
    phone: str | None
    locale: Locale
    roles: list[str]
    terms_version: str | None
    terms_accepted_at: datetime | None
    registered_at: datetime


class ExportedPerson(PersonAnswer):
    added_at: datetime


class ExportedSession(BaseModel):
    id: str
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class ExportedLook(BaseModel):
    person_id: str
    client_id: Annotated[str, Field(description="the service that looked at the contact")]
    purpose: str
    at: datetime


class ExportAnswer(BaseModel):
    account: ExportedAccount
    people: list[ExportedPerson]
    sessions: list[ExportedSession]
    contact_looks: list[ExportedLook]


class ContactAnswer(BaseModel):
    person_id: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    locale: Locale
