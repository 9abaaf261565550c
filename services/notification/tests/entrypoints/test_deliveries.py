"""Who may see what was or will be sent about an appointment, and what they see."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notification.domain.appointment import Confirmed
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ..conftest import Hear, MakeVisit, MovingClock
from ..outside import Outside
from .conftest import Running, until

SCHEMATHESIS_EXAMPLES = 150


@pytest.fixture
async def appointment(hear: Hear, known: None, make_visit: MakeVisit, moving_clock: MovingClock) -> str:
    visit = make_visit("2027-01-20T10:20", appointment_id=str(uuid.uuid4()))
    await hear(Confirmed(visit, moving_clock.move_to("2026-12-02T10:00")))
    return visit.appointment_id


@pytest.mark.parametrize(
    ("roles", "claims", "status"),
    [
        (["operator"], {}, 200),
        (["practitioner"], {"practitioner_id": "practitioner-1"}, 200),
        (["practitioner"], {"practitioner_id": "practitioner-2"}, 404),
        (["practitioner"], {"practitioner_id": "practitioner-2", "practices": ["place-1"]}, 200),
        (["secretary"], {"practices": ["place-1", "place-2"]}, 200),
        (["secretary"], {"practices": ["place-2"]}, 404),
        (["secretary"], {}, 404),
        (["secretary"], {"practitioner_id": "practitioner-1"}, 404),
        (["patient"], {"sub": "account-1"}, 403),
        (["patient"], {"practices": ["place-1"], "practitioner_id": "practitioner-1"}, 403),
        (["auditor"], {}, 403),
        (["service"], {"kind": "service"}, 403),
        ([], {"kind": "visitor"}, 403),
    ],
)
async def test_staff_of_the_practice_and_operators_see_them(
    running: Running, outside: Outside, appointment: str, roles: list[str], claims: dict[str, Any], status: int
) -> None:
    token = outside.token(*roles, **claims)
    answer = await running.deliveries(appointment, token)
    assert answer.status_code == status
    if status == 404:
        unknown = await running.deliveries(str(uuid.uuid4()), token)
        assert unknown.content == answer.content, "not yours is like not there"


@pytest.mark.parametrize("token", ["", "not-a-token", "expired", "foreign", "wrong issuer", "wrong audience"])
async def test_without_a_good_token_nobody_sees_anything(
    running: Running, outside: Outside, appointment: str, token: str
) -> None:
    match token:
        case "expired":
            token = outside.token("operator", exp=1)
        case "foreign":
            token = Outside().token("operator")
        case "wrong issuer":
            token = outside.token("operator", iss="https://elsewhere.example")
        case "wrong audience":
            token = outside.token("operator", aud="elsewhere")
    answer = await running.deliveries(appointment, token)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_message_is_shown_with_its_time_at_the_place_and_why_it_was_not_sent(
    running: Running, outside: Outside, appointment: str
) -> None:
    outside.contacts["person-1"]["email"] = None
    token = outside.token("operator")
    async with running.background("sender"):

        async def failed() -> bool:
            items = (await running.deliveries(appointment, token)).json()["items"]
            return bool(items[0]["state"] == "failed")

        await until(failed)
    answer = await running.deliveries(appointment, token)
    items = answer.json()["items"]
    assert [item["kind"] for item in items] == ["confirmation", "reminder_week", "reminder_sms", "reminder_day"]
    assert items[0]["reason"] == "no_email"
    assert items[0]["settled_at"] is not None
    assert items[1]["state"] == "planned"
    assert items[1]["due_at"].startswith("2027-01-13T1")
    assert items[1]["due_at"].endswith("+01:00")
    assert items[1]["zone"] == "Europe/Paris"
    assert datetime.fromisoformat(items[1]["next_try_at"]) == datetime.fromisoformat(items[1]["due_at"])
    assert "paul@" not in answer.text
    assert "+33639980001" not in answer.text


async def test_pages_hold_every_message_once(running: Running, outside: Outside, appointment: str) -> None:
    token = outside.token("operator")
    everything = (await running.deliveries(appointment, token)).json()
    assert everything["next"] is None
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = (await running.deliveries(appointment, token, limit=3, **after)).json()
        assert len(page["items"]) <= 3
        found += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == everything["items"]
    assert len(found) == 4


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"limit": 0}, 422),
        ({"limit": 101}, 422),
        ({"limit": "many"}, 422),
        ({"appointment": ""}, 422),
        ({"appointment": "a" * 65}, 422),
        ({"appointment": "'; DROP TABLE messages --"}, 422),
        ({"appointment": "\x00"}, 422),
    ],
)
async def test_a_wrong_parameter_is_named(
    running: Running, outside: Outside, appointment: str, params: dict[str, Any], status: int
) -> None:
    answer = await running.deliveries(appointment, outside.token("operator"), **params)
    assert answer.status_code == status
    [name] = params
    assert answer.json()["errors"][0]["pointer"] == f"query/{name}"


async def test_a_reader_is_told_the_positions_and_may_ask_for_them(
    running: Running, outside: Outside, appointment: str
) -> None:
    token = outside.token("operator")
    answer = await running.deliveries(appointment, token)
    logs = dict(part.split("=") for part in answer.headers["Position"].split(", "))
    assert set(logs) == {"booking", "directory", "notification"}

    async def ask(wanted: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "Position-At-Least": wanted}
        found = await running.http.get("/v1/deliveries", params={"appointment": appointment}, headers=headers)
        return found.status_code

    assert await ask(f"notification={logs['notification']}") == 200
    assert await ask(f"booking={int(logs['booking']) + 1}") == 503
    assert await ask("accounts=1") == 400


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def,override] # uvicorn's own would replace pytest's
        yield


@pytest.fixture
async def served(running: Running) -> AsyncIterator[str]:
    """The service's address on a real port."""
    server = _Server(uvicorn.Config(running.service.app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_whatever_is_asked_the_answer_is_as_described_and_never_a_server_error(
    mode: GenerationMode, served: str, outside: Outside, appointment: str
) -> None:
    headers = {"Authorization": f"Bearer {outside.token('operator')}"}
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, f"{served}/openapi.json")
    [operation] = [result.ok() for result in schema.get_all_operations()]
    assert operation.label == "GET /v1/deliveries"
    seen: set[int] = set()

    @settings(max_examples=SCHEMATHESIS_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), ours=st.booleans())
    def ask(case: schemathesis.Case, ours: bool) -> None:
        if ours and mode is GenerationMode.POSITIVE:
            case.query["appointment"] = appointment
        # Which logs a service follows, for `Position-At-Least`, is more than a schema can say.
        answer = case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
        seen.add(answer.status_code)

    await asyncio.to_thread(ask)
    assert seen >= ({200, 404} if mode is GenerationMode.POSITIVE else {422})
