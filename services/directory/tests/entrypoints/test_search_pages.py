"""The list page by page, its filters and orders, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from directory.adapters.next_slots import Passed, PostgresNextSlots
from directory.application.react import NextFree
from service_kit.clock import Clock


async def pages(house: Any, **query: Any) -> AsyncIterator[dict[str, Any]]:
    """All items, page after page."""
    after: str | None = ""
    while after is not None:
        found = await house.get("/v1/practitioners", **query, **({"after": after} if after else {}))
        assert len(found["items"]) <= query["limit"]
        for item in found["items"]:
            yield item
        after = found["next"]


def row_of(item: dict[str, Any]) -> tuple[str, str]:
    return item["id"], item["place"]["id"]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "généraliste", "where": "angers"},
        {"q": "généraliste", "where": "angers", "sort": "earliest"},
        {"q": "généraliste"},
        {"q": "martin"},
        {"q": "martin", "where": "rennes"},
        {"where": "lyon"},
        {"where": "lyon", "sort": "earliest"},
        {},
    ],
)
async def test_pages_give_each_row_once_and_in_one_order(library: Any, query: dict[str, Any]) -> None:
    whole = [row_of(item) async for item in pages(library, **query, limit=100)]
    small = [row_of(item) async for item in pages(library, **query, limit=7)]
    assert small == whole
    assert len(set(whole)) == len(whole) > 7


async def test_nearest_first_measures_from_the_place_asked(library: Any) -> None:
    found = [item async for item in pages(library, q="dermatologue", near="47.26,-0.08", limit=5)]
    distances = [item["distance_m"] for item in found]
    assert found[0]["place"]["city"] == "Saumur"
    assert distances == sorted(distances)
    assert abs(found[0]["distance_m"] - 180) < 100


async def test_the_place_written_counts_more_than_where_the_reader_is(library: Any) -> None:
    found = await library.get("/v1/practitioners", q="dermatologue lille", near="47.47,-0.55")
    assert found["items"][0]["place"]["city"] == "Lille"


async def test_suggestions_come_in_groups(library: Any) -> None:
    found = await library.get("/v1/suggestions", q="der", where="ang")
    assert [one["code"] for one in found["specialities"]] == ["dermatologue"]
    assert found["places"][0] == {
        "kind": "commune", "id": "49007", "label": "Angers", "postcode": "49000", "city": "Angers"
    }  # fmt: skip
    people = await library.get("/v1/suggestions", q="lefe")
    assert {"Dr Adam Lefevre", "Dr Anne Le Fevre"} & {one["name"] for one in people["practitioners"]}
    practices = await library.get("/v1/suggestions", q="centre ima")
    assert practices["places"][0]["label"] == "Centre Imaginaire"
    motives = await library.get("/v1/suggestions", q="frott")
    assert motives["motives"][0] == {"label": "Frottis", "specialities": ["gynecologue", "sage-femme"]}
    nothing = await library.get("/v1/suggestions", q="d")
    assert not any(nothing.values())


@pytest.mark.parametrize(
    "query",
    [
        {"near": "somewhere"}, {"near": "91,0"}, {"near": "1,181"}, {"limit": 0}, {"limit": 101}, {"sort": "price"},
        {"mode": "phone"}, {"language": "xx"}, {"sector": "3"}, {"within_days": -1}, {"motive": "'"}, {"q": "a" * 1001},
        {"near": "٤,٤"},
    ],
)  # fmt: skip
async def test_a_wrong_parameter_is_named(library: Any, query: dict[str, Any]) -> None:
    answer = await library.client.get("/v1/practitioners", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"query/{next(iter(query))}"


@pytest.mark.parametrize("after", ["x", "e30", "eyJrbSI6MjB9x", "é", "eyJrbSI6bnVsbCwibnh0IjoiNyJ9"])
async def test_a_strange_cursor_is_a_field_error(library: Any, after: str) -> None:
    answer = await library.client.get("/v1/practitioners", params={"after": after})
    assert answer.status_code == 422, answer.text


async def say(house: Any, who: str, place: str | None, agenda: str, *slots: tuple[str, Any, datetime]) -> None:
    now = Clock().now()
    async with house.context.database.transaction() as connection:
        await PostgresNextSlots().replace(connection, NextFree(agenda, who, place, slots, now), now)


async def test_the_next_free_slot_is_shown_orders_the_list_and_passes(house: Any) -> None:
    found = await house.get("/v1/practitioners", q="psychologue angers")
    first, second = found["items"][0], (await house.get("/v1/practitioners", q="psychologue paris 16"))["items"][0]
    now = datetime.now(UTC).replace(microsecond=0)
    soon, later = now + timedelta(days=1), now + timedelta(days=9)
    await say(house, first["id"], first["place"]["id"], "agenda-1", ("suivi", "in_person", later))
    await say(house, second["id"], second["place"]["id"], "agenda-2", ("bilan", "in_person", soon))
    by_time = await house.get("/v1/practitioners", q="psychologue")
    assert [item["id"] for item in by_time["items"][:2]] == [second["id"], first["id"]]
    shown = by_time["items"][0]["next_available"]
    assert (shown["agenda_id"], shown["motive_id"], shown["mode"]) == ("agenda-2", "bilan", "in_person")
    assert datetime.fromisoformat(shown["start"]) == soon
    assert shown["start"].endswith(("+01:00", "+02:00"))
    assert by_time["items"][0]["next_available_as_of"]
    within = await house.get("/v1/practitioners", q="psychologue", within_days=2)
    assert [item["id"] for item in within["items"]] == [second["id"]]
    of_motive = await house.get("/v1/practitioners", motive="suivi")
    assert [item["id"] for item in of_motive["items"]] == [first["id"]]
    near = await house.get("/v1/practitioners", q="psychologue angers", sort="earliest")
    assert near["items"][0]["id"] == first["id"]
    for query in ({"q": "psychologue"}, {"q": "psychologue angers"}, {"q": "psychologue angers", "sort": "earliest"}):
        whole = [row_of(item) async for item in pages(house, **query, limit=100)]
        assert [row_of(item) async for item in pages(house, **query, limit=1)] == whole

    class Later(Clock):
        def now(self) -> datetime:
            return now + timedelta(days=3)

    assert await Passed(house.context.database, Later()).sweep() == 1
    passed = await house.get("/v1/practitioners", q="psychologue")
    assert passed["items"][0]["id"] == first["id"]


async def test_of_those_in_one_town_who_is_free_comes_first(house: Any) -> None:
    there = (await house.get("/v1/practitioners", q="dentiste paris 16"))["items"]
    last = [item for item in there if item["distance_m"] == there[0]["distance_m"]][-1]
    assert last["id"] != there[0]["id"]
    await say(house, last["id"], last["place"]["id"], "agenda-4", ("x", "in_person", Clock().now() + timedelta(days=5)))
    assert (await house.get("/v1/practitioners", q="dentiste paris 16"))["items"][0]["id"] == last["id"]
    named = await house.get("/v1/practitioners", q=last["name"].split()[-1], where="75016")
    assert named["items"][0]["next_available"]["agenda_id"] == "agenda-4"


async def test_older_news_of_an_agenda_change_nothing(house: Any) -> None:
    item = (await house.get("/v1/practitioners", q="orthophoniste angers"))["items"][0]
    now, start = Clock().now(), datetime.now(UTC) + timedelta(days=2)
    async with house.context.database.transaction() as connection:
        for as_of, slots in ((now, (("bilan", "in_person", start),)), (now - timedelta(minutes=1), ())):
            news = NextFree("agenda-3", item["id"], item["place"]["id"], slots, as_of)  # type: ignore[arg-type]
            await PostgresNextSlots().replace(connection, news, now)
    again = (await house.get("/v1/practitioners", q="orthophoniste angers"))["items"][0]
    assert again["next_available"]["agenda_id"] == "agenda-3"


async def test_a_motive_by_video_is_found_wherever_its_agenda_is(house: Any, bearer: Any) -> None:
    item = (await house.get("/v1/practitioners", q="pédicure angers"))["items"][0]
    mine = bearer("practitioner", practitioner_id=item["id"])
    claimed = await house.client.post(
        f"/v1/practitioners/{item['id']}/claim", json={"modes": ["in_person", "video"]}, headers=mine
    )
    assert claimed.status_code == 200, claimed.text
    start = Clock().now() + timedelta(days=1)
    await say(house, item["id"], None, "agenda-5", ("conseil", "video", start))
    found = await house.get("/v1/practitioners", motive="conseil", mode="video")
    assert [(one["id"], one["next_available"]["mode"]) for one in found["items"]] == [(item["id"], "video")]
    at_the_practice = await house.get("/v1/practitioners", motive="conseil", mode="in_person")
    assert at_the_practice["items"] == []
