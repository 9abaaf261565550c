"""Every operation for every kind of caller: who may ask, and that a stranger's thing is no thing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from accounts.adapters.hashing import Hashing
from accounts.adapters.operator import OperatorStore
from accounts.domain.staff import grant

OPEN = {"nobody": True, "visitor": True, "patient": True, "staff": True, "service": True}
ACCOUNT = {"nobody": False, "visitor": False, "patient": True, "staff": True, "service": False}
PATIENT = ACCOUNT | {"staff": False}
SERVICE = {"nobody": False, "visitor": False, "patient": False, "staff": False, "service": True}
RIGHTS = {
    ("POST", "/v1/sign-up/phone-code"): OPEN,
    ("POST", "/v1/sign-up"): OPEN,
    ("POST", "/v1/sign-up/confirm"): OPEN,
    ("POST", "/v1/sessions"): OPEN,
    ("POST", "/v1/sessions/refresh"): OPEN,
    ("DELETE", "/v1/sessions/{session_id}"): ACCOUNT,
    ("DELETE", "/v1/sessions"): ACCOUNT,
    ("POST", "/v1/visitors"): OPEN,
    ("POST", "/v1/service-tokens"): OPEN,
    ("GET", "/.well-known/jwks.json"): OPEN,
    ("GET", "/v1/me"): ACCOUNT,
    ("PATCH", "/v1/me"): ACCOUNT,
    ("GET", "/v1/me/export"): ACCOUNT,
    ("POST", "/v1/me/erase"): PATIENT,
    ("GET", "/v1/me/people"): ACCOUNT,
    ("POST", "/v1/me/people"): PATIENT,
    ("GET", "/v1/me/people/{person_id}"): ACCOUNT,
    ("DELETE", "/v1/me/people/{person_id}"): PATIENT,
    ("GET", "/v1/people/{person_id}/contact"): SERVICE,
}
CHILD = {"relation": "child", "first_name": "Lou", "last_name": "Durand", "birth_date": "2019-02-03", "sex": "F"}


@pytest.fixture
async def callers(house: Any, service: str) -> dict[str, str | None]:
    """The token of each kind of caller."""
    patient, staff = house.somebody(), house.somebody()
    await house.register(patient)
    operator = OperatorStore(house.database, Hashing(), house.clock)
    await operator.put_staff(staff.email, staff.password, grant("auditor", None, ()))
    return {
        "nobody": None,
        "visitor": (await house.post("/v1/visitors")).json()["access_token"],
        "patient": (await house.log_in(patient))["access_token"],
        "staff": (await house.log_in(staff))["access_token"],
        "service": service,
    }


async def test_the_table_of_rights_has_every_operation_and_no_other(house: Any) -> None:
    document = (await house.get("/openapi.json")).json()
    assert RIGHTS.keys() == {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }


@pytest.mark.parametrize("operation", RIGHTS)
async def test_each_operation_is_for_its_callers_only(
    house: Any, callers: dict[str, str | None], operation: tuple[str, str]
) -> None:
    method, path = operation
    path = path.replace("{person_id}", str(uuid.uuid4())).replace("{session_id}", str(uuid.uuid4()))
    body = {"/v1/me/people": CHILD, "/v1/me/erase": {"current_password": "a wrong one"}}.get(path, {})
    for caller, allowed in RIGHTS[operation].items():
        headers = {"Authorization": f"Bearer {callers[caller]}"} if callers[caller] else {}
        parameters = {"purpose": "a-purpose"} if path.endswith("/contact") else {}
        answer = await house.http.request(method, path, params=parameters, headers=headers, json=body)
        refused = {401, 403} if callers[caller] is None else {403}
        problem = answer.json().get("type", "") if answer.content else ""
        assert (answer.status_code in refused and "wrong-cred" not in problem) == (not allowed), (caller, answer.text)


async def test_a_strangers_people_and_sessions_are_not_there_like_those_that_never_were(
    house: Any, callers: dict[str, str | None]
) -> None:
    other = house.somebody()
    done = await house.register(other)
    session = await house.log_in(other)
    as_me = {"Authorization": f"Bearer {callers['patient']}"}
    for method, path, theirs in (
        ("GET", "/v1/me/people/", done["person_id"]),
        ("DELETE", "/v1/sessions/", session["session_id"]),
    ):
        foreign = await house.http.request(method, path + theirs, headers=as_me)
        unknown = await house.http.request(method, path + str(uuid.uuid4()), headers=as_me)
        assert (foreign.status_code, foreign.content) == (404, unknown.content)
        assert foreign.headers == unknown.headers
    assert (await house.get("/v1/me", session["access_token"])).status_code == 200
