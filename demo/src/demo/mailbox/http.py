"""The mailbox over HTTP: the SMS gateway, the messages as JSON, and a page to read them."""

import base64
import json
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict, Field

from demo.clock import DemoClock
from demo.mailbox.store import Attachment, Channel, KeyReused, MailboxStore, Message
from demo.mailbox.words import WORDS
from demo.sms import measure
from demo.web import Pages, language_of, make_app, problem

_PROVIDER = "demo"
# The mail's own HTML: no script, nothing from elsewhere; a link opens a page of its own.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
# A message number is SQLite's own: beyond this there is none.
_Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class SmsRequest(BaseModel):
    """An SMS to send, as a gateway of a real provider would take it."""

    model_config = ConfigDict(extra="forbid")

    idempotency_key: Annotated[str, Field(min_length=1, max_length=200)]
    to: Annotated[str, Field(pattern=r"^\+[1-9]\d{5,14}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    sender: Annotated[str, Field(min_length=1, max_length=15)]
    tag: Annotated[str, Field(max_length=200)] = ""
    valid_minutes: Annotated[int, Field(ge=1, le=10_080)] = 1440


class SmsAnswer(BaseModel):
    """What became of it; the same key gets the same answer."""

    provider: str
    provider_id: str
    segments: int
    encoding: Literal["GSM-7", "UCS-2"]
    status: Literal["delivered"]


def mailbox_app(store: MailboxStore, clock: DemoClock) -> FastAPI:
    """The application; every handler runs on the one thread that the store belongs to."""
    app, pages = make_app("Rendezvous demo mailbox"), Pages()

    @app.post("/sms", response_model=SmsAnswer)
    async def take_sms(sms: SmsRequest) -> Any:
        message = Message(
            channel="sms",
            to=sms.to,
            sender=sms.sender,
            subject="",
            text=sms.text,
            html=None,
            attachments=(),
            received_at=clock.now().isoformat(timespec="milliseconds"),
        )
        try:
            number = store.add_sms(sms.idempotency_key, json.dumps(sms.model_dump(), sort_keys=True), message)
        except KeyReused:
            return problem(422, "idempotency-key-reused", "This key came before with another request.")
        size = measure(sms.text)
        return SmsAnswer(
            provider=_PROVIDER,
            provider_id=f"{_PROVIDER}-{number}",
            segments=size.segments,
            encoding=size.encoding,
            status="delivered",
        )

    @app.get("/messages")
    async def list_messages(
        to: Annotated[str | None, Query(max_length=320)] = None,
        channel: Channel | None = None,
        limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    ) -> list[dict[str, Any]]:
        return [_as_json(message) for message in store.find(to, channel, limit)]

    @app.get("/ready", include_in_schema=False)
    async def ready() -> dict[str, str]:
        store.find(limit=1)
        return {"status": "ready"}

    @app.get("/", include_in_schema=False)
    async def show_list(request: Request, to: str = "", channel: str = "") -> HTMLResponse:
        chosen: Channel | None = "email" if channel == "email" else "sms" if channel == "sms" else None
        words = WORDS[language_of(request)]
        found = store.find(to.strip() or None, chosen, limit=200)
        return pages.render("mailbox.html", words, messages=found, to=to, channel=chosen or "")

    @app.get("/message/{number}", include_in_schema=False)
    async def show_message(request: Request, number: _Number) -> Response:
        message = store.get(number)
        if message is None:
            return problem(404, "not-found", "There is no such message.")
        return pages.render(
            "message.html", WORDS[language_of(request)], message=message, text=_with_links(message.text)
        )

    @app.get("/message/{number}/html", include_in_schema=False)
    async def show_html(number: _Number) -> Response:
        message = store.get(number)
        if message is None or message.html is None:
            return problem(404, "not-found", "There is no such message.")
        page = f'<!doctype html><base target="_blank">{message.html}'
        return HTMLResponse(page, headers={"Content-Security-Policy": _MAIL_POLICY})

    @app.get("/message/{number}/attachments/{place}", include_in_schema=False)
    async def download(number: _Number, place: int) -> Response:
        message = store.get(number)
        if message is None or not 0 <= place < len(message.attachments):
            return problem(404, "not-found", "There is no such attachment.")
        return _as_download(message.attachments[place])

    return app


def _as_json(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "channel": message.channel,
        "to": message.to,
        "sender": message.sender,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "attachments": [{"name": part.name, "type": part.type, "text": part.text} for part in message.attachments],
        "received_at": message.received_at,
    }


def _as_download(attachment: Attachment) -> Response:
    text = attachment.text
    content = text.encode() if text is not None else base64.b64decode(attachment.data or "")
    # Never as what it says it is: the mailbox serves strangers' files from its own origin.
    disposition = f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}"
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})


def _with_links(text: str) -> Markup:
    """The text escaped, with its web addresses made clickable."""
    lines = []
    for line in text.split("\n"):
        words = [_link(word) if word.startswith(("http://", "https://")) else escape(word) for word in line.split(" ")]
        lines.append(Markup(" ").join(words))
    return Markup("\n").join(lines)


def _link(word: str) -> Markup:
    address = word.rstrip(".,;:!?)>")
    rest = word[len(address) :]
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>{}').format(address, address, rest)
