"""What surrounds every page: no change on behalf of another site, and the headers that a browser enforces for us."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.application.origin import comes_from_us

log = logging.getLogger("guard")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `no-referrer` would make browsers send `Origin: null`, on which the check of older ones rests.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=63072000; includeSubDomains"


class Guard:
    """Pure ASGI. `https`: the site is reached over TLS, so browsers shall never try otherwise."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self._headers = {**HEADERS, **({"Strict-Transport-Security": _HSTS} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        ours = comes_from_us(
            scope["method"], headers.get("host", ""), headers.get("sec-fetch-site"), headers.get("origin")
        )
        if not ours:
            log.warning("a request from another site was refused", extra={"method": scope["method"]})
            refusal = PlainTextResponse("403: this form was not sent from our site.\n", 403)
            await refusal(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)
