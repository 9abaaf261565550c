"""What surrounds every request, as pure ASGI: limits of size and time, security headers, span, duration, log line."""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import quote

from opentelemetry.metrics import get_meter
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.limiting import told
from service_kit.problems import Problem, language_of
from service_kit.telemetry import context_from, spanned

log = logging.getLogger("http")
durations = get_meter("service_kit").create_histogram(
    "http.server.request.duration",
    unit="s",
    description="Duration of HTTP server requests.",
    explicit_bucket_boundaries_advisory=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)

BODY_BYTES_MAX = 64 * 1024
ANSWER_SECONDS_MAX = 30
_COME_AGAIN = {"Retry-After": "1", "Connection": "close"}
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


class TimeLimit:
    """Ends a request that has no answer after `seconds`: with 408 while its body is still to come, else with 503.

    With 503 also one whose process ends before it has its answer. An answer that has begun may last: a stream, say.
    """

    def __init__(self, app: ASGIApp, seconds: float = ANSWER_SECONDS_MAX) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = coming = False
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a request is always handled in one)
        limit = asyncio.get_running_loop().call_later(self.seconds, task.cancel)

        async def heard() -> Message:
            nonlocal coming
            coming = True
            message = await receive()
            coming = message.get("more_body", False)
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                limit.cancel()
            await send(message)

        try:
            await self.app(scope, heard, noted)
        except asyncio.CancelledError:  # by the limit, or by uvicorn when its patience is at its end
            if begun:
                raise
            log.warning("no answer in time")
            late = Problem("request-timeout" if coming else "unavailable", headers=_COME_AGAIN)
            await late.response(language_of(Headers(scope=scope).get("accept-language")))(scope, receive, send)
        finally:
            limit.cancel()


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
    """One span, duration and log line for each request, by route template: no path, query or body. Headers of all."""

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
        # HEAD is GET without the body, which the server leaves out.
        asked = scope if method != "HEAD" else {**scope, "method": "GET"}
        with spanned(method, parent, SpanKind.SERVER) as span:

            async def decorated(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    headers = MutableHeaders(scope=message)
                    for name, value in SECURITY_HEADERS.items():
                        headers.setdefault(name, value)
                    for name, value in told(asked):
                        headers[name] = value
                await send(message)

            try:
                await self.app(asked, receive, decorated)
            finally:
                seconds = time.perf_counter() - started
                route = getattr(asked.get("route"), "path", "unmatched")
                about = {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": status,
                    "url.scheme": scope["scheme"],
                }
                durations.record(seconds, about)
                span.update_name(f"{method} {quote(route, safe='/{}:')}")
                span.set_attributes(about)
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                facts = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)}
                log.info("request", extra=facts)
