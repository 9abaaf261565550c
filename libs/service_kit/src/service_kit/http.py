"""The HTTP face of a service: an application with problem+json, callers, and positions."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any

from event_store import StoreUnavailable, TooBusy
from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service_kit.context import Context
from service_kit.database import TRANSIENT
from service_kit.limiting import describe
from service_kit.middleware import SECURITY_HEADERS, BodyLimit, JsonOnly, Observed, TimeLimit
from service_kit.problems import Problem, Text, language_of
from service_kit.tokens import Principal

log = logging.getLogger("http")
WAIT_SECONDS_MAX = 2.0


class Body(BaseModel):
    """A request's JSON body: closed, so that a misspelt field is named instead of ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemBody(BaseModel):
    """RFC 9457 problem details; further members as the slug promises."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of refusals with these statuses."""
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {
        status: {
            "model": ProblemBody,
            "description": "Refused (RFC 9457)",
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


def create_app(context: Context, *, title: str, description: str = "", version: str = "1") -> FastAPI:
    """A FastAPI application with everything of the chassis; routers are added by the service."""
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
        redoc_url=None,
        strict_content_type=False,
        # FastAPI's own telemetry writes whole paths and queries; Observed writes the route only.
        telemetry=TelemetryConfig(tracing=False, metrics=False, logs=False),
    )
    app.state.context, app.state.writes = context, None  # the lifecycle limits writes, by its settings
    documented = app.openapi
    app.openapi = lambda: describe(documented())  # type: ignore[method-assign]
    app.add_middleware(JsonOnly)
    app.add_middleware(BodyLimit)
    app.add_middleware(TimeLimit)
    app.add_middleware(Observed)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    for transient in (*TRANSIENT, StoreUnavailable, TooBusy):
        app.add_exception_handler(transient, _on_transient)
    app.add_exception_handler(Exception, _on_error)
    return app


def context_of(request: Request) -> Context:
    """The service's `Context` of a request."""
    context: Context = request.app.state.context
    return context


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language"))


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 (registered for Problem only)
    log.info("refused", extra={"problem": error.kind.slug})
    return error.response(_language(request))


_BY_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "payload-too-large",
    415: "unsupported-media-type",
}


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for HTTPException only)
    slug = _BY_STATUS.get(error.status_code, "malformed")
    return Problem(slug, headers=error.headers).response(_language(request))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it only)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return Problem("malformed").response(_language(request))
    errors = [{"pointer": pointer(item["loc"]), "detail": item["msg"]} for item in found]
    return Problem("invalid-field", errors=errors).response(_language(request))


def pointer(loc: tuple[Any, ...]) -> str:
    """The place of an error: a JSON pointer into the body, or `header/name`, `query/name`, `path/name`."""
    where, *rest = loc
    steps = "/".join(str(step) for step in rest)
    return f"/{steps}" if where == "body" else f"{where}/{steps}"


async def _on_transient(request: Request, error: Exception) -> Response:
    log.warning("a dependency is away", extra={"error": type(error).__name__})
    return Problem("unavailable", headers={"Retry-After": "1"}).response(_language(request))


async def _on_error(request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    # Written outside of every middleware, so it brings its own headers.
    return Problem("internal", headers=SECURITY_HEADERS).response(_language(request))


def invalid(place: str, en: str, fr: str) -> Problem:
    """422 for one field; `place` is a JSON pointer or `query/name`."""
    return Problem("invalid-field", Text(en, fr), errors=[{"pointer": place, "detail": en}])


_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="Ed25519 JWT from the accounts service")


async def _optional_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal | None:
    if credentials is None:
        if "authorization" in request.headers:
            raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
        return None
    context = context_of(request)
    caller = await context.verifier.verify(credentials.credentials)
    if request.app.state.writes is not None and request.method != "GET":
        request.app.state.writes.take(request, f"{caller.kind}:{caller.subject}", context.clock.now())
    return caller


OptionalCaller = Annotated[Principal | None, Depends(_optional_caller)]


async def _caller(principal: OptionalCaller) -> Principal:
    if principal is None:
        raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    return principal


Caller = Annotated[Principal, Depends(_caller)]


async def _at_least(
    request: Request,
    position_at_least: Annotated[
        str | None, Header(description="e.g. `booking=1234`: answer only from that position on", max_length=500)
    ] = None,
) -> None:
    """Wait until every follower named has come far enough: 2 s at most, then 503 `not-yet`."""
    if not position_at_least:
        return
    followers = context_of(request).followers
    wanted = _parse_positions(position_at_least)
    if unknown := wanted.keys() - {follower.log for follower in followers}:
        names = ", ".join(sorted(unknown))
        raise Problem(
            "malformed",
            Text(
                f"This service does not follow the log of: {names}.", f"Ce service ne suit pas le journal de : {names}."
            ),
        )
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS_MAX
    for follower in followers:
        position = wanted.get(follower.log, 0)
        while position and await follower.position() < position:
            if asyncio.get_running_loop().time() > deadline:
                raise Problem("not-yet", headers={"Retry-After": "1"})
            await asyncio.sleep(0.025)


AtLeast = Annotated[None, Depends(_at_least)]


def _parse_positions(value: str) -> dict[str, int]:
    wanted = {}
    for part in value.split(","):
        name, _, number = part.strip().partition("=")
        if not name.isascii() or not number.isascii() or not number.isdigit() or len(number) > 18:
            raise Problem(
                "malformed", Text("Position-At-Least is like booking=1234.", "Position-At-Least s'écrit booking=1234.")
            )
        wanted[name] = int(number)
    return wanted


async def positions(request: Request) -> dict[str, str]:
    """The `Position` header of a read: how far each followed log is reflected. Take it before reading."""
    reached: dict[str, int] = {}
    for follower in context_of(request).followers:
        position = await follower.position()
        reached[follower.log] = min(position, reached.get(follower.log, position))
    return {"Position": ", ".join(f"{log}={position}" for log, position in reached.items())} if reached else {}
