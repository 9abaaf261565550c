"""Finding a practitioner: the start page, the list of results, and one practitioner's page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Away
from portal.application.shapes import Profile
from portal.entrypoints.forms import read_form
from portal.entrypoints.timetable import agendas_of
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.motives import Choice, bookable_first, choices
from portal.views.results import Question

router = APIRouter()


@router.get("/")
async def home(visit: Coming) -> Response:
    return visit.page("home.html", question=Question())


@router.get("/search")
async def results(visit: Coming, request: Request) -> Response:
    question = Question.asked(request.query_params)
    if question.is_empty:
        return visit.page("home.html", 422, question=question, nothing_asked=True)
    found = await visit.house.directory.search(await visit.asker(), question.for_directory())
    return visit.page("results.html", question=question, results=found)


@router.get("/practitioners/{practitioner_id}")
async def profile(visit: Coming, practitioner_id: str) -> Response:
    practitioner = await visit.house.directory.practitioner(await visit.asker(), practitioner_id)
    if practitioner.status == "listed":
        return visit.page("listed.html", profile=practitioner, places=practitioner.places)
    motives, away = await _motives(visit, practitioner)
    return visit.page(
        "profile.html",
        profile=practitioner,
        places=bookable_first(practitioner.places, motives),
        choices=motives,
        calendar_away=away,
    )


@router.post("/practitioners/{practitioner_id}/recommend")
async def recommend(visit: Coming, request: Request, practitioner_id: str) -> Response:
    form = await read_form(request)
    key = idempotency_key(form["form_key"], {"practitioner": practitioner_id})
    await visit.house.directory.recommend(await visit.asker(), practitioner_id, key)
    visit.flash("recommend.thanks")
    return visit.go(f"/practitioners/{quoted(practitioner_id)}")


async def _motives(visit: Visit, practitioner: Profile) -> tuple[list[Choice], bool]:
    """What may be booked, and whether that could not be asked: the page stands without its calendar too."""
    try:
        return choices(practitioner, await agendas_of(visit, practitioner.id)), False
    except Away:
        return [], True
