"""No refusal without a test that meets it, a status, a sentence in both languages, and its place in the OpenAPI.

`make check` asks for this as well, so it needs no database.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from booking.domain.rejections import HoldHasExpired, ImportedOtherwise, OffTheGrid, Rejection, SlotTaken
from booking.entrypoints.http import FACES
from booking.entrypoints.problems import REFUSALS
from fastapi import FastAPI
from service_kit.problems import REGISTRY

from ..house import check_named
from .test_booking_problems import ALL

NOT_OVER_HTTP = {OffTheGrid, ImportedOtherwise}
"""Said in the report of an import only."""
TESTS = Path(__file__).parents[1]


def faces() -> FastAPI:
    """All operations, with nothing behind them."""
    app = FastAPI()
    for module in FACES:
        app.include_router(module.router)
    return app


def met(sources: list[str]) -> set[str]:
    """What tests expect: the names in `pytest.raises(...)` or its table, the texts that something is compared with."""
    found = set[str]()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("raises", "parametrize"):
                found |= {name.id for part in node.args for name in ast.walk(part) if isinstance(name, ast.Name)}
            elif isinstance(node, ast.Compare):
                found |= set(_texts(node))
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def unmet(kinds: set[type[Rejection]], words: set[str]) -> set[str]:
    """`not-found` says nothing: it is shared, and the answer of many."""
    slugs = {kind: REFUSALS[kind].slug for kind in kinds if kind in REFUSALS}
    return {
        kind.__name__ for kind in kinds if kind.__name__ not in words and slugs.get(kind) not in words - {"not-found"}
    }


def test_every_rejection_is_met_by_a_test() -> None:
    sources = [path.read_text() for path in TESTS.rglob("test_*.py") if path.name != Path(__file__).name]
    assert unmet(ALL, met(sources)) == set()


def test_one_that_no_test_meets_is_found() -> None:
    class NeverMet(Rejection):
        pass

    words = met(["with pytest.raises(SlotTaken):\n    pass", "assert slug == 'no-such-thing'", "assert slug != ''"])
    assert words == {"SlotTaken", "no-such-thing", ""}
    assert unmet({NeverMet}, words) == {"NeverMet"}


@pytest.mark.parametrize("kind", sorted(ALL, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_every_rejection_has_a_status_and_a_sentence_of_its_own_in_both_languages(kind: type[Rejection]) -> None:
    problem = REGISTRY[REFUSALS[kind].slug]
    assert 400 <= problem.status < 500
    for said in (problem.title, problem.detail):
        assert said.en.endswith(".")
        assert said.fr.endswith(".")
        assert said.en != said.fr


def test_a_refusal_that_the_openapi_of_its_operation_does_not_name_is_found() -> None:
    """`House` looks at whatever any test is answered."""

    def answer(path: str, kind: type[Rejection]) -> httpx.Response:
        problem = REGISTRY[REFUSALS[kind].slug]
        body = {"type": f"https://rendezvous.example/problems/{problem.slug}"}
        asked = httpx.Request("POST", f"http://booking{path}")
        headers = {"Content-Type": "application/problem+json"}
        return httpx.Response(problem.status, json=body, headers=headers, request=asked)

    check_named(faces(), answer("/v1/holds/a/extend", HoldHasExpired))
    check_named(faces(), answer("/v1/holds/any-of", SlotTaken))
    with pytest.raises(AssertionError, match="slot-taken"):
        check_named(faces(), answer("/v1/holds/a/extend", SlotTaken))


def test_every_rejection_is_named_in_the_openapi_at_an_operation_that_answers_it() -> None:
    document = faces().openapi()
    said = json.dumps(
        [
            (status, answer["description"])
            for path in document["paths"].values()
            for operation in path.values()
            for status, answer in operation["responses"].items()
        ]
    )
    assert {kind for kind in ALL if f"`{REFUSALS[kind].slug}`" not in said} == NOT_OVER_HTTP
