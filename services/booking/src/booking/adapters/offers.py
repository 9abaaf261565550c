"""Offer sheets: the signature of availability, the bounded list of starts, and a memory of what was verified."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from array import array
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from service_kit.tokens import KeySource

from booking.application.offers import Sheet
from booking.application.ports import OfferKeysAway
from booking.domain.facts import Question, Rules, SecondVisit
from booking.domain.rejections import OfferNotGenuine

HEADER = {"alg": "Ed25519", "typ": "offer+jws"}
STARTS_MAX = 10_000
CELL_MAX = 2**31
REMEMBERED_MAX = 500

Id = Annotated[str, Field(min_length=1, max_length=64)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a zone of the tz database") from error
    return name


class _Question(BaseModel):
    id: Id
    required: bool


class _Second(BaseModel):
    motive_id: Id
    days_min: int = Field(ge=0, le=366)
    days_max: int = Field(ge=0, le=366)
    together: bool


class _Payload(BaseModel):
    """The sheet as signed (the signer may add fields)."""

    model_config = ConfigDict(strict=True)

    iss: Literal["availability"]
    exp: int = Field(ge=0, le=2**40)
    agenda_id: Id
    agenda_version: int = Field(ge=0, lt=2**31)
    practitioner_id: Id
    place_id: Id | None
    speciality: str = Field(max_length=200)
    zone: Annotated[str, AfterValidator(_known_zone)]
    motive_id: Id
    mode: Literal["in_person", "video"]
    capacity: int = Field(ge=1, le=1000)
    minutes: int = Field(ge=5, le=24 * 60, multiple_of=5)
    buffer_before: int = Field(ge=0, le=24 * 60)
    buffer_after: int = Field(ge=0, le=24 * 60)
    booking: Literal["everyone", "known_patients"]
    notice_minutes: int = Field(ge=0, le=2 * 366 * 24 * 60)
    horizon_days: int = Field(ge=0, le=5 * 366)
    cancel_until_minutes: int = Field(ge=0, le=2 * 366 * 24 * 60)
    max_future_per_patient: int | None = Field(ge=0)
    move_until_minutes: int | None = Field(None, ge=0, le=2 * 366 * 24 * 60)
    min_days_between: int = Field(0, ge=0, le=366)
    max_per_day: int | None = Field(None, ge=1)
    max_per_week: int | None = Field(None, ge=1)
    second: _Second | None = None
    rooms: list[Id] = Field([], max_length=50)
    questions: list[_Question] = Field(max_length=50)
    starts: str


class SignedOffers:
    """Verifies sheets with availability's published keys; a verified sheet is remembered by its SHA-256."""

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys
        self._remembered: OrderedDict[bytes, Sheet] = OrderedDict()

    async def sheet(self, offer: str) -> Sheet:
        digest = hashlib.sha256(offer.encode()).digest()
        known = self._remembered.get(digest)
        if known is not None:
            self._remembered.move_to_end(digest)
            return known
        sheet = _facts(await self._verified(offer), digest.hex())
        self._remembered[digest] = sheet
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return sheet

    async def _verified(self, offer: str) -> bytes:
        """The payload of a compact JWS with exactly our header, signed by a published key."""
        try:
            protected, payload, signature = offer.split(".")
            header = json.loads(_from_base64url(protected))
            kid = header.pop("kid")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            raise OfferNotGenuine from None
        if header != HEADER or not isinstance(kid, str):
            raise OfferNotGenuine
        try:
            found = await self._keys.key(kid)
        except (httpx.HTTPError, ValueError, KeyError):  # no answer, or one that is no key set
            raise OfferKeysAway from None
        key = None if found is None else found.get_op_key("verify")
        if not isinstance(key, Ed25519PublicKey):
            raise OfferNotGenuine
        try:
            key.verify(_from_base64url(signature), f"{protected}.{payload}".encode("ascii"))
            return _from_base64url(payload)
        except (InvalidSignature, ValueError):
            raise OfferNotGenuine from None


def _facts(payload: bytes, digest: str) -> Sheet:
    try:
        signed = _Payload.model_validate_json(payload)
        starts = decode_starts(_from_base64url(signed.starts))
    except (ValidationError, ValueError):
        raise OfferNotGenuine from None
    return Sheet(
        expires_at=datetime.fromtimestamp(signed.exp, UTC),
        agenda_id=signed.agenda_id,
        practitioner_id=signed.practitioner_id,
        place_id=signed.place_id,
        speciality=signed.speciality,
        zone=signed.zone,
        motive_id=signed.motive_id,
        mode=signed.mode,
        minutes=signed.minutes,
        buffer_before_minutes=signed.buffer_before,
        buffer_after_minutes=signed.buffer_after,
        rules=Rules(
            agenda_version=signed.agenda_version,
            offer=digest,
            capacity=signed.capacity,
            booking=signed.booking,
            notice_minutes=signed.notice_minutes,
            horizon_days=signed.horizon_days,
            cancel_until_minutes=signed.cancel_until_minutes,
            max_future_per_patient=signed.max_future_per_patient,
            questions=tuple(Question(question.id, question.required) for question in signed.questions),
            move_until_minutes=signed.move_until_minutes,
            min_days_between=signed.min_days_between,
            max_per_day=signed.max_per_day,
            max_per_week=signed.max_per_week,
            second=None if signed.second is None else SecondVisit(**signed.second.model_dump()),
            rooms=tuple(signed.rooms),
        ),
        starts=starts,
    )


def decode_starts(raw: bytes) -> array[int]:
    """Unsigned LEB128 varints: the first cell, then the steps to the next, each at least 1.

    Raises ValueError for more than `STARTS_MAX` starts, a value past `CELL_MAX`, a step of 0 or an unfinished number.
    """
    starts: array[int] = array("I")
    cell = value = shift = 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        shift += 7
        if value > CELL_MAX or shift > 35:
            raise ValueError("a start is too far")
        if byte & 0x80:
            continue
        if value == 0 or len(starts) == STARTS_MAX:
            raise ValueError("starts are not ascending, or too many")
        cell += value
        if cell > CELL_MAX:
            raise ValueError("a start is too far")
        starts.append(cell)
        value = shift = 0
    if shift:
        raise ValueError("the last start is unfinished")
    return starts


def _from_base64url(text: str) -> bytes:
    """Strict: no padding, no foreign character. Raises ValueError."""
    raw = text.encode("ascii")
    if b"=" in raw or b"+" in raw or b"/" in raw:
        raise ValueError("not base64url")
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
