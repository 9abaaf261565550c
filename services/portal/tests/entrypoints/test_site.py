"""The pages while every other service is away, and what goes into cookies and traces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from portal.application.session import Booking, Draft, Login, Session, Visitor

TIME = {"start": "2027-03-01T08:00:00+00:00", "offer": "a.b.c", "version": "1"}
SESSION, DRAFT = "__Host-session", "__Host-draft"


def now() -> datetime:
    return datetime.now(UTC)


def logged_in(access: str = "access") -> Session:
    login = Login(access=access, refresh="refresh", session_id="session", until=now() + timedelta(minutes=10))
    return Session(made_at=now(), login=login)


@pytest.mark.parametrize("path", ["/", "/log-in", "/sign-up", "/sign-up/sent", "/sign-up/confirm?token=abc"])
async def test_pages_that_ask_nobody_stand_alone(visit, path: str) -> None:
    async with visit() as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert '<html lang="fr">' in answer.text
    assert answer.headers["Content-Language"] == "fr"


async def test_with_a_service_away_the_page_says_so_and_how_to_try_again(visit) -> None:
    async with visit() as client:
        answer = await client.get("/search?q=dentiste&where=angers")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert 'href="/search?q=dentiste&amp;where=angers"' in answer.text
    assert "Rien de ce que vous avez fait" in answer.text


async def test_a_question_of_nothing_is_answered_on_the_start_page(visit) -> None:
    async with visit() as client:
        answer = await client.get("/search?q=%20&where=")
    assert answer.status_code == 422
    assert "Dites qui ou quoi" in answer.text


@pytest.mark.parametrize(
    "path", ["/appointments", "/appointments/a1", "/appointments/a1/cancel", "/appointments/a1/move", "/relatives"]
)
async def test_a_stranger_is_asked_to_log_in_and_comes_back(visit, path: str) -> None:
    async with visit() as client:
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/log-in?next={path.replace('/', '%2F')}"
        page = await client.get(answer.headers["Location"])
    assert f'name="next" value="{path}"' in page.text
    assert "Connectez-vous pour voir cette page" in page.text


@pytest.mark.parametrize("button", ["waiting-list", "waiting-list/leave", "earlier-slots/o1/accept", "move"])
async def test_a_button_of_an_appointment_is_for_its_account_and_for_our_own_page(visit, button: str) -> None:
    async with visit() as client:
        answer = await client.post(f"/appointments/a1/{button}", data=TIME)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/log-in?next=%2Fappointments")
        foreign = await client.post(f"/appointments/a1/{button}", headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403


async def test_only_our_own_page_gives_a_held_time_up(visit) -> None:
    async with visit(cookies={SESSION: logged_in()}) as client:
        for button in ("release", "keep-first"):
            foreign = await client.post(f"/book/h1/{button}", headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403


@pytest.mark.parametrize("wrong", [{"start": "soon"}, {"start": "2027-03-01T08:00:00"}, {"version": "²"}])
async def test_a_move_to_what_is_no_time_asks_nobody(visit, wrong: dict[str, str]) -> None:
    async with visit(cookies={SESSION: logged_in()}) as client:
        assert (await client.post("/appointments/a1/move", data=TIME | wrong)).status_code == 400


async def test_the_page_after_log_in_is_never_on_another_site(visit) -> None:
    async with visit(cookies={SESSION: logged_in()}) as client:
        for following in ("//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "evil"):
            answer = await client.get("/log-in", params={"next": following})
            assert answer.headers["Location"] == "/appointments"
        assert (await client.get("/log-in", params={"next": "/relatives"})).headers["Location"] == "/relatives"


async def test_an_unknown_address_is_a_kind_page(visit) -> None:
    async with visit(headers={"Accept-Language": "en"}) as client:
        answer = await client.get("/no/such/page")
    assert answer.status_code == 404
    assert "Page not found" in answer.text


async def test_the_language_is_the_links_then_the_cookies_then_the_browsers(visit) -> None:
    async with visit(headers={"Accept-Language": "en-GB"}) as client:
        assert '<html lang="en">' in (await client.get("/")).text
        chosen = await client.get("/?lang=fr")
        assert '<html lang="fr">' in chosen.text
        assert "__Host-language=fr" in chosen.headers["set-cookie"]
        assert '<html lang="fr">' in (await client.get("/")).text
        assert '<html lang="fr">' in (await client.get("/?lang=de")).text


async def test_every_cookie_is_of_this_host_over_tls_and_out_of_reach_of_scripts(visit) -> None:
    async with visit() as client:
        answer = await client.get("/appointments?lang=en")
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
        assert "domain" not in cookie.lower()


async def test_logging_out_works_even_when_accounts_is_away_and_leaves_nothing(visit) -> None:
    async with visit(cookies={SESSION: logged_in(), DRAFT: Draft(email="someone@patients.example")}) as client:
        answer = await client.post("/log-out")
        assert answer.headers["Location"] == "/"
        page = await client.get("/")
        assert "Se connecter" in page.text
        assert "someone@patients.example" not in (await client.get("/log-in")).text


async def test_the_largest_session_fits_into_a_cookie(visit) -> None:
    session = logged_in(access="a" * 1_400)
    session.visitor = Visitor(token="v" * 500, until=now())
    session.booking = Booking(
        hold_id="h" * 36,
        practitioner_id="p" * 36,
        agenda_id="a" * 36,
        motive_id="m" * 64,
        mode="in_person",
        start=now(),
        expires_at=now(),
        zone="America/Argentina/ComodRivadavia",
        by_visitor=True,
    )
    session.positions = {"booking": 10**9, "accounts": 10**9}
    session.positions_at = now()
    async with visit(cookies={SESSION: session}) as client:
        answer = await client.post("/log-in", data={"email": "", "password": ""})
        assert answer.status_code == 422
        assert (await client.get("/log-in")).status_code == 303


async def test_a_refused_form_keeps_what_was_typed_but_never_a_password(visit) -> None:
    async with visit(cookies={DRAFT: Draft(phone="+33639981234")}) as client:
        form = {"first_name": "Camille <b>", "code": "12", "password": "a secret phrase", "birth_day": "31"}
        answer = await client.post("/sign-up/details", data=form | {"birth_month": "2", "birth_year": "1984"})
    assert answer.status_code == 422
    assert 'value="Camille &lt;b&gt;"' in answer.text
    assert 'value="31"' in answer.text
    assert "Cette date n’existe pas" in answer.text
    assert "Le code a 6 chiffres" in answer.text
    assert "a secret phrase" not in answer.text


async def test_neither_traces_nor_logs_carry_what_stands_in_an_address(visit, caplog) -> None:
    kept = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    async with visit() as client:
        await client.get("/sign-up/confirm?token=the-secret-of-the-link")
        await client.get("/appointments/the-secret-of-the-link")
    spans = kept.get_finished_spans()
    assert spans
    assert not [span.name for span in spans if "the-secret" in span.to_json()]
    ours = [record for record in caplog.records if record.name != "httpx"]
    assert not [record for record in ours if "the-secret" in str(record.__dict__)]
