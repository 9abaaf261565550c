"""What surrounds every request, as pure ASGI: size limit, security headers, trace span, one log line."""

from __future__ import annotations

import logging
import time
from urllib.parse import quote

from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.problems import Problem, language_of
from service_kit.telemetry import context_from, tracer

log = logging.getLogger("http")

BODY_BYTES_MAX = 64 * 1024
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class BodyTooLarge(Exception):
    """Raised inside `receive` when a body without a length grows past the limit."""


class BodyLimit:
    """Refuses a body of more than `limit` bytes with 413, announced or not."""

    def __init__(self, app: ASGIApp, limit: int = BODY_BYTES_MAX) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language = language_of(headers.get("accept-language"))
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.limit:
            slug = "payload-too-large" if length.isdigit() else "malformed"
            await Problem(slug).response(language)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise BodyTooLarge
            return message

        try:
            await self.app(scope, counted, send)
        except BodyTooLarge:
            await Problem("payload-too-large").response(language)(scope, receive, send)


class Observed:
    """One span and one log line for each request, by route template: no path, query or body; and security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        parent = context_from(Headers(scope=scope).get("traceparent"))
        with tracer.start_as_current_span(scope["method"], context=parent, kind=SpanKind.SERVER) as span:

            async def decorated(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    headers = MutableHeaders(scope=message)
                    for name, value in SECURITY_HEADERS.items():
                        headers.setdefault(name, value)
                await send(message)

            try:
                await self.app(scope, receive, decorated)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                span.update_name(f"{scope['method']} {quote(route, safe='/{}:')}")
                span.set_attributes(
                    {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
                )
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                facts = {"method": scope["method"], "route": route, "status": status, "milliseconds": milliseconds}
                log.info("request", extra=facts)
