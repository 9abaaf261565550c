"""What the operations on agendas share: whose agenda it is, and how a refusal looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from service_kit.problems import Problem
from service_kit.tokens import Principal
from starlette.responses import Response

from availability.application.handle_agenda import Kept
from availability.domain.rejections import Rejection
from availability.entrypoints import shown
from availability.entrypoints.problems import problem_of

STAFF = ("practitioner", "secretary")
PREVIEW: dict[int | str, dict[str, Any]] = {
    200: {"model": shown.PreviewShown, "description": "With `preview=true`: what would be; nothing changes"}
}


@contextmanager
def refusals() -> Iterator[None]:
    """A rule's refusal leaves as problem+json."""
    try:
        yield
    except Rejection as rejection:
        raise problem_of(rejection) from rejection


def owned(caller: Principal, kept: Kept | None) -> Kept:
    """The agenda if the caller's practice has it; what is not yours is not there."""
    caller.require(*STAFF)
    if kept is None or not caller.manages(kept.state.practitioner_id, kept.state.place_id):
        raise Problem("not-found")
    return kept


def answer(body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), media_type="application/json", headers=headers)
