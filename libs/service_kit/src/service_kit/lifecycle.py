"""A service's life: settings, migrations, its two ports, its background tasks, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from service_kit import telemetry
from service_kit.database import migrate
from service_kit.settings import (
    Group,
    HttpSettings,
    OwnerSettings,
    TelemetrySettings,
    WrongSetting,
    describe,
    fail,
    load,
)

log = logging.getLogger("lifecycle")
DRAIN_SECONDS = 10


class Background(Protocol):
    """Runs until cancelled. When it fails it is started again, with back-off; `name` is its name in /ready."""

    name: str

    async def run(self) -> None: ...


@dataclass
class Service:
    """What bootstrap builds: `checks` must pass for /ready, besides every background task being alive."""

    app: FastAPI
    background: Sequence[Background] = ()
    checks: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)


Bootstrap = Callable[[], AbstractAsyncContextManager[Service]]


@dataclass(frozen=True)
class Blueprint:
    """All that is particular to a service: `migrations` folder, `settings` groups with prefixes, own `commands`."""

    name: str
    bootstrap: Bootstrap
    settings: Sequence[tuple[type[Group], str]] = ()
    migrations: Sequence[tuple[Path, str]] = ()
    commands: Mapping[str, Callable[[list[str]], int]] = field(default_factory=dict)


def main(blueprint: Blueprint) -> None:
    """`python -m <service> [migrate | settings | own command]`; without a word it serves until SIGTERM."""
    command, *arguments = sys.argv[1:] or ["serve"]
    prefix = blueprint.name.upper() + "_"
    try:
        if command == "serve":
            _serve(blueprint, load(HttpSettings, prefix), load(TelemetrySettings))
        elif command == "migrate":
            _migrate(blueprint, prefix)
        elif command == "settings":
            shared: list[tuple[type[Group], str]] = [
                (HttpSettings, prefix),
                (OwnerSettings, prefix),
                (TelemetrySettings, ""),
            ]
            print(describe([*blueprint.settings, *shared]))
        elif command in blueprint.commands:
            raise SystemExit(blueprint.commands[command](arguments))
        else:
            known = ", ".join(["migrate", "settings", *blueprint.commands])
            print(
                f"{blueprint.name}: unknown command {command!r}; there are: {known}, or none to serve", file=sys.stderr
            )
            raise SystemExit(2)
    except WrongSetting as error:
        fail(error)


def _migrate(blueprint: Blueprint, prefix: str) -> None:
    for folder, variable_prefix in blueprint.migrations:
        owner = load(OwnerSettings, variable_prefix)
        role = variable_prefix.rstrip("_").lower()
        applied = migrate(owner.owner_database_url, [folder], role, ledger=variable_prefix == prefix)
        print(f"{role}: {len(applied)} migrations applied" if applied else f"{role}: nothing to migrate")


def _serve(blueprint: Blueprint, http: HttpSettings, telemetry_settings: TelemetrySettings) -> None:
    telemetry.start(blueprint.name, telemetry_settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_life(blueprint, http))


class _Keeper:
    """Keeps one background task alive, and knows whether it is."""

    def __init__(self, task: Background) -> None:
        self._task = task
        self.name = task.name
        self.failing = False

    async def keep(self) -> None:
        wait = 0.2
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await self._task.run()
                problem = "it ended"
            except Exception as error:  # whatever it was, the answer is the same: say so, wait, start again
                problem = type(error).__name__
                log.warning("a background task failed", extra={"task": self.name}, exc_info=error)
            wait = 0.2 if loop.time() - started > 30 else min(wait * 2, 5)
            self.failing = True
            log.info("starting it again", extra={"task": self.name, "error": problem, "seconds": wait})
            await asyncio.sleep(wait)
            loop.call_later(3, self._recovered, started)

    def _recovered(self, _: float) -> None:
        self.failing = False


async def _life(blueprint: Blueprint, http: HttpSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with blueprint.bootstrap() as service:
        keepers = [_Keeper(task) for task in service.background]
        tasks = [asyncio.create_task(keeper.keep()) for keeper in keepers]
        health = _Server(_health(service, keepers, stop), http.http_host, http.health_port)
        front = _Server(service.app, http.http_host, http.http_port)
        serving = [asyncio.create_task(server.serve()) for server in (health, front)]
        gc.collect()
        gc.freeze()  # what lives since the start is never garbage: p99 17 ms instead of 54 (design: throughput.md)
        gc.set_threshold(50_000, 20, 50)
        log.info("started")
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
        front.should_exit = True  # requests under way are answered first
        await asyncio.wait([serving[1]], timeout=DRAIN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        health.should_exit = True
        with contextlib.suppress(SystemExit):
            await serving[0]
        for ended in done - {stopping}:
            ended.result()  # a port that could not be taken ends the process with its own error


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the lifecycle decides when to stop."""

    def __init__(self, app: FastAPI | Starlette, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                timeout_keep_alive=30,
                lifespan="off",
            )
        )

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def _health(service: Service, keepers: Sequence[_Keeper], stop: asyncio.Event) -> Starlette:
    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        problems = {keeper.name: "failing" for keeper in keepers if keeper.failing}
        if stop.is_set():
            problems["process"] = "stopping"
        for name, check in service.checks.items():
            try:
                await asyncio.wait_for(check(), 2)
            except Exception as error:  # readiness names whatever is wrong
                problems[name] = type(error).__name__
        return JSONResponse({"ready": not problems, "problems": problems}, 503 if problems else 200)

    async def metrics(_: Request) -> Response:
        lines = [f'background_task_failing{{task="{keeper.name}"}} {int(keeper.failing)}' for keeper in keepers]
        usage = os.times()
        lines.append(f"process_cpu_seconds_total {usage.user + usage.system:.2f}")
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/live", live), Route("/ready", ready), Route("/metrics", metrics)])


@contextlib.asynccontextmanager
async def opened(*resources: Opened) -> AsyncIterator[None]:
    """Open `resources` in order, close them in the opposite order."""
    async with contextlib.AsyncExitStack() as stack:
        for resource in resources:
            await resource.open()
            stack.push_async_callback(resource.close)
        yield


class Opened(Protocol):
    async def open(self) -> None: ...

    async def close(self) -> None: ...
