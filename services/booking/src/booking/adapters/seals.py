"""What people say before a visit, sealed with a data key of their own (AES-256-GCM) that lives in another database."""

from __future__ import annotations

import base64
import os
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from service_kit.database import Database

from booking.application.ports import PersonErased

FORM = "1"
NONCE_BYTES = 12


class BrokenSeal(Exception):
    """The text is not what was sealed for this person and this appointment."""


class PersonSeals:
    """`keys` is the database of the keys; the log holds the sealed text only."""

    def __init__(self, keys: Database) -> None:
        self._keys = keys

    async def seal(self, person_id: str, about: str, said: Any) -> str:
        key = await self._find(person_id) or await self._make(person_id)
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, orjson.dumps(said), _bound_to(person_id, about))
        return f"{FORM}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    async def unseal(self, person_id: str, about: str, sealed: str) -> Any:
        key = await self._find(person_id)
        if key is None:
            raise PersonErased
        form, _, text = sealed.partition(".")
        if form != FORM:
            raise BrokenSeal
        raw = base64.urlsafe_b64decode(text)
        try:
            said = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(person_id, about))
        except InvalidTag:
            raise BrokenSeal from None
        return orjson.loads(said)

    async def destroy(self, person_id: str) -> None:
        async with self._keys.connection() as connection:
            await connection.execute(
                "INSERT INTO person_key (person_id, data_key) VALUES (%s, NULL)"
                " ON CONFLICT (person_id) DO UPDATE SET data_key = NULL",
                (person_id,),
            )

    async def _find(self, person_id: str) -> bytes | None:
        async with self._keys.connection() as connection:
            cursor = await connection.execute("SELECT data_key FROM person_key WHERE person_id = %s", (person_id,))
            row = await cursor.fetchone()
        if row is None:
            return None
        if row["data_key"] is None:
            raise PersonErased
        return bytes(row["data_key"])

    async def _make(self, person_id: str) -> bytes:
        async with self._keys.connection() as connection:
            await connection.execute(
                "INSERT INTO person_key (person_id, data_key) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (person_id, os.urandom(32)),
            )
        # Read back: a rival's key may have been first.
        made = await self._find(person_id)
        if made is None:
            raise PersonErased
        return made


def _bound_to(person_id: str, about: str) -> bytes:
    return f"{person_id}\n{about}".encode()
