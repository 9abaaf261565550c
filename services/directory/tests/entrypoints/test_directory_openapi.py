"""The OpenAPI document is complete, and schemathesis finds nothing behind it that it does not say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from directory.domain.rejections import Rejection
from directory.entrypoints.problems import SLUGS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks, not_a_server_error
from service_kit.problems import REGISTRY

load_all_checks()
_CONFORMANCE = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
CHECKED = [not_a_server_error, *(CHECKS.get_one(name) for name in _CONFORMANCE)]
OPERATIONS = {
    ("GET", "/v1/practitioners"),
    ("GET", "/v1/suggestions"),
    ("GET", "/v1/practitioners/{practitioner_id}"),
    ("PATCH", "/v1/practitioners/{practitioner_id}"),
    ("POST", "/v1/practitioners/{practitioner_id}/claim"),
    ("POST", "/v1/practitioners/{practitioner_id}/recommendations"),
}
EXAMPLES = 60


class Served:
    """The service as a process, one page of which is claimed by the caller."""

    def __init__(self, base: str, bearer: Any) -> None:
        self.schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
        found = httpx.get(
            f"{base}/v1/practitioners", params={"q": "petit", "limit": 3}, trust_env=False, timeout=30
        ).json()
        self.listed, self.mine = found["items"][1]["id"], found["items"][0]["id"]
        self.caller = bearer("practitioner", practitioner_id=self.mine)
        claimed = httpx.post(
            f"{base}/v1/practitioners/{self.mine}/claim", json={}, headers=self.caller, trust_env=False
        )
        assert claimed.status_code == 200, claimed.text


@pytest.fixture(scope="module")
def served(
    bearer: Any, serving: Any, environment_of: Any, new_directory: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:  # fmt: skip
    environment = environment_of(new_directory())
    base = f"http://127.0.0.1:{environment['DIRECTORY_HTTP_PORT']}"
    with serving(environment, tmp_path_factory.mktemp("schema") / "log"):
        for _ in range(200):
            try:
                httpx.get(f"{base}/openapi.json", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Served(base, bearer)


def test_every_operation_is_in_the_document_with_its_refusals(served: Served) -> None:
    operations = {(one.ok().method.upper(), one.ok().path): one.ok() for one in served.schema.get_all_operations()}
    assert operations.keys() == OPERATIONS
    for operation in operations.values():
        refusals = {status: said for status, said in operation.definition.raw["responses"].items() if status >= "400"}
        assert refusals
        assert all("application/problem+json" in said["content"] for said in refusals.values())


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), sorted(OPERATIONS))
def test_schemathesis_finds_no_server_error(served: Served, method: str, path: str, mode: GenerationMode) -> None:
    operation = served.schema[path][method]

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        operation.as_strategy(generation_mode=mode),
        st.sampled_from(["", "listed", "mine"]),
        st.booleans(),
        st.ip_addresses(v=4),
    )
    def probe(case: Any, real: str, known: bool, address: Any) -> None:
        if real and case.path_parameters:
            case.path_parameters["practitioner_id"] = getattr(served, real)
        # Each call from an address of its own, or the limit would answer.
        headers = {"X-Forwarded-For": str(address), **(served.caller if known else {})}
        case.validate_response(case.call(headers=headers), checks=CHECKED)

    probe()


def test_every_rejection_has_a_registered_problem() -> None:
    assert set(Rejection.__subclasses__()) == SLUGS.keys()
    assert set(SLUGS.values()) <= REGISTRY.keys()
