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
from service_kit.forgetting import Forgetting
from service_kit.health import health_app
from service_kit.keeping import Background, Check, Keeper, end, observe
from service_kit.limiting import WriteLimit
from service_kit.listening import refuse_new
from service_kit.migrating import migrate_all
from service_kit.parking import COMMANDS, operate
from service_kit.settings import (
    DatabaseSettings,
    Groups,
    HttpSettings,
    OwnerSettings,
    TelemetrySettings,
    WrongSetting,
    describe,
    fail,
    load,
    refuse_misspelt,
)

__all__ = ["Background", "Blueprint", "Bootstrap", "Check", "Service", "main", "opened"]

log = logging.getLogger("lifecycle")
DRAIN_SECONDS = 10
ACCEPT_SECONDS = 0.1
LAST_REQUEST_SECONDS = 1


@dataclass
class Service:
    """What bootstrap builds. For /ready, `checks` and those of the background tasks must pass, and every task live.

    `leaving` is called once when the process is told to end, so that requests that wait for news can be answered.
    """

    app: FastAPI
    background: Sequence[Background] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    leaving: Callable[[], None] = lambda: None


Bootstrap = Callable[[], AbstractAsyncContextManager[Service]]


@dataclass(frozen=True)
class Blueprint:
    """All that is particular to a service: `migrations` folder, `settings` groups with prefixes, own `commands`."""

    name: str
    bootstrap: Bootstrap
    settings: Groups = ()
    migrations: Sequence[tuple[Path, str]] = ()
    commands: Mapping[str, Callable[[list[str]], int]] = field(default_factory=dict)


def main(blueprint: Blueprint) -> None:
    """`python -m <service> [migrate | settings | one of parking.COMMANDS | own command]`; without a word it serves."""
    command, *arguments = sys.argv[1:] or ["serve"]
    prefix = blueprint.name.upper() + "_"
    try:
        if command == "serve":
            refuse_misspelt(groups_of(blueprint), prefix)
            _serve(blueprint, load(HttpSettings, prefix), load(TelemetrySettings))
        elif command == "migrate":
            migrate_all(blueprint.migrations, prefix)
        elif command == "settings":
            print(describe(groups_of(blueprint)))
        elif command in blueprint.commands:
            raise SystemExit(blueprint.commands[command](arguments))
        else:
            done = operate(blueprint.name, sys.argv[1:], lambda: load(DatabaseSettings, prefix).database_url)
            if done is not None:
                raise SystemExit(done)
            known = ", ".join(["migrate", "settings", *COMMANDS, *blueprint.commands])
            print(
                f"{blueprint.name}: unknown command {command!r}; there are: {known}, or none to serve", file=sys.stderr
            )
            raise SystemExit(2)
    except WrongSetting as error:
        fail(error)


def groups_of(blueprint: Blueprint) -> Groups:
    """All that a service reads from its environment: its own groups, and those of the chassis."""
    owners = [(OwnerSettings, prefix) for _, prefix in blueprint.migrations]
    return [*blueprint.settings, (HttpSettings, blueprint.name.upper() + "_"), *owners, (TelemetrySettings, "")]


def _serve(blueprint: Blueprint, http: HttpSettings, telemetry_settings: TelemetrySettings) -> None:
    with (
        telemetry.started(blueprint.name, telemetry_settings),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_life(blueprint, http))


async def _life(blueprint: Blueprint, http: HttpSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with blueprint.bootstrap() as service:
        context = getattr(service.app.state, "context", None)  # a service without a database has none
        if http.writes_per_minute:
            service.app.state.writes = WriteLimit(http.writes_per_minute)
        own = [Forgetting(context)] if context else []
        keepers = [Keeper(task) for task in (*service.background, *own)]
        observe(keepers)
        tasks = [asyncio.create_task(keeper.keep()) for keeper in keepers]
        health_of = health_app(service.checks, keepers, stop.is_set, http.behind_seconds_max)
        health = _Server(health_of, http.http_host, http.health_port)
        front = _Server(service.app, http.http_host, http.http_port)
        serving = [asyncio.create_task(server.serve()) for server in (health, front)]
        gc.collect()
        gc.freeze()  # what lives since the start is never garbage: p99 17 ms instead of 54 (design: throughput.md)
        gc.set_threshold(50_000, 20, 50)
        log.info("started")
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
        service.leaving()
        handed_over = [task for keeper, task in zip(keepers, tasks, strict=True) if keeper.hands_over]
        await asyncio.gather(_answered(front, serving[1], http.leave_seconds), end(handed_over, DRAIN_SECONDS))
        await end(tasks, DRAIN_SECONDS)
        health.should_exit = True
        with contextlib.suppress(SystemExit):
            await serving[0]
        for ended in done - {stopping}:
            ended.result()  # a port that could not be taken ends the process with its own error


async def _answered(front: _Server, serving: asyncio.Task[None], leave_seconds: float) -> None:
    """Take no more requests, and answer those under way."""
    await front.leave(leave_seconds)
    front.should_exit = True
    await asyncio.wait([serving], timeout=DRAIN_SECONDS + 1)  # uvicorn answers what is late before that


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the lifecycle decides when to stop.

    Its limit of concurrency stays off: it counts idle connections too. What may wait is bounded where it waits (the
    store's queue, the pool), and answered with 503 and Retry-After from there.
    """

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

    async def leave(self, seconds: float) -> None:
        """Go on for a while, each answer the last one of its connection; then close the port, but no connection yet.

        One that was just made has its request still to come, and uvicorn would close it at once.
        """
        last = (b"connection", b"close")
        self.config.encoded_headers.append(last)  # of which uvicorn makes the headers of all answers each second
        self.server_state.default_headers.append(last)
        await asyncio.sleep(seconds)
        servers = getattr(self, "servers", ())  # none when its port was taken
        for listening in (listening for server in servers for listening in server.sockets):
            refuse_new(listening)
        await asyncio.sleep(ACCEPT_SECONDS)
        for server in servers:
            server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_REQUEST_SECONDS):
                while self.server_state.connections:  # noqa: ASYNC110 (uvicorn tells nobody of their end)
                    await asyncio.sleep(0.02)

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
