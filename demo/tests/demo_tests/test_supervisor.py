"""The supervisor: what dies comes back, what fails says why, and nothing outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from booking_events.topics import BrokerTopic
from demo.house import House
from demo.kept import ProcessPlan
from demo.plan import Plan, helpers
from demo.supervisor import Supervisor
from embedded_parts import PartFailed
from embedded_parts.process import name_of, wait_for_end

_CHILD = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["CHILD_PORT"])), Answer).serve_forever()
"""
_MIGRATE = """
import os, psycopg
with psycopg.connect(os.environ["CLINIC_DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS visits (id int)")
"""


def _child(house: House) -> list[ProcessPlan]:
    environment = house.environment({"CHILD_PORT": str(house.port("child"))})
    return [ProcessPlan("child", (sys.executable, "-c", _CHILD), environment, house.url("child"))]


def _failing(house: House) -> list[ProcessPlan]:
    command = (sys.executable, "-c", "import sys; sys.exit('BOOKING_DATABASE_URL is missing.')")
    return [*_child(house), ProcessPlan("booking", command, house.environment({}), house.url("booking"))]


def _migration(house: House, name: str) -> ProcessPlan:
    environment = house.environment({"CLINIC_DATABASE_URL": house.databases[name].owner_url})
    return ProcessPlan(f"{name}-migrate", (sys.executable, "-c", _MIGRATE), environment, "")


def _plan(
    services: Callable[[House], Sequence[ProcessPlan]] = _child,
    databases: Sequence[str] = (),
    topics: Sequence[BrokerTopic] = (),
) -> Plan:
    return Plan(databases, databases, topics, helpers=helpers, migration=_migration, services=services)


def _eventually(question: Callable[[], bool], seconds_max: float = 60) -> None:
    deadline = time.monotonic() + seconds_max
    while not question():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def _pids(supervisor: Supervisor) -> list[int]:
    return [process.pid for process in supervisor.processes.values() if process.pid is not None]


async def _topic_names(bootstrap: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def test_the_whole_frame_comes_up_heals_and_goes_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    plan = _plan(databases=("clinic",), topics=[BrokerTopic("kept.v1", "to be kept", 2, {}, (), ())])
    first = Supervisor(tmp_path, plan)
    try:
        first.start()
        url, kafka, child = first.house.databases["clinic"].service_url, first.house.kafka, first.house.url("child")
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO visits VALUES (7)")
        assert "kept.v1" in await _topic_names(kafka)
        assert _listeners() == {"127.0.0.1"}
        _kill_and_see_it_heal(first, child)
        _kill_database_and_see_it_heal(tmp_path, url)
    finally:
        first.stop()
    assert not _answers(child)
    second = Supervisor(tmp_path, plan)
    try:
        second.start()
        assert (second.house.databases["clinic"].service_url, second.house.kafka) == (url, kafka)
        assert second.house.url("child") == child
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT id FROM visits").fetchall() == [(7,)]
        assert "kept.v1" in await _topic_names(kafka)
    finally:
        second.stop()


def _listeners() -> set[str]:
    """The addresses on which this process's descendants listen; Java writes 127.0.0.1 as an IPv6 address."""
    found = [
        connection.laddr.ip.removeprefix("::ffff:")
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
        for connection in child.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(found) >= 7, "PostgreSQL, two of Kafka, two of the mailbox, the control and the child"
    return set(found)


def _kill_and_see_it_heal(supervisor: Supervisor, child: str) -> None:
    killed = int(httpx.get(child).text)
    os.kill(killed, signal.SIGKILL)
    assert wait_for_end(killed, 30)
    _eventually(lambda: _answers(child))
    assert int(httpx.get(child).text) != killed


def _kill_database_and_see_it_heal(data: Path, url: str) -> None:
    pid = int((data / "postgres/cluster/postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)

    def answers() -> bool:
        try:
            with psycopg.connect(url, connect_timeout=2) as connection:
                return connection.execute("SELECT id FROM visits").fetchall() == [(7,)]
        except psycopg.OperationalError:
            return False

    assert wait_for_end(pid, 30)
    _eventually(answers)


def test_a_service_that_does_not_start_is_named_with_its_last_words_and_nothing_is_left(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, _plan(_failing))
    try:
        with pytest.raises(PartFailed, match=r"booking did not get ready: BOOKING_DATABASE_URL is missing \(see "):
            supervisor.start()
        pids = _pids(supervisor)
        assert len(pids) == 4
    finally:
        supervisor.stop()
    assert all(name_of(pid) is None for pid in pids)
    assert not (tmp_path / "demo.json").exists()


def test_two_demos_run_side_by_side_and_the_same_folder_is_refused(tmp_path: Path) -> None:
    supervisors = [Supervisor(tmp_path / name, _plan()) for name in ("one", "two")]
    try:
        for supervisor in supervisors:
            supervisor.start()
        assert len({httpx.get(supervisor.house.url("child")).text for supervisor in supervisors}) == 2
        with pytest.raises(PartFailed, match="Another demo is running on the data folder"):
            Supervisor(tmp_path / "one", _plan())
    finally:
        for supervisor in supervisors:
            supervisor.stop()


def test_a_port_taken_by_somebody_else_is_replaced_at_the_next_start(tmp_path: Path) -> None:
    before = House(tmp_path).port("child")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", before))
        taken.listen()
        supervisor = Supervisor(tmp_path, _plan())
        try:
            supervisor.start()
            assert supervisor.house.port("child") != before
        finally:
            supervisor.stop()


def test_demo_json_holds_passwords_and_is_its_owners_only(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, _plan())
    try:
        supervisor.start()
        supervisor.write_demo_json({})
        assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    finally:
        supervisor.stop()


def test_no_process_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from demo_tests.test_supervisor import _pids, _plan
from demo.supervisor import Supervisor
supervisor = Supervisor(Path({str(tmp_path)!r}), _plan())
supervisor.start()
print(*_pids(supervisor), flush=True)
time.sleep(60)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as starter:
        assert starter.stdout is not None
        pids = [int(word) for word in _after_the_steps(starter.stdout.readline).split()]
        assert len(pids) == 3
        os.kill(starter.pid, signal.SIGKILL)
        assert all(wait_for_end(pid, 30) for pid in pids)


def _after_the_steps(read: Callable[[], str]) -> str:
    """The first line that is not a step's."""
    line = read()
    while line.startswith("["):
        line = read()
    return line
