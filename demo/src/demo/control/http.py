"""The control over HTTP: GET and POST /clock, and the start page."""

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from demo.clock import ClockRefusal, DemoClock, parse_duration
from demo.control.words import WORDS
from demo.web import Pages, language_of, make_app, problem

_STAFF = ("practitioner", "secretary", "auditor", "operator")
_PATIENTS_SHOWN = 2


class Advance(BaseModel):
    """How far the clock is to move: an ISO 8601 duration such as P7D or PT2H30M."""

    model_config = ConfigDict(extra="forbid")

    advance: str


class ClockAnswer(BaseModel):
    """The demo's present instant (RFC 3339, UTC) and how far it is ahead of the real one."""

    now: str
    offset_seconds: int


def control_app(clock: DemoClock, demo_file: Path) -> FastAPI:
    """The application; `demo_file` is demo.json, read anew for each page because the supervisor writes it late."""
    app, pages = make_app("Rendezvous demo control"), Pages()

    @app.get("/clock", response_model=ClockAnswer)
    async def read_clock() -> ClockAnswer:
        return _clock_answer(clock)

    @app.post("/clock", response_model=ClockAnswer)
    async def advance_clock(wish: Advance) -> Any:
        try:
            clock.advance(parse_duration(wish.advance))
        except ClockRefusal as refusal:
            return problem(422, "clock-not-moved", str(refusal))
        return _clock_answer(clock)

    @app.post("/clock/form", include_in_schema=False)
    async def advance_by_form(advance: Annotated[str, Form()], lang: Annotated[str, Form()] = "fr") -> Response:
        try:
            clock.advance(parse_duration(advance))
        except ClockRefusal as refusal:
            return problem(422, "clock-not-moved", str(refusal))
        return RedirectResponse(f"/?lang={'en' if lang == 'en' else 'fr'}", status_code=303)

    @app.get("/ready", include_in_schema=False)
    async def ready() -> dict[str, str]:
        _clock_answer(clock)
        return {"status": "ready"}

    @app.get("/", include_in_schema=False)
    async def start_page(request: Request) -> HTMLResponse:
        demo = _read(demo_file)
        return pages.render(
            "start.html",
            WORDS[language_of(request)],
            demo=demo,
            addresses=_addresses(demo),
            logins=_logins(demo),
            demo_file=demo_file,
            here=request.base_url,
            now=_clock_answer(clock).now[:16].replace("T", " "),
            days_ahead=round(clock.offset_seconds / 86_400, 2),
        )

    return app


def _clock_answer(clock: DemoClock) -> ClockAnswer:
    return ClockAnswer(now=clock.now().isoformat(timespec="milliseconds"), offset_seconds=clock.offset_seconds)


def _read(demo_file: Path) -> dict[str, Any] | None:
    try:
        demo: dict[str, Any] = json.loads(demo_file.read_text())
    except FileNotFoundError:
        return None
    return demo


def _addresses(demo: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Service and address, one row for each address (booking has two)."""
    services: dict[str, str | list[str]] = (demo or {}).get("services", {})
    return [
        (name, address)
        for name, addresses in services.items()
        for address in (addresses if isinstance(addresses, list) else [addresses])
    ]


def _logins(demo: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """Role, e-mail, password: the staff, and the first few of the many patients."""
    logins = (demo or {}).get("logins", {})
    patients = [("patient", login) for login in logins.get("patients", [])[:_PATIENTS_SHOWN]]
    staff = [(role, logins[role]) for role in _STAFF if logins.get(role, {}).get("email")]
    return [(role, str(login["email"]), str(login["password"])) for role, login in [*patients, *staff]]
