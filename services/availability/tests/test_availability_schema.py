"""The OpenAPI document is complete, and schemathesis finds no server error behind it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import schemathesis
from embedded_parts.provision import ProvisionedDatabase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks, not_a_server_error
from schemathesis.schemas import BaseSchema

from .running import PLACE, PRACTITIONER, TOMORROW, agenda_body, process, staff_token

load_all_checks()
_CONFORMANCE = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
CHECKED = [not_a_server_error, *(CHECKS.get_one(name) for name in _CONFORMANCE)]
OPERATIONS = {
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/v1/agendas"),
    ("POST", "/v1/agendas"),
    ("GET", "/v1/agendas/{agenda_id}"),
    ("PATCH", "/v1/agendas/{agenda_id}"),
    ("GET", "/v1/agendas/{agenda_id}/motives"),
    ("POST", "/v1/agendas/{agenda_id}/absences"),
    ("DELETE", "/v1/agendas/{agenda_id}/absences/{absence_id}"),
    ("GET", "/v1/places/{place_id}/rooms"),
    ("POST", "/v1/places/{place_id}/rooms"),
    ("PATCH", "/v1/places/{place_id}/rooms/{room_id}"),
    ("GET", "/v1/slots"),
    ("GET", "/v1/why-not"),
}


class Served:
    """The service as a process, with one agenda in it."""

    def __init__(self, base: str, key: OKPKey) -> None:
        self.schema: BaseSchema = schemathesis.openapi.from_url(f"{base}/openapi.json")
        self.staff = staff_token(key)
        made = httpx.post(f"{base}/v1/agendas", json=agenda_body(), headers=self.staff, trust_env=False, timeout=30)
        assert made.status_code == 201, made.text
        self.agenda_id: str = made.json()["id"]
        room = httpx.post(
            f"{base}/v1/places/{PLACE}/rooms", json={"name": "Salle"}, headers=self.staff, trust_env=False
        )
        self.room_id: str = room.json()["id"]

    def place(self, case: Case) -> None:
        """Put real ids where made-up ones stand, so that the rules behind them are met."""
        if case.path_parameters and "agenda_id" in case.path_parameters:
            case.path_parameters["agenda_id"] = self.agenda_id
        if case.path_parameters and "place_id" in case.path_parameters:
            case.path_parameters["place_id"] = PLACE
        if case.path_parameters and "room_id" in case.path_parameters:
            case.path_parameters["room_id"] = self.room_id
        known: dict[str, Any] = {"agenda": self.agenda_id, "motive": "check-up", "practitioner": PRACTITIONER}
        known |= {"from": str(TOMORROW), "to": str(TOMORROW + timedelta(days=6)), "as_of": "2099-01-01T00:00:00Z"}
        known["start"] = f"{TOMORROW}T09:00:00Z"
        query: dict[str, Any] = case.query or {}
        query.update({name: known[name] for name in known.keys() & query.keys()})
        if isinstance(case.body, dict) and "practitioner_id" in case.body:
            case.body |= {"practitioner_id": PRACTITIONER, "place_id": PLACE}
        if isinstance(case.body, dict) and {"start", "end"} <= case.body.keys():
            case.body |= {"start": "2027-01-04T08:00:00Z", "end": "2027-01-04T09:00:00Z"}


@pytest.fixture(scope="module")
def served(
    own: ProvisionedDatabase, environment_of: Any, signing_key: OKPKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with psycopg.connect(own.service_url) as connection:
        connection.execute("INSERT INTO practitioners VALUES (%s, 'registered', 'SM15')", (PRACTITIONER,))
        connection.execute("INSERT INTO places VALUES (%s, %s, 'Europe/Paris', '49')", (PRACTITIONER, PLACE))
    folder: Path = tmp_path_factory.mktemp("schema")
    environment = environment_of(folder)
    base = f"http://127.0.0.1:{environment['AVAILABILITY_HTTP_PORT']}"
    with process(environment, folder / "log"):
        for _ in range(200):
            try:
                httpx.get(f"{base}/openapi.json", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Served(base, signing_key)


def test_every_operation_is_in_the_document(served: Served) -> None:
    found = {(one.ok().method.upper(), one.ok().path) for one in served.schema.get_all_operations()}
    assert found == OPERATIONS


# There is no wrong way to ask for the keys: that operation takes nothing.
PROBES = [
    (*one, mode)
    for one in sorted(OPERATIONS)
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or "jwks" not in one[1]
]


@pytest.mark.parametrize(("method", "path", "mode"), PROBES)
def test_schemathesis_finds_no_server_error(served: Served, method: str, path: str, mode: GenerationMode) -> None:
    operation = served.schema[path][method]
    answered: list[int] = []

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans(), stranger=st.integers(0, 4))
    def probe(case: Case, real: bool, stranger: int) -> None:
        if real:
            served.place(case)
        # A well-formed position would be waited for, 2 s each time.
        given_headers = dict(case.headers or {})
        headers = {name: value for name, value in given_headers.items() if name.lower() != "position-at-least"}
        if stranger:
            headers |= served.staff | ({"If-Match": "*"} if real else {})
        case.headers = headers
        answer = case.call()
        answered.append(answer.status_code)
        case.validate_response(answer, checks=CHECKED)

    probe()
    assert max(answered) < 500
    if mode is GenerationMode.POSITIVE and method != "DELETE":
        assert min(answered) < 300  # the rules were met, not only the bounds of the fields
