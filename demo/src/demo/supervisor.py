"""Starts the whole demo, keeps every process of it alive, and ends it in order, leaving nothing but the data folder."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from embedded_parts import Kafka, PartFailed, Postgres, provision
from embedded_parts.files import FolderLock, write_atomically
from service_kit.topics import TopicsNotMade, ensure_topics

from demo.clock import DemoClock
from demo.house import House
from demo.kept import Keeper, Part, PlannedProcess, ProcessPlan
from demo.plan import Plan, command, demo_json
from demo.say import say

_AT_ONCE = 12
_COMMAND_SECONDS_MAX = 120.0


class Supervisor:
    """One demo on one data folder: `start()`, then `stop()` in every case, also after a start that failed halfway."""

    def __init__(self, data: Path, plan: Plan) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(data, "demo")
        self._lock.acquire()
        self.house = House(data)
        self._plan = plan
        self._postgres = Postgres(data / "postgres")
        self._kafka = Kafka(data / "kafka", say=say)
        self.processes: dict[str, PlannedProcess] = {}
        self._keepers: list[Keeper] = []
        self._stopping = threading.Event()
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="demo")

    def start(self) -> None:
        """Everything up and ready, each process watched; PartFailed says in one sentence what could not be done."""
        # Who waits for demo.json must not find that of the last run.
        self.house.demo_file.unlink(missing_ok=True)
        DemoClock(self.house.clock_file).ensure_exists()
        self.together([self._start_helpers, self._start_databases, self._start_broker])
        self._start_processes(self._plan.services(self.house), "services")
        if self._plan.databases:
            self._keep("PostgreSQL", self._postgres)
        if self._plan.topics:
            self._keep("Kafka", self._kafka)
        for name, process in self.processes.items():
            self._keep(name, process)

    def write_demo_json(self, loaded: dict[str, Any]) -> None:
        """Tell scripts where everything is; it holds passwords, so it is its owner's."""
        text = json.dumps(demo_json(self.house, loaded), indent=1, ensure_ascii=False)
        write_atomically(self.house.demo_file, text + "\n", mode=0o600)

    def run(self, command: ProcessPlan) -> str:
        """Run a service's own command to its end; what it said. PartFailed with its last words when it fails."""
        process = self._add(command, self.house.commands)
        process.start()
        said = process.wait_until_done(_COMMAND_SECONDS_MAX)
        process.forget()
        del self.processes[command.name]
        return said

    def command(self, service: str, words: tuple[str, ...], told: str | None) -> str:
        """Run a command of this service with `told` as its input."""
        name = f"{service}-{words[0]}-{next(self._numbers)}"
        return self.run(command(self.house, service, words, name, told))

    def stop(self) -> None:
        """End all in order: services and helpers, then broker and database. Safe at any moment, and twice."""
        self._stopping.set()
        for keeper in self._keepers:
            keeper.end()
        self._end_parts()
        # A start that was interrupted may have let something slip in between.
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._end_parts()
        self._lock.release()

    def _end_parts(self) -> None:
        in_order: tuple[list[Part], list[Part]] = ([*self.processes.values()], [self._kafka, self._postgres])
        for parts in in_order:
            enders = [threading.Thread(target=part.stop) for part in parts]
            for ender in enders:
                ender.start()
            for ender in enders:
                ender.join()

    def _keep(self, name: str, part: Part) -> None:
        keeper = Keeper(name, part)
        self._keepers.append(keeper)
        keeper.begin()

    def _start_helpers(self) -> None:
        self._start_processes(self._plan.helpers(self.house), "mailbox and control")

    def _start_databases(self) -> None:
        if not self._plan.databases:
            return
        with step("PostgreSQL 18") as done:
            self._postgres.start()
            done(f"127.0.0.1:{self._postgres.port}")
        with step("databases migrated") as done:
            for name in self._plan.databases:
                owner, service = (self.house.keys.password(f"database {name}{role}") for role in (" owner", ""))
                self.house.databases[name] = provision(self._postgres.url, name, owner, service)
            self.together([partial(self._migrate, name) for name in self._plan.migrated])
            done(", ".join(self._plan.migrated))

    def _migrate(self, name: str) -> None:
        self.run(self._plan.migration(self.house, name))

    def _start_broker(self) -> None:
        if not self._plan.topics:
            return
        with step("Apache Kafka 4.3") as done:
            self._kafka.start()
            self.house.kafka = self._kafka.bootstrap
            try:
                ensure_topics(self._kafka.bootstrap, self._plan.topics)
            except TopicsNotMade as failure:
                raise PartFailed(str(failure)) from failure
            done(f"{self._kafka.bootstrap}, {len(self._plan.topics)} topics")

    def _start_processes(self, plans: Sequence[ProcessPlan], what: str) -> None:
        if not plans:
            return
        with step(what) as done:
            started = [self._add(plan) for plan in plans]
            for process in started:
                self._check_going_on()
                process.start()
            self.together([process.wait_until_ready for process in started])
            done(", ".join(process.plan.name for process in started))

    def _add(self, plan: ProcessPlan, logs: Path | None = None) -> PlannedProcess:
        self._check_going_on()
        process = PlannedProcess(plan, logs or self.house.logs)
        self.processes[plan.name] = process
        return process

    def _check_going_on(self) -> None:
        if self._stopping.is_set():
            raise PartFailed("The demo is being stopped.")

    def together(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run the tasks side by side; the first failure is raised at once, while the rest is left to `stop`."""
        futures: list[Future[None]] = [self._pool.submit(task) for task in tasks]
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()


@contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Print the step once it is done, with what it says of itself and how long it took."""
    began = time.monotonic()
    said: list[str] = []
    yield said.append
    say(f"{name} ready in {time.monotonic() - began:.1f} s: {said[-1] if said else ''}")
