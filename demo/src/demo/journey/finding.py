"""Steps 1 to 3: the directory, the agendas, the search, the profiles and the free slots."""

from datetime import date, datetime, timedelta
from typing import Any

from demo.api import eventually
from demo.journey.stage import Stage, require
from demo.samples import PRACTICES

SEARCH = "dermatologue angers"
# Beyond a week, so that every kind of reminder is due.
_DAYS_AHEAD = 9
_NEXT_SECONDS_MAX = 30.0


def the_directory(stage: Stage) -> None:
    """Practitioners of the national file are listed; some of them have registered."""
    listed = [item for item in _search(stage, "médecin angers") if item["status"] == "listed"]
    require(listed, "The search shows nobody who is only listed.")
    ours = [practitioner["id"] for practitioner in stage.demo["practitioners"]]
    for practitioner_id in ours:
        profile = stage.api.get("directory", f"/v1/practitioners/{practitioner_id}")
        require(profile["status"] == "registered", "A practitioner of the demo data is not shown as registered.")
        for name in ("places", "fees", "payment_means", "languages"):
            require(profile[name], f"The registered profile has no {name}.")
    stage.say(f"1. directory: {len(listed)} listed at Angers, {len(ours)} registered with fees, means, languages")


def the_agendas(stage: Stage) -> None:
    """Each practice has two agendas, one of them by video as well."""
    lines = []
    for practitioner in stage.demo["practitioners"]:
        agendas = stage.api.get("availability", "/v1/agendas", practitioner=practitioner["id"])["items"]
        require(len(agendas) >= 2, "A practitioner has fewer than two agendas.")
        require(any("video" in agenda["modes"] for agenda in agendas), "No agenda is open by video.")
        minutes = {motive["minutes"] for agenda in practitioner["agendas"] for motive in agenda["motives"]}
        lines.append(f"{len(agendas)} agendas, motives of {sorted(minutes)} min")
    stage.say(f"2. agendas: {'; '.join(lines)}; at the practice and by video")


def the_search(stage: Stage) -> None:
    """The list with distance and next free slot, a listed and a registered profile."""
    ours = stage.demo["practitioners"][0]["id"]

    def found() -> list[dict[str, Any]] | None:
        items = _search(stage, SEARCH)
        return items if any(item["id"] == ours and item["next_available"] for item in items) else None

    # A clock that has just jumped by days has passed the slot that was the next one; the new one is told in seconds.
    items = eventually(f"{PRACTICES[0].name} is found by {SEARCH!r} with the next free slot", found, _NEXT_SECONDS_MAX)
    mine = next(item for item in items if item["id"] == ours)
    require(mine["distance_m"] is not None, "The search shows no distance.")
    listed = next((item for item in items if item["status"] == "listed"), None)
    require(listed, "The search shows nobody who is only listed.")
    assert listed is not None  # noqa: S101 (said by the line above)
    stage.say(
        f"3. search {SEARCH!r}: {len(items)} found, {mine['distance_m']:.0f} m away, "
        f"next free {mine['next_available']['start']}"
    )
    profile = stage.api.get("directory", f"/v1/practitioners/{listed['id']}")
    require(not profile["fees"], "A listed profile shows fees.")
    require(not _agendas_of(stage, listed["id"]), "A listed practitioner can be booked.")
    stage.api.post("directory", f"/v1/practitioners/{listed['id']}/recommendations", {}, expect=202)
    stage.say("3. profiles: listed with public facts and a recommendation, registered with everything")


def the_slots(stage: Stage) -> None:
    """Two weeks of free slots on signed sheets; the one that the path takes."""
    agenda = stage.demo["practitioners"][0]["agendas"][0]
    motive = next(one for one in agenda["motives"] if one["minutes"] == 15)
    first = stage.now().date() + timedelta(days=_DAYS_AHEAD)
    found = slots(stage, agenda["id"], motive["id"], first)
    require(found["slots"], "There is no free slot in two weeks.")
    slot = found["slots"][0]
    offer = found["offers"][slot["offer"]]
    require(offer.count(".") == 2, "The offer is no compact JWS.")
    stage.facts |= {"agenda": agenda, "motive": motive, "slot": slot, "offer": offer, "zone": found["zone"]}
    stage.say(f"3. slots: {len(found['slots'])} free in two weeks on {len(found['offers'])} signed sheet(s)")


def slots(
    stage: Stage,
    agenda: str,
    motive: str,
    first: date,
    token_of: Any = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The free slots of a motive in the two weeks from a date on, as anybody or as the caller sees them."""
    query = {"agenda": agenda, "motive": motive, "from": str(first), "to": str(first + timedelta(days=13))}
    answer: dict[str, Any] = (
        (token_of or stage.api).call("GET", "availability", "/v1/slots", query=query, headers=headers).body
    )
    return answer


def offered(stage: Stage, token_of: Any = None, position: str | None = None) -> dict[str, Any] | None:
    """The path's own slot as it is offered now; None while it is not."""
    slot = stage.facts["slot"]
    day = datetime.fromisoformat(slot["start"]).date()
    headers = {"Position-At-Least": position} if position else None
    found = slots(stage, slot["agenda_id"], stage.facts["motive"]["id"], day, token_of, headers)
    return next((one for one in found["slots"] if one["start"] == slot["start"]), None)


def _search(stage: Stage, words: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stage.api.get("directory", "/v1/practitioners", q=words, limit=50)["items"]
    return items


def _agendas_of(stage: Stage, practitioner_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stage.api.get("availability", "/v1/agendas", practitioner=practitioner_id)["items"]
    return items
