"""One SMS through the gateway, in the shape that French providers share."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from opentelemetry.trace import SpanKind

from service_kit.telemetry import spanned


@dataclass(frozen=True)
class Sms:
    """`to` in E.164; `text` within GSM-7 and one part; the key makes a repeat recognisable to the provider."""

    idempotency_key: str
    to: str
    text: str
    sender: str
    tag: str
    valid_minutes: int = 60


@dataclass(frozen=True)
class SmsReceipt:
    """The provider's answer: `status` is queued, sent, delivered, failed or rejected."""

    provider: str
    provider_id: str
    segments: int
    status: str


async def send_sms(client: httpx.AsyncClient, sms_url: str, sms: Sms) -> SmsReceipt:
    """Hand `sms` over. Raises `httpx.ConnectError` when nothing was sent; after any other error its fate is unknown."""
    about = {"http.request.method": "POST", "server.address": httpx.URL(sms_url).host}
    with spanned("POST", None, SpanKind.CLIENT, about):
        answer = await client.post(sms_url, json=sms.__dict__)
        answer.raise_for_status()
    found = answer.json()
    return SmsReceipt(found["provider"], str(found["provider_id"]), int(found["segments"]), found["status"])
