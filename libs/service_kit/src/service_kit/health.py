"""The second port: alive as long as the process answers, ready while nothing that it needs is away, and figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from service_kit.keeping import Check, Keeper

CHECK_SECONDS_MAX = 2


def health_app(checks: Mapping[str, Check], keepers: Sequence[Keeper], stopping: Callable[[], bool]) -> Starlette:
    """`/live` never asks a dependency: a restart would not bring a database back. `/ready` asks them all at once."""
    asked = dict(checks)
    for keeper in keepers:
        for name, check in keeper.checks.items():
            asked.setdefault(name, check)

    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        problems = {keeper.name: "failing" for keeper in keepers if keeper.failing}
        if stopping():
            problems["process"] = "stopping"
        answers = await asyncio.gather(*(_problem(check) for check in asked.values()))
        problems |= {name: answer for name, answer in zip(asked, answers, strict=True) if answer}
        return JSONResponse({"ready": not problems, "problems": problems}, 503 if problems else 200)

    return Starlette(routes=[Route("/live", live), Route("/ready", ready), Route("/metrics", _metrics)])


async def _metrics(request: Request) -> Response:
    """All that OpenTelemetry counts, and the process itself, in the form that Prometheus asks for."""
    written, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(written(REGISTRY), headers={"Content-Type": kind})


async def _problem(check: Check) -> str:
    """The kind of what is wrong; nothing when the check passes. Never its text, which may name hosts and roles."""
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            await check()
    except Exception as error:  # readiness names whatever is wrong
        return type(error).__name__
    return ""
