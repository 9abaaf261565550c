"""What the OpenAPI document promises is kept, whatever is sent: no server error, no status or shape that it omits."""

from __future__ import annotations

import asyncio
from typing import Any

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

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 30


async def test_nothing_that_can_be_sent_breaks_the_service_or_its_document(
    house: Any, served: str, service: str, phones: Any
) -> None:
    who = house.somebody()
    done = await house.register(who)
    likely = {**who.form("123456"), "phone": next(phones), "person_id": done["person_id"], "purpose": "a-purpose"}
    schema = schemathesis.openapi.from_dict((await house.get("/openapi.json")).json())
    operations = [found.ok() for found in schema.get_all_operations()]
    paths = {operation.path for operation in operations}
    assert paths >= {"/v1/sign-up", "/v1/sessions", "/v1/me/people", "/v1/people/{person_id}/contact"}
    for operation in operations:
        session = await house.log_in(who)
        known = {**likely, **{name: session[name] for name in ("session_id", "refresh_token")}}
        token = service if operation.path.startswith("/v1/people") else session["access_token"]
        await asyncio.to_thread(_try, operation, served, token, known)


def _try(operation: Any, url: str, token: str, known: dict[str, Any]) -> None:
    """Half of what is sent fits the document and half does not; some of it is what the service knows."""
    cases = st.one_of(*(operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)))

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases, st.sets(st.sampled_from(sorted(known))), st.ip_addresses(v=4), st.sampled_from([True, True, False]))
    def try_one(case: Any, fitting: set[str], address: Any, with_token: bool) -> None:
        for place in (case.body, case.query, case.path_parameters):
            if isinstance(place, dict):
                place.update({name: known[name] for name in fitting & place.keys()})
        headers = {"X-Forwarded-For": str(address)}  # each its own, or the limits would answer
        if with_token:
            headers["Authorization"] = f"Bearer {token}"
        answer = case.call(base_url=url, headers=headers)
        case.validate_response(answer, checks=CHECKS)

    try_one()
