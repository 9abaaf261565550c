"""What both small web faces of the demo share: problem answers, strict headers, who may call, and the language."""

from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

Language = Literal["fr", "en"]

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_PROBLEMS = "https://rendezvous.example/problems/"
_TITLES = {400: "Malformed", 403: "Forbidden", 404: "Not found", 405: "Method not allowed", 422: "Unprocessable"}
_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = (_TEMPLATES / "style.css").read_text()


def make_app(title: str) -> FastAPI:
    """An application with /style.css, problem+json for every refusal, and strict headers on every answer."""
    app = FastAPI(title=title, version="1", redoc_url=None)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.middleware("http")(_guard)
    app.add_api_route("/style.css", _style, include_in_schema=False)
    return app


def problem(status: int, slug: str, detail: str, **more: object) -> JSONResponse:
    """An answer as RFC 9457 wants it."""
    body = {"type": _PROBLEMS + slug, "title": _TITLES.get(status, "Refused"), "status": status, "detail": detail}
    return JSONResponse({**body, **more}, status_code=status, media_type="application/problem+json")


def language_of(request: Request) -> Language:
    """?lang= if given, else the first of French and English that the browser names, else French."""
    asked = request.query_params.get("lang")
    if asked in ("fr", "en"):
        return "fr" if asked == "fr" else "en"
    for word in request.headers.get("accept-language", "").lower().split(","):
        if word.strip().startswith(("fr", "en")):
            return "fr" if word.strip().startswith("fr") else "en"
    return "fr"


class Pages:
    """Renders the templates of this package; everything that comes from outside is escaped."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def render(self, template: str, words: Mapping[str, str], **values: object) -> HTMLResponse:
        page = self._environment.get_template(template).render(t=words, **values)
        return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


async def _guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Only our own pages and programs: no foreign name for our address, no form of a foreign site."""
    if not _ours(request.url.hostname or ""):
        return problem(400, "unknown-host", "The demo answers to an address or to a name of one word only.")
    if request.method not in ("GET", "HEAD") and request.headers.get("sec-fetch-site", "none") not in (
        "none",
        "same-origin",
    ):
        return problem(403, "foreign-site", "Another site may not change anything here.")
    answer = await call(request)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _ours(host: str) -> bool:
    """An address, or a name of one word as in a cluster: no site elsewhere has such a name to lead to us."""
    try:
        ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return True


async def _on_http_exception(_: Request, refusal: Exception) -> Response:
    status = refusal.status_code if isinstance(refusal, HTTPException) else 400
    detail = str(refusal.detail) if isinstance(refusal, HTTPException) else "The request was refused."
    return problem(status, "not-found" if status == 404 else "refused", detail)


async def _on_invalid_request(_: Request, refusal: Exception) -> Response:
    found = refusal.errors() if isinstance(refusal, RequestValidationError) else []
    if any(error["type"] == "json_invalid" for error in found):
        return problem(400, "malformed", "The body is not valid JSON.")
    errors = [
        {"pointer": "/" + "/".join(str(word) for word in error["loc"][1:]), "detail": str(error["msg"])}
        for error in found
    ]
    return problem(422, "invalid-field", "A field is missing or not as it should be.", errors=errors)


async def _style() -> Response:
    return Response(_STYLE, media_type="text/css")
