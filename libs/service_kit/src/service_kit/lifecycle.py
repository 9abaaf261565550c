"""A service's life: settings, migrations, its two ports, its background tasks, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.applications import Starlette

from service_kit import telemetry
from service_kit.database import migrate
from service_kit.health import health_app
from service_kit.keeping import Background, Check, Keeper, end
from service_kit.parking import parked_table, release
from service_kit.settings import (
    DatabaseSettings,
    Group,
    HttpSettings,
    OwnerSettings,
    TelemetrySettings,
    WrongSetting,
    describe,
    fail,
    load,
)

__all__ = ["Background", "Blueprint", "Bootstrap", "Check", "Service", "main", "opened"]

log = logging.getLogger("lifecycle")
DRAIN_SECONDS = 10


@dataclass
class Service:
    """What bootstrap builds. For /ready, `checks` and those of the background tasks must pass, and every task live."""

    app: FastAPI
    background: Sequence[Background] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)


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
    """`python -m <service> [migrate | settings | parked | release | own command]`; without a word it serves."""
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
        elif command == "parked" and not arguments:
            print(parked_table(load(DatabaseSettings, prefix).database_url))
        elif command == "release" and len(arguments) == 3:
            count = release(load(DatabaseSettings, prefix).database_url, *arguments)
            print(f"{blueprint.name}: {count} parked messages released" if count else "no such key is parked")
            raise SystemExit(0 if count else 1)
        elif command in blueprint.commands:
            raise SystemExit(blueprint.commands[command](arguments))
        else:
            known = ", ".join(["migrate", "settings", "parked", "release CONSUMER TOPIC KEY", *blueprint.commands])
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


async def _life(blueprint: Blueprint, http: HttpSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with blueprint.bootstrap() as service:
        keepers = [Keeper(task) for task in service.background]
        tasks = [asyncio.create_task(keeper.keep()) for keeper in keepers]
        health = _Server(health_app(service.checks, keepers, stop.is_set), http.http_host, http.health_port)
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
        await end(tasks, DRAIN_SECONDS)
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
