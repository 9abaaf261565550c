"""The site as an application: its pages, what guards them, and a kind page for whatever goes wrong."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from service_kit.middleware import BodyLimit, Observed
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portal.application.refusals import Away, Refused
from portal.entrypoints import (
    appointments,
    asking,
    assets,
    confirming,
    holding,
    log_in,
    moving,
    people,
    requests,
    search,
    second,
    sign_up,
    steps,
    timetable,
)
from portal.entrypoints.guard import Guard
from portal.entrypoints.held import Done, Lost
from portal.entrypoints.holding import lost
from portal.entrypoints.visits import House, LogInFirst, quoted, visit_of
from portal.views.refusals import sentence

log = logging.getLogger("http")

_ROUTERS = (
    assets.router,
    search.router,
    timetable.router,
    holding.router,
    second.router,
    asking.router,
    steps.router,
    confirming.router,
    log_in.router,
    sign_up.router,
    people.router,
    appointments.router,
    moving.router,
    requests.router,
)


def create_site(house: House, *, https: bool) -> FastAPI:
    """The application. The outermost ring is the guard, so that every answer carries its headers."""
    # FastAPI's own telemetry writes whole addresses, and the link that ends a sign-up carries a secret.
    quiet: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    site = FastAPI(title="Portal", openapi_url=None, redirect_slashes=False, telemetry=quiet)
    site.state.house = house
    for router in _ROUTERS:
        site.include_router(router)
    site.add_middleware(BodyLimit)
    site.add_middleware(Guard, https=https)
    site.add_middleware(Observed)
    site.add_exception_handler(LogInFirst, _on_log_in_first)
    site.add_exception_handler(Lost, _on_lost)
    site.add_exception_handler(Done, _on_done)
    site.add_exception_handler(Refused, _on_refused)
    site.add_exception_handler(Away, _on_away)
    site.add_exception_handler(HTTPException, _on_http_exception)
    site.add_exception_handler(RequestValidationError, _on_invalid)
    site.add_exception_handler(Exception, _on_error)
    return site


async def _on_log_in_first(request: Request, error: Exception) -> Response:
    assert isinstance(error, LogInFirst)  # noqa: S101 (registered for it only)
    visit = visit_of(request)
    visit.flash("log-in.first", "bad")
    return visit.go(f"/log-in?next={quoted(error.path)}")


async def _on_lost(request: Request, error: Exception) -> Response:
    assert isinstance(error, Lost)  # noqa: S101 (registered for it only)
    return await lost(visit_of(request), error.wish, error.booking.start, error.refusal)


async def _on_done(request: Request, error: Exception) -> Response:
    """A step opened again after the end: what came of it."""
    assert isinstance(error, Done)  # noqa: S101 (registered for it only)
    visit = visit_of(request)
    visit.session.booking = None
    return visit.go(f"/appointments/{quoted(error.appointment_id)}" if error.appointment_id else "/appointments")


async def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (registered for it only)
    visit = visit_of(request)
    if error.status == 401:
        visit.session.login = None
        return await _on_log_in_first(request, LogInFirst(request.url.path if request.method == "GET" else "/"))
    status = error.status if error.status in (403, 404, 409, 410, 422, 429, 503) else 400
    words = visit.house.pages.words[visit.language]
    if status == 404:
        return visit.page("not_found.html", 404)
    return visit.page("problem.html", status, text=sentence(words, error))


async def _on_away(request: Request, error: Exception) -> Response:
    assert isinstance(error, Away)  # noqa: S101 (registered for it only)
    log.warning("a service is away", extra={"task": error.service})
    answer = visit_of(request).page("away.html", 503, again=_again(request))
    answer.headers["Retry-After"] = "5"
    return answer


async def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    visit = visit_of(request)
    if status in (404, 405):
        return visit.page("not_found.html", status)
    words = visit.house.pages.words[visit.language]
    return visit.page("problem.html", status, text=words("problem.malformed"))


async def _on_invalid(request: Request, _: Exception) -> Response:
    visit = visit_of(request)
    words = visit.house.pages.words[visit.language]
    return visit.page("problem.html", 400, text=words("problem.malformed"))


async def _on_error(request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return visit_of(request).page("away.html", 500, again=_again(request))


def _again(request: Request) -> str | None:
    """Where to try again: the same page, if it was only looked at."""
    if request.method != "GET":
        return None
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
