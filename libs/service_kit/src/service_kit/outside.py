"""Calls to other services: a token of one's own, time-outs, the trace handed on."""

from __future__ import annotations

import asyncio

import httpx

from service_kit.clock import Clock
from service_kit.settings import ClientSettings
from service_kit.telemetry import traceparent

TIMEOUT = httpx.Timeout(5.0, connect=2.0)


class ServiceTokens:
    """This service's access token from accounts, renewed a minute before it ends."""

    def __init__(self, client: httpx.AsyncClient, accounts_url: str, settings: ClientSettings, clock: Clock) -> None:
        self._client = client
        self._url = f"{accounts_url}/v1/service-tokens"
        self._settings = settings
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = 0.0

    async def token(self) -> str:
        """Raises `httpx.HTTPError` while accounts is away or refuses the client."""
        async with self._lock:
            now = self._clock.now().timestamp()
            if now >= self._until - 60:
                secret = self._settings.client_secret.get_secret_value()
                body = {"client_id": self._settings.client_id, "client_secret": secret}
                answer = await self._client.post(self._url, json=body)
                answer.raise_for_status()
                found = answer.json()
                self._token = found["access_token"]
                self._until = now + found["expires_in"]
            return self._token


class ServiceClient:
    """HTTP to one other service."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, tokens: ServiceTokens | None = None) -> None:
        self._client = client
        self._base_url = base_url
        self._tokens = tokens

    async def get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        """The answer, whatever its status. Raises `httpx.HTTPError` when there is none."""
        headers = {}
        if self._tokens is not None:
            headers["Authorization"] = f"Bearer {await self._tokens.token()}"
        if parent := traceparent():
            headers["traceparent"] = parent
        return await self._client.get(self._base_url + path, params=params, headers=headers)
