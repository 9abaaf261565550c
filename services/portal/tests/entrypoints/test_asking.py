"""Asking the practice for a visit: what the page says and keeps, and where each refusal leads."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from portal.application.session import Draft, Login, Session

SESSION, DRAFT = "__Host-session", "__Host-draft"
TIME = (datetime.now(UTC) + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0).isoformat()
ASK = {"agenda": "ag", "motive": "m", "mode": "in_person", "start": TIME}
FORM = {**ASK, "form_key": "k", "person_id": "p1", "message": "Plutôt le matin."}
PLACE = {"id": "pl", "name": "Cabinet", "address": "1 rue Exemple", "city": "Angers", "phone": "0261910001"}
PEOPLE = [{"id": "p1", "first_name": "Aurore", "last_name": "Essai"}]
REQUEST = {
    "id": "r1", "state": "pending", "agenda_id": "ag", "practitioner_id": "pr", "place_id": "pl", "start": TIME,
    "wished_start": TIME, "zone": "Europe/Paris", "motive_id": "m", "mode": "in_person", "person_id": "p1",
    "appointment_id": None,
}  # fmt: skip


class Others:
    """The other services, as far as somebody who asks meets them. `answer`: to every POST; `said`: what these were."""

    def __init__(self, status: int = 201, answer: Any = None, booking: str = "staff", **request: Any) -> None:
        self.status, self.answer = status, REQUEST if answer is None else answer
        self.request = REQUEST | request
        self.motive = {
            "id": "m", "name": "Petite chirurgie", "duration_minutes": 45, "booking": booking,
            "on_request": booking == "staff",
        }  # fmt: skip
        self.said: list[Any] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.said.append((request.url.path, json.loads(request.content), request.headers.get("Idempotency-Key")))
            return httpx.Response(self.status, json=self.answer, headers={"Position": "booking=7"})
        found: dict[str, Any] = {
            "/v1/practitioners/pr": {"id": "pr", "status": "registered", "name": "Dr Exemple", "places": [PLACE]},
            "/v1/agendas": {"items": [{"id": "ag", "place_id": "pl"}], "next": None},
            "/v1/agendas/ag/motives": {"items": [self.motive], "next": None},
            "/v1/me/people": {"items": PEOPLE, "next": None},
            "/v1/requests/r1": self.request,
        }
        return httpx.Response(200, json=found[request.url.path])


def refused(slug: str, status: int, **members: Any) -> Others:
    return Others(status, {"type": f"https://rendezvous.example/problems/{slug}", "detail": "", **members})


def logged_in() -> Session:
    now = datetime.now(UTC)
    return Session(made_at=now, login=Login(access="a", refresh="r", session_id="s", until=now + timedelta(hours=1)))


Visitor = Callable[..., Any]


async def test_the_page_says_when_the_practice_answers_and_that_nothing_is_kept(visit: Visitor) -> None:
    async with visit(cookies={SESSION: logged_in()}, services=Others().transport) as client:
        page = (await client.get("/practitioners/pr/ask", params=ASK)).text
    for part in (
        "Le cabinet répond au plus tard le",
        "Rien n’est réservé tant que",
        "Petite chirurgie",
        "Aurore Essai",
    ):
        assert part in page
    assert 'value="p1" required id="person_id" checked' in page, "the only person is chosen already"


async def test_what_was_asked_goes_to_the_agenda_with_one_key_for_one_form(visit: Visitor) -> None:
    others = Others()
    async with visit(cookies={SESSION: logged_in()}, services=others.transport) as client:
        for _ in range(2):
            answer = await client.post("/practitioners/pr/ask", data=FORM)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/requests/r1")
        page = (await client.get("/requests/r1")).text
    (path, body, key), again = others.said
    wished = {"person_id": "p1", "motive_id": "m", "mode": "in_person", "start": TIME, "message": "Plutôt le matin."}
    assert (path, body) == ("/v1/agendas/ag/requests", wished)
    assert again == (path, body, key)
    assert "Votre demande est bien reçue" in page
    assert 'action="/requests/r1/withdraw"' in page


async def test_who_has_no_account_yet_comes_back_to_the_request_after_signing_up(visit: Visitor) -> None:
    others = Others()
    async with visit(services=others.transport) as client:
        page = await client.get("/practitioners/pr/ask", params=ASK)
        assert "Créez un compte ou connectez-vous pour envoyer votre demande" in page.text
        others.answer = {"access_token": "a", "expires_in": 600, "refresh_token": "r", "session_id": "s"}
        answer = await client.post("/log-in", data={"email": "a@b.example", "password": "a phrase"})
        assert answer.headers["Location"] == str(page.request.url).removeprefix("https://rdv.example")
        assert "Envoyer la demande" in (await client.get(answer.headers["Location"])).text
        assert (await client.get("/log-in")).headers["Location"] == "/appointments", "once only"


async def test_a_form_sent_by_who_is_logged_out_keeps_its_words(visit: Visitor) -> None:
    others = Others()
    async with visit(services=others.transport) as client:
        assert "connectez-vous pour envoyer" in (await client.post("/practitioners/pr/ask", data=FORM)).text
        assert others.said == []
        others.answer = {"access_token": "a", "expires_in": 600, "refresh_token": "r", "session_id": "s"}
        back = (await client.post("/log-in", data={"email": "a@b.example", "password": "x"})).headers["Location"]
        assert "Plutôt le matin." in (await client.get(back)).text


async def test_adding_a_relative_leads_back_and_keeps_what_was_written(visit: Visitor) -> None:
    async with visit(cookies={SESSION: logged_in()}, services=Others().transport) as client:
        answer = await client.post("/practitioners/pr/ask", data=FORM | {"then": "relative"})
        assert answer.headers["Location"].startswith("/relatives/new?next=%2Fpractitioners%2Fpr%2Fask%3F")
        form = await client.get(answer.headers["Location"])
        back = unescape(form.text.split('name="next" value="')[1].split('"')[0])
        assert "Plutôt le matin." in (await client.get(back)).text


async def test_without_a_person_nothing_is_asked(visit: Visitor) -> None:
    others = Others()
    async with visit(cookies={SESSION: logged_in()}, services=others.transport) as client:
        answer = await client.post("/practitioners/pr/ask", data=FORM | {"person_id": ""})
    assert (answer.status_code, others.said) == (422, [])
    assert "Choisissez pour qui est le rendez-vous" in answer.text


@pytest.mark.parametrize(
    ("slug", "status", "said", "way"),
    [
        ("request-pending", 409, "attend déjà la réponse", 'href="/requests/r9"'),
        ("online-booking-stopped", 422, "ne prend plus les rendez-vous", 'href="tel:0261910001"'),
        ("agenda-closed", 409, "demande n’a pas été envoyée", 'href="/practitioners/pr"'),
        ("motive-unknown", 422, "ne propose plus ce motif", 'href="/practitioners/pr"'),
        ("person-unknown", 422, "pas retrouvé cette personne", 'href="#person_id"'),
        ("already-over", 409, "Cet horaire est passé", 'href="/practitioners/pr/times?'),
        ("beyond-horizon", 422, "trop lointain", 'href="/practitioners/pr/times?'),
        ("too-many-requests", 429, "Trop d’essais", 'name="message"'),
    ],
)
async def test_a_refusal_says_why_and_what_can_be_done_and_loses_no_word(
    visit: Visitor, slug: str, status: int, said: str, way: str
) -> None:
    others = refused(slug, status, request_id="r9")
    async with visit(cookies={SESSION: logged_in()}, services=others.transport) as client:
        answer = await client.post("/practitioners/pr/ask", data=FORM)
    assert answer.status_code == status
    assert said in answer.text
    assert way in answer.text
    assert "Plutôt le matin." in answer.text


async def test_what_can_be_booked_by_now_leads_to_its_free_times(visit: Visitor) -> None:
    times = "/practitioners/pr/times?agenda=ag&motive=m&mode=in_person&week="
    async with visit(cookies={SESSION: logged_in()}, services=refused("book-online-instead", 422).transport) as client:
        assert (await client.post("/practitioners/pr/ask", data=FORM)).headers["Location"].startswith(times)
    async with visit(cookies={SESSION: logged_in()}, services=Others(booking="everyone").transport) as client:
        assert (await client.get("/practitioners/pr/ask", params=ASK)).headers["Location"].startswith(times)


async def test_a_time_that_has_passed_leads_to_the_others(visit: Visitor) -> None:
    async with visit(cookies={SESSION: logged_in()}, services=Others().transport) as client:
        answer = await client.get("/practitioners/pr/ask", params=ASK | {"start": "2020-01-01T09:00:00+01:00"})
    assert answer.headers["Location"] == "/practitioners/pr/times?agenda=ag&motive=m&mode=in_person"


@pytest.mark.parametrize(
    ("wrong", "status"), [({"start": "soon"}, 400), ({"motive": "other"}, 404), ({"mode": "video"}, 404)]
)
async def test_what_cannot_be_asked_for_is_told_kindly(visit: Visitor, wrong: dict[str, str], status: int) -> None:
    async with visit(cookies={SESSION: logged_in()}, services=Others().transport) as client:
        assert (await client.get("/practitioners/pr/ask", params=ASK | wrong)).status_code == status
        assert (await client.post("/practitioners/pr/ask", data=FORM | wrong)).status_code == status


@pytest.mark.parametrize(
    ("request_", "wanted", "unwanted"),
    [
        ({"message": "Le matin."}, ("Demande en attente", "au plus tard le", "Le matin.", "Retirer la demande"), ()),
        (
            {"state": "approved", "appointment_id": "a1"},
            ("Demande acceptée", 'href="/appointments/a1"'), ("Retirer la demande", "C’est un autre horaire"),
        ),
        (
            {"state": "approved", "appointment_id": "a1", "wished_start": "2027-01-04T10:00:00+01:00"},
            ("C’est un autre horaire que celui que vous aviez demandé (lundi 4 janvier à 10:00)",), (),
        ),
        (
            {"state": "declined", "reason": "Complet <b>ce mois</b>."},
            ("Demande non acceptée", "Complet &lt;b&gt;ce mois&lt;/b&gt;.", "Demander un autre horaire"),
            ("Retirer la demande",),
        ),
        ({"state": "lapsed"}, ("Demande sans réponse", "n’a pas répondu à temps"), ("Le mot du cabinet",)),
        ({"state": "withdrawn"}, ("Demande retirée", "Vous avez retiré cette demande"), ("Retirer la demande",)),
    ],
)  # fmt: skip
async def test_each_end_of_a_request_is_told_plainly(
    visit: Visitor, request_: dict[str, Any], wanted: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    async with visit(cookies={SESSION: logged_in()}, services=Others(**request_).transport) as client:
        page = (await client.get("/requests/r1")).text
    assert [part for part in wanted if part not in page] == []
    assert [part for part in unwanted if part in page] == []


async def test_who_withdraws_too_late_sees_the_answer(visit: Visitor) -> None:
    others = refused("request-answered", 409, answer="approved")
    others.request |= {"state": "approved", "appointment_id": "a1"}
    async with visit(cookies={SESSION: logged_in()}, services=others.transport) as client:
        answer = await client.post("/requests/r1/withdraw")
    assert answer.status_code == 409
    assert "ne peut plus être retirée" in answer.text
    assert 'href="/appointments/a1"' in answer.text


async def test_a_request_is_for_its_account_and_for_our_own_page(visit: Visitor) -> None:
    async with visit() as client:
        assert (await client.get("/requests/r1")).headers["Location"] == "/log-in?next=%2Frequests%2Fr1"
        answer = await client.post("/requests/r1/withdraw")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/log-in?next=%2Fappointments")
        for path in ("/requests/r1/withdraw", "/practitioners/pr/ask"):
            assert (await client.post(path, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403


async def test_the_draft_with_the_longest_message_fits_into_a_cookie(visit: Visitor) -> None:
    draft = Draft(
        about="m",
        answers={"q": "a" * 1_800},
        person_id="p" * 36,
        phone="+33639981234",
        email="e" * 60 + "@patients.example",
    )
    async with visit(cookies={SESSION: logged_in(), DRAFT: draft}, services=Others().transport) as client:
        answer = await client.post("/practitioners/pr/ask", data=FORM | {"person_id": "", "message": "🙂" * 600})
        assert answer.status_code == 422
        assert "🙂" * 500 in answer.text
