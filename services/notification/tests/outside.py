"""The world around notification on real sockets: an e-mail server, an SMS gateway, accounts and availability.

Each can be told what to answer, and where to stop dead, so that a process can be killed at that very moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI, Header, Response
from fastapi.responses import JSONResponse
from joserfc.jwk import OKPKey
from service_kit.clock import Clock
from service_kit.tokens import sign_token

CONTACT = {
    "person_id": "person-1",
    "account_id": "account-1",
    "relation": "self",
    "first_name": "Paul",
    "last_name": "Essai",
    "email": "paul@patients.example",
    "phone": "+33639980001",
    "locale": "fr",
}
MOTIVE = {
    "id": "motive-1",
    "name": "Contrôle de grain de beauté",
    "price": {"amount": "30.00", "currency": "EUR"},
    "instructions_before": "Venir à jeun.",
    "cancel_until_minutes": 1440,
}


@dataclass
class Outside:
    """What went out, and how the outside behaves.

    `answers`: for `rcpt` and `data` an SMTP reply (or `hang up`), for the other places an HTTP status.
    `stops`: places where whoever comes is kept waiting until `released`; `reached` is set once somebody does.
    """

    client_secret: str = "an-invented-secret-of-the-tests"
    contacts: dict[str, dict[str, Any]] = field(default_factory=lambda: {"person-1": dict(CONTACT)})
    motives: list[dict[str, Any]] = field(default_factory=lambda: [dict(MOTIVE)])
    answers: dict[str, Any] = field(default_factory=dict)
    stops: set[str] = field(default_factory=set)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    mails: list[EmailMessage] = field(default_factory=list)
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    smtp_url: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        self.key = OKPKey.generate_key("Ed25519", {"kid": "k1"}, auto_kid=False)

    def token(self, *roles: str, kind: str = "account", **claims: Any) -> str:
        """An access token as accounts signs it."""
        now = Clock().now()
        until = now + timedelta(days=400)  # the tests move the clock far ahead
        standard = {"iss": "https://rendezvous.example", "aud": "rendezvous", "sub": "somebody", "kind": kind}
        times = {"iat": int(now.timestamp()), "exp": int(until.timestamp())}
        return sign_token(standard | times | {"roles": list(roles)} | claims, self.key)

    async def passing(self, place: str) -> Any:
        """The answer that this place is to give; None: its usual one."""
        self.asked.append(place)
        if place in self.stops:
            self.reached.set()
            await self.released.wait()
        return self.answers.get(place)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = await self.passing("rcpt") or "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return str(answer)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.get("data", "250 OK")
        if answer.startswith("250") or answer == "hang up":
            self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        await self.passing("data")  # the message is kept: only the acknowledgement is missing
        if answer == "hang up":
            server.transport.abort()
        return str(answer)

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def texts_to(self, phone: str) -> list[str]:
        return [sms["text"] for sms in self.texts.values() if sms["to"] == phone]

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        smtp = await loop.create_server(lambda: _Smtp(self, loop=loop, enable_SMTPUTF8=False), "127.0.0.1", 0)
        listening = socket.create_server(("127.0.0.1", 0))  # it queues what comes before the server is up
        web = _Server(uvicorn.Config(_web(self), log_config=None, lifespan="off", timeout_graceful_shutdown=1))
        running = asyncio.create_task(web.serve([listening]))
        self.smtp_url = f"smtp://127.0.0.1:{smtp.sockets[0].getsockname()[1]}"
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield
        finally:
            self.released.set()
            web.should_exit = True
            await running
            smtp.close()


class _Smtp(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        """The command, before the message itself."""
        await self.event_handler.passing("data command")
        await super().smtp_DATA(arg)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def,override]
        yield


def _web(outside: Outside) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/jwks.json")
    async def keys() -> Any:
        return {"keys": [outside.key.as_dict(private=False)]}

    @app.post("/v1/service-tokens")
    async def service_token(body: dict[str, str]) -> Any:
        if body["client_secret"] != outside.client_secret:
            return Response(status_code=401)
        return {"access_token": outside.token("service", kind="service"), "expires_in": 300}

    @app.get("/v1/people/{person_id}/contact")
    async def contact(person_id: str, purpose: str, authorization: str = Header()) -> Any:
        assert purpose == "appointment-message"
        assert authorization.startswith("Bearer ")
        if status := await outside.passing("contact"):
            return Response(status_code=status)
        found = outside.contacts.get(person_id)
        return JSONResponse(found) if found else JSONResponse({}, 404, media_type="application/problem+json")

    @app.get("/v1/agendas/{agenda_id}/motives")
    async def motives(agenda_id: str) -> Any:
        if status := await outside.passing("motives"):
            return Response(status_code=status)
        return {"items": outside.motives}

    @app.post("/sms")
    async def take(sms: dict[str, Any]) -> Any:
        """Like the providers: one key, one SMS; the same key with another text is refused."""
        status = outside.answers.get("sms")
        if status:
            await outside.passing("sms")
            return Response(status_code=status)
        known = outside.texts.setdefault(sms["idempotency_key"], sms)
        if json.dumps(known, sort_keys=True) != json.dumps(sms, sort_keys=True):
            kind = "https://rendezvous.example/problems/idempotency-key-reused"
            return JSONResponse({"type": kind}, 422, media_type="application/problem+json")
        await outside.passing("sms")
        return {"provider": "test", "provider_id": "7", "segments": 1, "encoding": "GSM-7", "status": "delivered"}

    return app
