"""The SMS gateway: what its answers, and its silence, mean for one message."""

from __future__ import annotations

import httpx
from service_kit.sms import Sms, send_sms

from notification.application.ports import AboutToSend
from notification.domain.outcome import Failed, Outcome, Overtaken, Sent, TryLater, Unknown

VALID_MINUTES = 12 * 60
KEY_REUSED = "idempotency-key-reused"


class GatewayCarrier:
    """Delivers through `sms_url`; `sender` is the name that telephones show (3 to 11 letters or digits)."""

    def __init__(self, client: httpx.AsyncClient, sms_url: str, sender: str) -> None:
        self._client = client
        self._url = sms_url
        self._sender = sender

    async def carry(self, message_id: str, to: str, text: str, about_to_send: AboutToSend) -> Outcome:
        """Whatever may pass is tried again, silence too: the gateway knows a repeat by its key (`message_id`)."""
        if not await about_to_send():
            return Overtaken()
        sms = Sms(message_id, to, text, self._sender, tag="appointment", valid_minutes=VALID_MINUTES)
        try:
            receipt = await send_sms(self._client, self._url, sms)
        except httpx.HTTPStatusError as refusal:
            return _meaning(refusal.response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
            return TryLater("sms_away", of_all=True)
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            # No answer, or one that cannot be read: it may be on its way.
            return TryLater("sms_silence", fate_open=True)
        if receipt.status in ("failed", "rejected"):
            return Failed(f"sms_{receipt.status}")
        return Sent(f"{receipt.provider}:{receipt.provider_id}")


def _meaning(refusal: httpx.Response) -> Outcome:
    slug = f"sms_{refusal.status_code}"
    if refusal.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return TryLater(slug, of_all=True)
    if refusal.status_code >= 500 or refusal.status_code == httpx.codes.CONFLICT:
        return TryLater(slug, fate_open=True, of_all=refusal.status_code >= 500)
    if KEY_REUSED in refusal.text:
        # It has taken this message before, with the words that were right then.
        return Unknown("sms_taken_before")
    return Failed(slug)
