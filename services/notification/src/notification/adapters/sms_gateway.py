"""The SMS gateway: what its answers, and its silence, mean for one message."""

from __future__ import annotations

import httpx
from service_kit.sms import Sms, send_sms

from notification.application.ports import AboutToSend
from notification.domain.outcome import Failed, Outcome, Overtaken, Sent, TryLater, Unknown

VALID_MINUTES = 12 * 60


class GatewayCarrier:
    """Delivers through `sms_url`; `sender` is the name that telephones show (3 to 11 letters or digits)."""

    def __init__(self, client: httpx.AsyncClient, sms_url: str, sender: str) -> None:
        self._client = client
        self._url = sms_url
        self._sender = sender

    async def carry(self, message_id: str, to: str, text: str, about_to_send: AboutToSend) -> Outcome:
        """Too many requests and a server's own trouble are tried again with the same key; silence is not."""
        if not await about_to_send():
            return Overtaken()
        sms = Sms(message_id, to, text, self._sender, tag="appointment", valid_minutes=VALID_MINUTES)
        try:
            receipt = await send_sms(self._client, self._url, sms)
        except httpx.HTTPStatusError as refusal:
            status = refusal.response.status_code
            passing = status == httpx.codes.TOO_MANY_REQUESTS or status >= 500
            return TryLater(f"sms_{status}") if passing else Failed(f"sms_{status}")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
            return TryLater("sms_away")
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            # No answer, or one that cannot be read: it may be on its way.
            return Unknown("sms_silence")
        if receipt.status in ("failed", "rejected"):
            return Failed(f"sms_{receipt.status}")
        return Sent(f"{receipt.provider}:{receipt.provider_id}")
