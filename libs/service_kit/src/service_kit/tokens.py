"""Who is calling: Ed25519 JWTs, checked by every service itself with the keys that accounts publishes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, ValidationError

from service_kit.clock import Clock
from service_kit.problems import Problem

ALGORITHM = "Ed25519"
AUDIENCE = "rendezvous"
REMEMBERED_MAX = 10_000


@dataclass(frozen=True)
class Principal:
    """A caller. `subject`: account, visitor or client id. Staff manage a practitioner or practices (place ids)."""

    subject: str
    kind: Literal["account", "visitor", "service"]
    roles: frozenset[str] = frozenset()
    practitioner_id: str | None = None
    practices: frozenset[str] = frozenset()
    session: str | None = None

    def require(self, *roles: str) -> None:
        """Raise `forbidden` unless the caller has one of `roles`."""
        if not self.roles.intersection(roles):
            raise Problem("forbidden")

    def manages(self, practitioner_id: str | None, place_id: str | None) -> bool:
        """Whether the caller is staff of that practitioner or place."""
        if "practitioner" in self.roles and practitioner_id is not None and practitioner_id == self.practitioner_id:
            return True
        return bool({"practitioner", "secretary"} & self.roles) and place_id in self.practices


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True)

    iss: str
    aud: str
    sub: str
    exp: int
    kind: Literal["account", "visitor", "service"]
    roles: list[str] = []
    practitioner_id: str | None = None
    practices: list[str] = []
    sid: str | None = None


class PublicKey(BaseModel):
    """An Ed25519 key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    alg: str
    use: Literal["sig"]


class KeySet(BaseModel):
    keys: list[PublicKey]


class KeySource:
    """The published keys of a signer, fetched when first needed and again for an unknown `kid` (at most every 5 s)."""

    def __init__(self, jwks_url: str, client: httpx.AsyncClient) -> None:
        self._url = jwks_url
        self._client = client
        self._keys: dict[str, OKPKey] = {}
        self._lock = asyncio.Lock()
        self._fetched_at = -5.0

    async def key(self, kid: str) -> OKPKey | None:
        """The key named `kid`, or None. Raises `httpx.HTTPError` while the signer is away and the key unknown."""
        found = self._keys.get(kid)
        if found is not None:
            return found
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if kid not in self._keys and now - self._fetched_at >= 5:
                answer = await self._client.get(self._url)
                answer.raise_for_status()
                # Only after an answer: a signer that was away is asked again at once.
                self._fetched_at = now
                self._keys = {
                    str(key["kid"]): OKPKey.import_key(key)
                    for key in answer.json()["keys"]
                    if key.get("kty") == "OKP" and key.get("crv") == "Ed25519"
                }
        return self._keys.get(kid)


class TokenVerifier:
    """Checks a bearer token: pinned algorithm, type and key; issuer, audience and expiry by this service's clock."""

    def __init__(self, keys: KeySource, issuer: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._remembered: dict[str, tuple[int, Principal]] = {}

    async def verify(self, token: str) -> Principal:
        """The caller behind `token`. Raises `unauthenticated`, or `unavailable` while the keys cannot be had."""
        now = self._clock.now().timestamp()
        known = self._remembered.get(token)
        if known is not None:
            if known[0] <= now:
                del self._remembered[token]
                raise _refused()
            return known[1]
        claims = await self._claims(token)
        if claims.iss != self._issuer or claims.aud != AUDIENCE or claims.exp <= now:
            raise _refused()
        principal = Principal(
            subject=claims.sub,
            kind=claims.kind,
            roles=frozenset(claims.roles),
            practitioner_id=claims.practitioner_id,
            practices=frozenset(claims.practices),
            session=claims.sid,
        )
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[token] = (claims.exp, principal)
        return principal

    async def _claims(self, token: str) -> _Claims:
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("alg") != ALGORITHM or header.get("typ") != "at+jwt" or set(header) != {"alg", "typ", "kid"}:
                raise _refused()
            key = await self._keys.key(str(header["kid"]))
            if key is None:
                raise _refused()
            return _Claims.model_validate_json(jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload)
        except (JoseError, ValidationError, ValueError, UnicodeError):
            raise _refused() from None
        except httpx.HTTPError:
            raise Problem("unavailable", headers={"Retry-After": "1"}) from None


def sign_token(claims: Mapping[str, Any], key: OKPKey) -> str:
    """A compact JWT of `claims`, as `TokenVerifier` accepts it. `key` is private and carries its `kid`."""
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(dict(claims)).encode(), key, algorithms=[ALGORITHM])


def _refused() -> Problem:
    return Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
