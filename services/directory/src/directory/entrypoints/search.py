"""Finding practitioners: `GET /v1/practitioners` and the suggestions of its two boxes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from service_kit.http import AtLeast, invalid, positions, problem_responses
from service_kit.pages import After, Limit
from service_kit.problems import language_of

from directory.domain.gazetteer import Point
from directory.domain.notice import places_to_choose, specialities_to_choose
from directory.domain.practitioner import Mode
from directory.domain.seeking import Sort, filters_of
from directory.domain.specialities import BY_SLUG
from directory.entrypoints import cursors
from directory.entrypoints.answers import ResultsAnswer, SuggestionsAnswer
from directory.entrypoints.bodies import Language
from directory.entrypoints.rooms import InRooms
from directory.views.cards import Card
from directory.views.profile import label_of
from directory.views.search import Asked, Results
from directory.views.suggestions import Suggested

router = APIRouter(prefix="/v1", tags=["search"])

AcceptLanguage = Annotated[str | None, Header(max_length=200, description="`fr` or `en`: labels and sentences")]
Words = Annotated[str, Query(max_length=1000, description="who or what: a name, a speciality, a reason, a practice")]
Where = Annotated[str, Query(max_length=1000, description="a town, a postal code or the number of a departement")]
_NEAR = r"^-?[0-9]{1,2}([.][0-9]{1,9})?,-?[0-9]{1,3}([.][0-9]{1,9})?$"
SectorAsked = Literal[
    "1", "2", "secteur-1", "secteur-1-depassement", "secteur-2", "secteur-2-optam", "conventionne", "non-conventionne"
]
MODES: dict[int, Mode] = {0: "in_person", 1: "video"}


@router.get("/practitioners", response_model=ResultsAnswer, responses=problem_responses(400, 422, 503))
async def find_practitioners(
    request: Request,
    rooms: InRooms,
    at_least: AtLeast,
    q: Words = "",
    where: Where = "",
    near: Annotated[str | None, Query(pattern=_NEAR, description="the reader's place: latitude,longitude")] = None,
    motive: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._:-]{1,64}$", description="the id of a motive")] = None,
    mode: Mode = "in_person",
    language: Language | None = None,
    sector: SectorAsked | None = None,
    new_patients: bool = False,
    accessible: bool = False,
    within_days: Annotated[int | None, Query(ge=0, le=366, description="free within so many days")] = None,
    sort: Sort | None = None,
    limit: Limit = 20,
    after: After = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Who answers to the words, nearest first, with the next free slot. Open."""
    now, reflected = rooms.now(), await positions(request)
    until = None if within_days is None else now + timedelta(days=within_days)
    asked = Asked(
        q=q,
        where=where,
        position=_point(near),
        filters=filters_of(mode, sector, language, new_patients, accessible, until, motive),
        sort=sort,
        now=now,
        limit=limit,
        after=cursors.read(after) if after else None,
    )
    results = await rooms.search.find(asked)
    return JSONResponse(_page(results, asked, language_of(accept_language)), headers=reflected)


@router.get("/suggestions", response_model=SuggestionsAnswer, responses=problem_responses(422, 503))
async def suggest(
    request: Request,
    rooms: InRooms,
    at_least: AtLeast,
    q: Words = "",
    where: Where = "",
    accept_language: AcceptLanguage = None,
) -> Response:
    """What the reader may be about to write, in groups of five. Open."""
    reflected = await positions(request)
    found = await rooms.suggestions.find(q, where)
    return JSONResponse(_suggested(found, language_of(accept_language)), headers=reflected)


def _point(near: str | None) -> Point | None:
    if near is None:
        return None
    lat, lon = map(float, near.split(","))
    if abs(lat) > 90 or abs(lon) > 180:
        raise invalid("query/near", "This point is not on the globe.", "Ce point n'est pas sur le globe.")
    return lat, lon


def _page(results: Results, asked: Asked, language: str) -> dict[str, Any]:
    return {
        "items": [_card(card, language) for card in results.cards],
        "next": cursors.written(results.next) if results.next else None,
        "notice": _notice(results, asked, language),
        "related": [{"code": one.slug, "label": label_of(one, language)} for one in results.related],
    }


def _card(card: Card, language: str) -> dict[str, Any]:
    row = card.row
    speciality = BY_SLUG[row["speciality"]]
    located = row["lat"] is not None
    place = {
        "id": row["place_id"],
        "name": row["place_name"],
        "address": row["address"],
        "postcode": row["postcode"],
        "city": row["city"],
        "position": {"lat": row["lat"], "lon": row["lon"]} if located else None,
        "zone": row["zone"],
    }
    soonest = None
    if row["start"] is not None:
        soonest = {
            "start": row["start"].astimezone(ZoneInfo(row["zone"])).isoformat(),
            "agenda_id": row["agenda_id"],
            "motive_id": row["motive_id"],
            "mode": MODES[row["mode"]],
        }
    return {
        "id": row["practitioner_id"],
        "status": row["status"],
        "name": row["name"],
        "speciality": label_of(speciality, language),
        "speciality_code": speciality.slug,
        "place": place,
        "distance_m": card.metres,
        "sector": row["sector"],
        "modes": row["modes"],
        "next_available": soonest,
        "next_available_as_of": row["as_of"].isoformat() if row["as_of"] else None,
    }


def _notice(results: Results, asked: Asked, language: str) -> dict[str, Any] | None:
    notices, meaning = results.notices, results.meaning
    if not notices.said:
        return None
    where = asked.where or (meaning.spot.postcode if meaning.spot else "")
    choices = [
        {"label": label_of(one, language), "q": label_of(one, language), "where": where, "zone": None}
        for one in specialities_to_choose(meaning)
    ]
    words = meaning.specialities[0].label if meaning.specialities else " ".join(meaning.names)
    choices += [
        {"label": f"{spot.label} ({spot.departement})", "q": words, "where": f"{spot.postcode} {spot.label}".strip(),
         "zone": spot.zone}
        for spot in places_to_choose(meaning)
    ]  # fmt: skip
    return {
        "kinds": notices.kinds,
        "detail": notices.sentence(language),
        "radius_km": notices.km,
        "choices": choices,
    }


def _suggested(found: Suggested, language: str) -> dict[str, Any]:
    towns = [
        {"kind": "commune", "id": one.code, "label": one.name, "postcode": next(iter(one.postcodes), ""),
         "city": one.name}
        for one in found.communes
    ]  # fmt: skip
    practices = [
        {"kind": "practice", "id": row["id"], "label": row["name"], "postcode": row["postcode"], "city": row["city"]}
        for row in found.practices
    ]
    people = [{**row, "speciality": label_of(BY_SLUG[row["speciality"]], language)} for row in found.people]
    return {
        "specialities": [{"code": one.slug, "label": label_of(one, language)} for one in found.specialities],
        "motives": [
            {"label": one.label_en if language == "en" else one.label, "specialities": list(one.specialities)}
            for one in found.reasons
        ],
        "practitioners": people,
        "places": [*towns, *practices],
    }
