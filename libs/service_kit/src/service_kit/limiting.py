"""How often a caller may ask: the fields that tell it, and a limit on what one caller changes in a minute."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from starlette.types import Scope

from service_kit.problems import too_many_requests

FIELDS = {
    "RateLimit-Policy": 'how often it may be asked: `"name";q=QUOTA;w=SECONDS`',
    "RateLimit": 'what is left: `"name";r=REMAINING;t=SECONDS` until the quota is whole again',
}
_TOLD = "service_kit.limits"
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands with a limit: of `quota` in `window_seconds`, `remaining` for the next `reset_seconds`."""

    name: str
    quota: int
    window_seconds: int
    remaining: int
    reset_seconds: int


def network_of(request: Request) -> str:
    """The network address that limits count by: an IPv4 address, or the /64 of an IPv6 one (a household's).

    Behind proxies it is the one that `X-Forwarded-For` tells, where uvicorn's `FORWARDED_ALLOW_IPS` believes them.
    """
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def tell(request: Request, standings: Sequence[Standing]) -> None:
    """The answer to `request`, whatever it is, says so. Only what the caller's own doing counts may be told."""
    request.scope.setdefault(_TOLD, []).extend(standings)


def told(scope: Scope) -> Sequence[tuple[str, str]]:
    """The fields of the answer to a request, as in draft-ietf-httpapi-ratelimit-headers-11.

    `RateLimit-Policy: "name";q=100;w=600` is the quota of a window in seconds, `RateLimit: "name";r=99;t=540` what is
    left of it and the seconds until it is whole again.
    """
    standings: Sequence[Standing] = scope.get(_TOLD, ())
    if not standings:
        return ()
    policies = [f'"{one.name}";q={one.quota};w={one.window_seconds}' for one in standings]
    left = [f'"{one.name}";r={one.remaining};t={one.reset_seconds}' for one in standings]
    return (("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(left)))


class WriteLimit:
    """At most `count_max` changes by one caller in a minute of this process; all minutes begin at once.

    Nothing is shared and nothing is kept: with several processes a caller gets as many times more.
    """

    def __init__(self, count_max: int) -> None:
        self._count_max = count_max
        self._window = 0.0
        self._counts: dict[str, int] = {}

    def take(self, request: Request, caller: str, now: datetime) -> None:
        """Count one change by `caller`. Raises `too-many-requests` beyond the limit."""
        window, passed = divmod(now.timestamp(), _WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}
        count = self._counts[caller] = self._counts.get(caller, 0) + 1
        left, seconds = self._count_max - count, _WINDOW_SECONDS - int(passed)
        tell(request, [Standing("writes", self._count_max, _WINDOW_SECONDS, max(left, 0), seconds)])
        if left < 0:
            raise too_many_requests(now + timedelta(seconds=seconds), now)


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the fields on every answer of the operations that are limited.

    Those are the ones that know 429 themselves, and every change that takes a token.
    """
    fields = {name: {"$ref": f"#/components/headers/{name}"} for name in FIELDS}
    for path in document["paths"].values():
        for method, operation in path.items():
            responses = operation["responses"]
            if method != "get" and "security" in operation:
                responses.setdefault("429", responses["403"])
            if "429" in responses:
                responses |= {status: one | {"headers": fields} for status, one in responses.items()}
    headers = {name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in FIELDS.items()}
    document.setdefault("components", {}).setdefault("headers", {}).update(headers)
    return document
