"""What surrounds every request, as pure ASGI: size limit, security headers, trace span, one log line."""

from __future__ import annotations

import logging
import time
from urllib.parse import quote

from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.problems import Problem, language_of
from service_kit.telemetry import context_from, spanned

log = logging.getLogger("http")

BODY_BYTES_MAX = 64 * 1024
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


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
                # Of Starlette's own kind: FastAPI takes any other error in a body for a body that cannot be read.
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


class JsonOnly:
    """Refuses with 415 a body that says it is something else than JSON. Silence is taken for JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
            empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
            if not empty and kind != "application/json" and not kind.endswith("+json"):
                language = language_of(headers.get("accept-language"))
                await Problem("unsupported-media-type").response(language)(scope, receive, send)
                return
        await self.app(scope, receive, send)


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
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"  # whatever a stranger sends is not logged
        with spanned(method, parent, SpanKind.SERVER) as span:

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
                span.update_name(f"{method} {quote(route, safe='/{}:')}")
                span.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                facts = {"method": method, "route": route, "status": status, "milliseconds": milliseconds}
                log.info("request", extra=facts)
