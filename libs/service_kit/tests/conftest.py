"""A service of thirty lines, on a real database: what the chassis' own tests drive."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from embedded_parts import TestParts
from embedded_parts.kafka import Kafka
from embedded_parts.postgres import Postgres
from embedded_parts.provision import ProvisionedDatabase, provision
from joserfc.jwk import OKPKey
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.database import Database, migrate
from service_kit.tokens import TokenVerifier, sign_token

from .running import TABLE, Parts, make_topic, run

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


def install(owner_url: str) -> None:
    migrate(owner_url, [], httpx.URL(owner_url).path.strip("/"))


@pytest.fixture(scope="session")
def make_migrated(parts: TestParts) -> Callable[[], ProvisionedDatabase]:
    return parts.copies("directory", install)


@pytest.fixture
def migrated(make_migrated: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    return make_migrated()


@pytest.fixture
async def context(migrated: Any, signing_key: OKPKey) -> AsyncIterator[Context]:
    database = Database(migrated.service_url)
    await database.open()
    clock = Clock()
    yield Context("directory", database, clock, TokenVerifier(Keys(signing_key), ISSUER, clock))  # type: ignore[arg-type]
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture(scope="session")
def own_parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """A PostgreSQL and a Kafka of the processes' own; a test that stops them starts them again."""
    folder = tmp_path_factory.mktemp("parts")
    migrations = folder / "migrations"
    migrations.mkdir()
    (migrations / "0001.small.sql").write_text(TABLE)
    with Postgres(folder / "postgres") as postgres, Kafka(folder / "kafka") as kafka:
        database = provision(postgres.url, "directory", "o", "s")
        asyncio.run(make_topic(kafka.bootstrap))
        environment = {
            **os.environ,
            "DIRECTORY_DATABASE_URL": database.service_url,
            "DIRECTORY_OWNER_DATABASE_URL": database.owner_url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "SMALL_MIGRATIONS": str(migrations),
        }
        made = Parts(postgres, kafka, environment)
        assert run(made, "migrate").returncode == 0
        yield made
