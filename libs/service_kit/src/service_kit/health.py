"""The second port: alive as long as the process answers, ready while nothing that it needs is away, and figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiokafka.errors import KafkaError
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from service_kit.figures import gauge
from service_kit.keeping import Check, Keeper

CHECK_SECONDS_MAX = 2
BEHIND_SECONDS_MAX = 30.0


def health_app(
    checks: Mapping[str, Check],
    keepers: Sequence[Keeper],
    stopping: Callable[[], bool],
    behind_seconds_max: float = BEHIND_SECONDS_MAX,
) -> Starlette:
    """`/live` never asks a dependency: a restart would not bring a database back. `/ready` asks them all at once.

    Not ready is who cannot answer requests rightly: `checks` fail, a task fails, a view is known to be too far behind.
    What only the background leans on, a broker, is told as `away` and takes nobody out: requests go on without it, the
    log is the outbox, and no other process would do better. Alarms come from the metrics then: they tell what the last
    answer was, for whoever runs the process asks every few seconds.
    """
    seen = _observed()
    leaned_on: dict[str, Check] = {}
    for keeper in keepers:
        leaned_on |= {name: check for name, check in keeper.checks.items() if name not in checks}

    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        problems, away = await asyncio.gather(_problems(checks), _problems(leaned_on))
        for keeper in keepers:
            wrong = _wrong(keeper, behind_seconds_max)
            if wrong:
                (away if _for_its_broker(keeper, away) else problems)[keeper.name] = wrong
        if stopping():
            problems["process"] = "stopping"
        seen["ready"] = {"": float(not problems)}
        seen["away"] = {name: float(name in {**problems, **away}) for name in (*checks, *leaned_on)}
        body = {"ready": not problems, "problems": problems, "away": away}
        return JSONResponse(body, 503 if problems else 200)

    return Starlette(routes=[Route("/live", live), Route("/ready", ready), Route("/metrics", _metrics)])


def _observed() -> dict[str, dict[str, float]]:
    """What the metrics tell of the last answer; nothing before the first."""
    seen: dict[str, dict[str, float]] = {"ready": {}, "away": {}}
    gauge(
        "health.ready", "1", "1 when /ready said so when last asked",
        lambda: [(value, {}) for value in seen["ready"].values()],
    )  # fmt: skip
    gauge(
        "health.dependency_away", "1", "1 when /ready found it away when last asked",
        lambda: [(value, {"dependency": name}) for name, value in seen["away"].items()],
    )  # fmt: skip
    return seen


async def _metrics(request: Request) -> Response:
    """All that OpenTelemetry counts, and the process itself, in the form that Prometheus asks for."""
    written, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(written(REGISTRY), headers={"Content-Type": kind})


def _wrong(keeper: Keeper, behind_seconds_max: float) -> str:
    if keeper.failing:
        return f"failing: {keeper.ended_by.__name__}" if keeper.ended_by else "failing: it ended"
    behind = keeper.seconds_behind()
    return f"{behind:.0f} s behind" if behind > behind_seconds_max else ""


def _for_its_broker(keeper: Keeper, away: Mapping[str, str]) -> bool:
    """Whether a task is in trouble for what it leans on: now, or a moment ago, and its next run is still to come."""
    return bool(away.keys() & keeper.checks.keys()) or (
        keeper.failing and keeper.ended_by is not None and issubclass(keeper.ended_by, KafkaError)
    )


async def _problems(checks: Mapping[str, Check]) -> dict[str, str]:
    answers = await asyncio.gather(*(_problem(check) for check in checks.values()))
    return {name: answer for name, answer in zip(checks, answers, strict=True) if answer}


async def _problem(check: Check) -> str:
    """The kind of what is wrong; nothing when the check passes. Never its text, which may name hosts and roles."""
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            await check()
    except Exception as error:  # readiness names whatever is wrong
        return type(error).__name__
    return ""
