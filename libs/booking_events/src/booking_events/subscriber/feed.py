"""The owner's HTTP feed, for the history that Kafka no longer holds: the same events under the same positions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from booking_events.catalogue import EVENTS
from booking_events.cloudevents import Envelope, Undecodable, load

ATTEMPTS_MAX = 6
LIMIT = 500


@dataclass(frozen=True)
class Page:
    """Events in order, and the position up to which none is missing. `last`: there was nothing more to tell."""

    envelopes: list[Envelope]
    next: int
    last: bool


class Feed:
    """`GET /v1/events` of the service at `url`. `auth` brings a token: `ClientCredentials`, or your own."""

    def __init__(self, url: str, auth: httpx.Auth | None = None) -> None:
        self._url = url
        self._auth = auth

    async def pages(self, after: int) -> AsyncIterator[Page]:
        """From behind the position `after` to the end of the log as it then stands.

        Tries again while the service is away, ATTEMPTS_MAX times. Raises `httpx.HTTPError`, `Undecodable`.
        """
        async with httpx.AsyncClient(base_url=self._url, auth=self._auth, timeout=30) as client:
            while True:
                found = await self._get(client, after)
                page = Page([_envelope(item) for item in found["items"]], found["next"], len(found["items"]) < LIMIT)
                yield page
                if page.last:
                    return
                after = page.next

    async def _get(self, client: httpx.AsyncClient, after: int) -> dict[str, Any]:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                answer = await client.get("/v1/events", params={"after": after, "limit": LIMIT})
                if answer.status_code not in (429, 502, 503, 504) or attempt == ATTEMPTS_MAX:
                    answer.raise_for_status()
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx.TransportError:
                if attempt == ATTEMPTS_MAX:
                    raise
            await asyncio.sleep(0.25 * 2**attempt)
        raise AssertionError("the last attempt answers or raises")


def _envelope(item: dict[str, Any]) -> Envelope:
    model = EVENTS.get(item["type"])
    try:
        return Envelope(
            id=item["id"],
            type=item["type"],
            source=item["type"].split(".")[1],
            subject=item["subject"],
            time=datetime.fromisoformat(item["time"]),
            sequence=item["position"],
            partition_key=item["subject"],
            traceparent=None,
            data=None if model is None else load(model, json.dumps(item["data"]).encode()),
        )
    except Undecodable as error:
        raise Undecodable(f"position {item['position']} of the feed: {error}") from None


class ClientCredentials(httpx.Auth):
    """A service's token from accounts, got when first needed and again when it is refused."""

    requires_response_body = True

    def __init__(self, accounts_url: str, client_id: str, client_secret: str) -> None:
        self._url = f"{accounts_url}/v1/service-tokens"
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Raises `httpx.HTTPStatusError` when accounts refuses the client."""
        for fresh in (not self._token, True):
            if fresh:
                answer = yield httpx.Request("POST", self._url, json=self._credentials)
                answer.raise_for_status()
                self._token = answer.json()["access_token"]
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
            if response.status_code != 401 or fresh:
                return
