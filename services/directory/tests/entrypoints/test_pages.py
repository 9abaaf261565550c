"""A practitioner's page: what anybody sees of it, who may take it over and change it, and what others hear."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

Bearer = Callable[..., dict[str, str]]

REGISTRATION: dict[str, Any] = {
    "sector": "secteur-2-optam",
    "carte_vitale": True,
    "payment_means": ["card", "cash", "card"],
    "languages": ["fr", "en"],
    "fees": [{"label": "Consultation", "amount": "60"}, {"label": "Vidéo", "amount": "25.5"}],
    "modes": ["in_person", "video"],
    "presentation": "Dermatologie générale.\nSuivi des grains de beauté.",
    "new_patients": True,
}


async def listed(house: Any, words: str) -> str:
    """Each test takes people of its own."""
    return str(await house.id_of(words))


def owner(bearer: Bearer, practitioner_id: str) -> dict[str, str]:
    return bearer("practitioner", practitioner_id=practitioner_id)


async def claim(house: Any, bearer: Bearer, practitioner_id: str, body: Any = None, **headers: str) -> Any:
    sent = {**owner(bearer, practitioner_id), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await house.client.post(f"/v1/practitioners/{practitioner_id}/claim", json=body or {}, headers=sent)


async def test_a_listed_page_shows_public_facts_and_how_to_recommend(house: Any) -> None:
    who = await listed(house, "robert angers")
    page = await house.get(f"/v1/practitioners/{who}")
    assert page["status"] == "listed"
    assert page["places"][0]["address"]
    assert page["recommend"] == f"/v1/practitioners/{who}/recommendations"
    hidden = ("carte_vitale", "payment_means", "languages", "fees", "modes", "presentation", "new_patients")
    assert not any(page[name] for name in hidden)
    assert not any(place["access"] for place in page["places"])
    assert page["places"][0]["phone_written"]


async def test_a_claimed_page_shows_everything_and_others_hear_of_it(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "helene modele angers")
    place = (await house.get(f"/v1/practitioners/{who}"))["places"][0]["id"]
    access = ["2e étage avec ascenseur", "Tramway A, Ralliement"]
    body = {**REGISTRATION, "places": [{"id": place, "phone": "02 61 91 07 77", "access": access, "accessible": True}]}
    body["places"][0]["position"] = {"lat": 47.4712, "lon": -0.5518}
    answer = await claim(house, bearer, who, body)
    assert answer.status_code == 200, answer.text
    position = int(answer.headers["Position"].removeprefix("directory="))
    page = await house.get(f"/v1/practitioners/{who}")
    assert page == answer.json()
    assert (page["status"], page["sector_label"]) == ("registered", "Conventionné secteur 2 avec OPTAM")
    assert (page["payment_means"], page["languages"]) == (["card", "cash"], ["fr", "en"])
    assert page["fees"][1] == {"label": "Vidéo", "amount": "25.50", "currency": "EUR"}
    assert page["places"][0]["phone"] == "+33261910777"
    assert page["places"][0]["position"] == {"lat": 47.4712, "lon": -0.5518}
    assert page["places"][0]["phone_written"] == "02 61 91 07 77"
    assert (page["places"][0]["access"], page["places"][0]["accessible"]) == (access, True)
    assert page["recommend"] is None
    assert (await house.said(who))[-1] == (position, "PractitionerRegistered")


async def test_search_follows_a_claim_at_once(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "alice modele saumur")
    place = (await house.get(f"/v1/practitioners/{who}"))["places"][0]["id"]
    asked = {"q": "dermatologue", "where": "saumur", "sector": "2", "language": "en", "new_patients": "true"}
    before = await house.get("/v1/practitioners", **asked, accessible="true")
    assert who not in [item["id"] for item in before["items"]]
    await claim(house, bearer, who, {**REGISTRATION, "places": [{"id": place, "accessible": True}]})
    after = await house.get("/v1/practitioners", **asked, accessible="true")
    assert after["items"][0]["id"] == who
    assert after["items"][0]["status"] == "registered"
    video = await house.get("/v1/practitioners", q="dermatologue", mode="video")
    assert who in [item["id"] for item in video["items"]]


async def test_the_same_claim_again_with_its_key_is_the_stored_answer(house: Any, bearer: Bearer) -> None:
    who, key = await listed(house, "louis modele trelaze"), str(uuid.uuid4())
    first, second = await asyncio.gather(
        *(claim(house, bearer, who, REGISTRATION, Idempotency_Key=key) for _ in range(2))
    )
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert {first.headers.get("Idempotency-Replayed"), second.headers.get("Idempotency-Replayed")} == {None, "true"}
    assert [name for _, name in await house.said(who)] == ["PractitionerListed", "PractitionerRegistered"]
    other = await claim(house, bearer, who, {}, Idempotency_Key=key)
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    again = await claim(house, bearer, who, REGISTRATION)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "already-claimed")


async def test_of_two_claims_at_once_one_is_told_that_it_is_late(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "jean martin toulouse")
    answers = await asyncio.gather(*(claim(house, bearer, who, {"languages": [one]}) for one in ("fr", "de")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [name for _, name in await house.said(who)] == ["PractitionerListed", "PractitionerRegistered"]


async def test_only_the_practitioner_takes_over_a_page(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "hugo modele cholet")
    place = (await house.get(f"/v1/practitioners/{who}"))["places"][0]["id"]
    path = f"/v1/practitioners/{who}/claim"
    nobody = await house.client.post(path, json={})
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")
    for headers, status in (
        (bearer("patient"), 403),
        (bearer(), 403),
        (bearer("auditor", "operator"), 403),
        (bearer("secretary", practices=[place]), 403),
        (bearer("practitioner", practitioner_id=str(uuid.uuid4())), 404),
        (bearer("practitioner"), 404),
        (bearer("practitioner", practitioner_id=who, exp=1), 401),
        (bearer("practitioner", practitioner_id=who, aud="elsewhere"), 401),
        (bearer("practitioner", practitioner_id=who, iss="https://elsewhere.example"), 401),
        ({"Authorization": "Bearer x.y.z"}, 401),
        ({"Authorization": "Basic abc"}, 401),
    ):
        answer = await house.client.post(path, json={}, headers=headers)
        assert answer.status_code == status, answer.text
    assert (await house.get(f"/v1/practitioners/{who}"))["status"] == "listed"


async def test_what_is_not_there_answers_like_what_is_not_yours(house: Any, bearer: Bearer) -> None:
    strange, known = str(uuid.uuid4()), await listed(house, "claire invente lille")
    for path in (f"/v1/practitioners/{strange}", "/v1/practitioners/nobody"):
        assert (await house.client.get(path)).status_code == 404
    mine = owner(bearer, strange)
    answers = [
        await house.client.patch(f"/v1/practitioners/{one}", json={}, headers={**mine, "If-Match": "*"})
        for one in (strange, known, "nobody")
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert answers[0].json() == answers[1].json()


async def test_an_edit_names_the_version_that_it_has_read(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "adam modele angers")
    mine, path = owner(bearer, who), f"/v1/practitioners/{who}"
    early = await house.client.patch(path, json={}, headers={**mine, "If-Match": "*"})
    assert (early.status_code, early.json()["type"].rpartition("/")[2]) == (409, "not-registered")
    await claim(house, bearer, who, REGISTRATION)
    etag = (await house.client.get(path)).headers["ETag"]
    assert (await house.client.patch(path, json={"sector": None}, headers=mine)).status_code == 428
    stale = {**mine, "If-Match": '"1"'}
    assert (await house.client.patch(path, json={"sector": None}, headers=stale)).status_code == 412
    done = await house.client.patch(
        path, json={"sector": None, "languages": ["de"]}, headers={**mine, "If-Match": etag}
    )
    assert done.status_code == 200, done.text
    assert done.headers["ETag"] != etag
    page = done.json()
    assert (page["sector"], page["languages"], page["carte_vitale"]) == (None, ["de"], True)
    assert [name for _, name in await house.said(who)][-1] == "PractitionerProfileChanged"


async def test_an_edit_that_changes_nothing_says_nothing(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "yann invente angers")
    await claim(house, bearer, who, REGISTRATION)
    path, mine = f"/v1/practitioners/{who}", owner(bearer, who)
    etag = (await house.client.get(path)).headers["ETag"]
    said = await house.said(who)
    same = await house.client.patch(path, json={"languages": ["fr", "en"]}, headers={**mine, "If-Match": etag})
    assert (same.status_code, same.headers["ETag"]) == (200, etag)
    assert "Position" not in same.headers
    assert await house.said(who) == said


async def test_two_edits_of_one_version_are_one_edit(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "olivier masson angers")
    await claim(house, bearer, who)
    path, mine = f"/v1/practitioners/{who}", owner(bearer, who)
    headers = {**mine, "If-Match": (await house.client.get(path)).headers["ETag"]}
    both = [house.client.patch(path, json={"languages": [one]}, headers=headers) for one in ("fr", "de")]
    assert sorted(answer.status_code for answer in await asyncio.gather(*both)) == [200, 412]


async def test_a_secretary_edits_the_pages_of_the_practice_only(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "anne deuxsavoirs")
    await claim(house, bearer, who)
    path = f"/v1/practitioners/{who}"
    place = (await house.get(path))["places"][0]["id"]
    own, other = bearer("secretary", practices=[place]), bearer("secretary", practices=[str(uuid.uuid4())])
    send = {"new_patients": False}
    assert (await house.client.patch(path, json=send, headers={**own, "If-Match": "*"})).status_code == 200
    assert (await house.client.patch(path, json=send, headers={**other, "If-Match": "*"})).status_code == 404
    patient = {**bearer("patient"), "If-Match": "*"}
    assert (await house.client.patch(path, json=send, headers=patient)).status_code == 403


async def test_places_are_added_moved_and_left(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "jules fictif toulouse")
    old = (await house.get(f"/v1/practitioners/{who}"))["places"][0]["id"]
    new = {"name": "Cabinet du port", "address": "1 Quai Imaginaire", "postcode": "97400", "city": "st denis"}
    page = (await claim(house, bearer, who, {"places": [{"id": old}, new]})).json()
    assert [place["zone"] for place in page["places"]] == ["Europe/Paris", "Indian/Reunion"]
    assert page["places"][1]["city"] == "Saint-Denis"
    path, mine = f"/v1/practitioners/{who}", {**owner(bearer, who), "If-Match": "*"}
    added = page["places"][1]["id"]
    left = await house.client.patch(path, json={"places": [{"id": added}]}, headers=mine)
    assert [place["id"] for place in left.json()["places"]] == [added]
    found = await house.get("/v1/practitioners", q="orl", where="97400")
    assert found["items"][0]["id"] == who


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"places": [{"id": "nowhere"}]}, "/places/0/id"),
        ({"places": [{"address": "1 rue", "city": "Angers"}]}, "/places/0/postcode"),
        ({"places": [{"address": "1 rue", "postcode": "00999", "city": "Angers"}]}, "/places/0/postcode"),
        (
            {"places": [{"address": "1 rue", "postcode": "49000", "city": "Angers", "phone": "61910"}]},
            "/places/0/phone",
        ),
        (
            {
                "places": [
                    {"address": "1 rue", "postcode": "49000", "city": "Angers", "position": {"lat": 48, "lon": 2}}
                ]
            },
            "/places/0/position",
        ),
        ({"places": []}, "/places"),
        ({"fees": [{"label": "x", "amount": "dix"}]}, "/fees/0/amount"),
        ({"presentation": "\x00"}, "/presentation"),
        ({"sector": "secteur-9"}, "/sector"),
        ({"status": "registered"}, "/status"),
        ({"modes": []}, "/modes"),
    ],
)
async def test_a_wrong_field_is_named(house: Any, bearer: Bearer, body: Any, pointer: str) -> None:
    who = await listed(house, "eric leclerc lyon")
    answer = await claim(house, bearer, who, body)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await house.get(f"/v1/practitioners/{who}"))["status"] == "listed"


async def test_recommending_is_counted_once_a_day_for_each_address(house: Any) -> None:
    who = await listed(house, "martin jean limoges")
    for _ in range(3):
        async with house.from_address("198.51.100.7") as client:
            assert (await client.post(f"/v1/practitioners/{who}/recommendations")).status_code == 202
    async with house.from_address("2001:db8:1:2::1") as client, house.from_address("2001:db8:1:2::2") as neighbour:
        await client.post(f"/v1/practitioners/{who}/recommendations", json={})
        await neighbour.post(f"/v1/practitioners/{who}/recommendations", json={})
    async with house.context.database.connection() as connection:
        row = await (await connection.execute("SELECT recommended FROM practitioner WHERE id = %s", (who,))).fetchone()
        kept = await (await connection.execute("SELECT voter FROM recommendation")).fetchall()
    assert row["recommended"] == 2
    assert all(b"198.51.100.7" not in bytes(one["voter"]) for one in kept)


async def test_one_address_recommends_ten_in_a_day(house: Any) -> None:
    found = await house.get("/v1/practitioners", q="martin", limit=100)
    ids = list(dict.fromkeys(item["id"] for item in found["items"] if item["status"] == "listed"))[:11]
    async with house.from_address("203.0.113.9") as client:
        answers = await asyncio.gather(*(client.post(f"/v1/practitioners/{one}/recommendations") for one in ids))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [202] * 10 + [429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert refused.json()["retry_at"]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"recommendations";q=10;w=86400'}
    left = sorted(int(answer.headers["RateLimit"].split(";")[1].removeprefix("r=")) for answer in answers)
    assert left == [0, *range(10)]
    # One by one again: what is left is told, and the wait is that of Retry-After.
    assert refused.headers["RateLimit"] == f'"recommendations";r=0;t={refused.headers["Retry-After"]}'


async def test_who_is_there_or_nobody_cannot_be_recommended(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "camille leclerc angers")
    await claim(house, bearer, who)
    assert (await house.client.post(f"/v1/practitioners/{who}/recommendations")).status_code == 409
    assert (await house.client.post(f"/v1/practitioners/{uuid.uuid4()}/recommendations")).status_code == 404


async def test_a_read_waits_for_a_position_of_its_own_log(house: Any, bearer: Bearer) -> None:
    who = await listed(house, "ines richard bastia")
    position = (await claim(house, bearer, who)).headers["Position"]
    path = f"/v1/practitioners/{who}"
    fresh = await house.client.get(path, headers={"Position-At-Least": position})
    assert fresh.json()["status"] == "registered"
    assert fresh.headers["Position"].startswith("directory=")
    late = await house.client.get(path, headers={"Position-At-Least": "directory=999999"})
    assert (late.status_code, late.headers["Retry-After"]) == (503, "1")
    strange = await house.client.get(path, headers={"Position-At-Least": "booking=1"})
    assert strange.status_code == 400


async def test_labels_and_sentences_are_in_the_readers_language(house: Any) -> None:
    english = await house.client.get(
        "/v1/practitioners", params={"q": "dermatologue zzzz"}, headers={"Accept-Language": "en"}
    )
    assert english.json()["items"][0]["speciality"] == "Dermatologist"
    assert "Nothing answers to: zzzz." in english.json()["notice"]["detail"]
    french = await house.get("/v1/practitioners", q="dermatologue zzzz")
    assert "Aucun résultat pour : zzzz." in french["notice"]["detail"]
