"""A service of thirty lines, on a real database: what the chassis' own tests drive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.database import Database, migrate
from service_kit.tokens import TokenVerifier, sign_token

ISSUER = "https://rendezvous.example"


class Keys:
    """Published keys without a network: the interface of `KeySource`."""

    def __init__(self, *keys: OKPKey) -> None:
        self._keys = {key.kid: key for key in keys}

    async def key(self, kid: str) -> OKPKey | None:
        return self._keys.get(kid)


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": "k1"}, auto_kid=False)


@pytest.fixture
def token(signing_key: OKPKey) -> Any:
    def make(subject: str = "somebody", **claims: Any) -> str:
        now = Clock().now()
        standard = {
            "iss": ISSUER,
            "aud": "rendezvous",
            "sub": subject,
            "kind": "account",
            "roles": ["patient"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
        }
        return sign_token(standard | claims, signing_key)

    return make


@pytest.fixture
def migrated(database: Any) -> Any:
    def install(owner_url: str) -> None:
        role = httpx.URL(owner_url).path.strip("/")
        migrate(owner_url, [], role)

    return database("directory", install)


@pytest.fixture
async def context(migrated: Any, signing_key: OKPKey) -> AsyncIterator[Context]:
    database = Database(migrated.service_url)
    await database.open()
    clock = Clock()
    yield Context("directory", database, clock, TokenVerifier(Keys(signing_key), ISSUER, clock))  # type: ignore[arg-type]
    await asyncio.wait_for(database.close(), 10)
