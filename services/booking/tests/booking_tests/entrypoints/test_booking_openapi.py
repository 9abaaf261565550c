"""What the OpenAPI document promises is kept, whatever is sent: no server error, no status or shape that it omits."""

import asyncio
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ..house import House

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 40
OPERATIONS = {
    ("POST", "/v1/holds/any-of"), ("POST", "/v1/holds"),
    ("GET", "/v1/holds"), ("GET", "/v1/holds/{hold_id}"), ("DELETE", "/v1/holds/{hold_id}"),
    ("POST", "/v1/holds/{hold_id}/extend"), ("POST", "/v1/holds/{hold_id}/claim"),
    ("POST", "/v1/holds/{hold_id}/confirm"), ("GET", "/v1/appointments"), ("GET", "/v1/appointments/{appointment_id}"),
    ("POST", "/v1/appointments/{appointment_id}/cancel"), ("POST", "/v1/appointments/{appointment_id}/move"),
    ("GET", "/v1/events"),
    ("GET", "/v1/audit/appointments/{appointment_id}"), ("GET", "/v1/audit/state"), ("GET", "/v1/audit/heads"),
    ("GET", "/v1/audit/chain"), ("POST", "/v1/appointments/{appointment_id}/attendance"),
    ("GET", "/v1/agendas/{agenda_id}/patients/{person_id}"), ("POST", "/v1/agendas/{agenda_id}/appointments"),
    ("GET", "/v1/agendas/{agenda_id}/days"),
    ("POST", "/v1/agendas/{agenda_id}/requests"), ("GET", "/v1/requests"), ("GET", "/v1/requests/{request_id}"),
    ("GET", "/v1/me/requests"),
    ("POST", "/v1/requests/{request_id}/approve"), ("POST", "/v1/requests/{request_id}/decline"),
    ("POST", "/v1/requests/{request_id}/withdraw"), ("GET", "/v1/agendas/{agenda_id}/absences/{absence_id}"),
    ("POST", "/v1/agendas/{agenda_id}/absences/{absence_id}/plan"),
    ("POST", "/v1/appointments/{appointment_id}/waiting-list"),
    ("DELETE", "/v1/appointments/{appointment_id}/waiting-list"),
    ("GET", "/v1/appointments/{appointment_id}/earlier-slots"), ("POST", "/v1/earlier-slots/{offer_id}/accept"),
    ("POST", "/v1/agendas/{agenda_id}/patients/{person_id}/known"),
    ("POST", "/v1/agendas/{agenda_id}/patients/{person_id}/online-booking"),
}  # fmt: skip


async def test_nothing_that_can_be_sent_breaks_the_service_or_its_document(house: House, served: str) -> None:
    who, start, agenda = await house.somebody(), house.start_in(days=20), await house.agenda()
    everything = house.token(who, roles=["patient", "auditor", "practitioner"], practitioner_id="practitioner-1")
    schema = schemathesis.openapi.from_dict(await _document(served))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {(operation.method.upper(), operation.path) for operation in operations} == OPERATIONS
    for operation in operations:
        made = await house.appointment(who, start=house.start_in(days=5))
        held = await house.hold(house.token(who))
        known = {
            "hold_id": held.json()["id"],
            "appointment_id": made["id"],
            "appointment": made["id"],
            "agenda_id": agenda,
            "person_id": who.people[0],
            "offer": house.offer(made["agenda_id"], [start]),
            "start": start.isoformat(),
            "visitor_token": house.visitor(),
        }
        tokens = [everything, house.token(who), house.visitor(), None]
        await asyncio.to_thread(_try, operation, served, tokens, known)
        await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))


async def _document(served: str) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return dict((await client.get(f"{served}/openapi.json")).json())


def _try(operation: Any, url: str, tokens: list[str | None], known: dict[str, Any]) -> None:
    """Half of what is sent fits the document and half does not; some of it is what the service knows."""
    cases = st.one_of(*(operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)))

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases, st.sets(st.sampled_from(sorted(known))), st.sampled_from([tokens[0], *tokens]))
    def try_one(case: Any, fitting: set[str], token: str | None) -> None:
        for place in (case.body, case.query, case.path_parameters):
            if isinstance(place, dict):
                place.update({name: known[name] for name in fitting & place.keys()})
        if isinstance(case.query, dict):
            case.query.pop("wait", None)  # else most of the time of this test would go into waiting
        if isinstance(case.headers, dict) or case.headers:
            case.headers.pop("Position-At-Least", None)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        case.validate_response(case.call(base_url=url, headers=headers), checks=CHECKS)

    try_one()
