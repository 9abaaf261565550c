"""PostgreSQL: what survives, who may come in, and what a service role may do."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_parts import PartFailed, Postgres, drop, provision
from embedded_parts.process import wait_for_end
from psycopg import sql


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres") / "data") as running:
        yield running


def _run(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(statement))
        return cursor.fetchall() if cursor.description else []


def test_it_is_postgresql_18_durable_and_on_the_loopback_only(server: Postgres) -> None:
    settings = _run(
        server.url,
        "SELECT current_setting('server_version_num')::int / 10000, current_setting('fsync'),"
        " current_setting('synchronous_commit'), current_setting('listen_addresses'),"
        " current_setting('unix_socket_directories')",
    )
    assert settings == [(18, "on", "on", "127.0.0.1", "")]


def test_a_wrong_password_is_refused_and_the_right_one_is_readable_by_its_owner_only(server: Postgres) -> None:
    password = server.log.with_name("superuser_password")
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace(password.read_text().strip(), "guessed"))


def test_a_killed_server_starts_again_on_the_same_port_with_what_was_committed(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "data").start()
    try:
        url = server.url
        _run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server.pid, signal.SIGKILL)
        server.stop()
        server = Postgres(tmp_path / "data").start()
        assert server.url == url
        assert _run(url, "SELECT answer FROM kept") == [(42,)]
    finally:
        server.stop()


def test_it_ends_with_a_killed_starter_and_the_next_start_waits_for_that(tmp_path: Path) -> None:
    starter_code = f"""
import time
from pathlib import Path
from embedded_parts import Postgres
print(Postgres(Path({str(tmp_path / "data")!r})).start().pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", starter_code], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        os.kill(starter.pid, signal.SIGKILL)
    with Postgres(tmp_path / "data") as server:
        assert server.pid != pid
        assert wait_for_end(pid, 10)


def test_a_second_server_on_the_same_folder_is_refused_in_one_sentence(server: Postgres) -> None:
    with pytest.raises(PartFailed, match="Another PostgreSQL is running on the data folder"):
        Postgres(server.log.parent).start()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing_running(tmp_path: Path) -> None:
    with Postgres(tmp_path / "data"):
        pass
    (tmp_path / "data/cluster/postgresql.auto.conf").write_text("no_such_setting = on\n")
    began = time.monotonic()
    broken = Postgres(tmp_path / "data")
    with pytest.raises(PartFailed, match=r"postgresql\.auto\.conf.* contains errors"):
        broken.start()
    assert time.monotonic() - began < 30  # 40 s is how long a start may take that does not fail
    assert not broken.running


def test_the_service_role_works_on_what_the_owner_makes_and_can_make_nothing(server: Postgres) -> None:
    database = provision(server.url, "clinic", "owner-secret", "service-secret/@:?")
    _run(database.owner_url, "CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY, note text)")
    _run(database.service_url, "INSERT INTO visits (note) VALUES ('a'), ('b')")
    _run(database.service_url, "UPDATE visits SET note = 'c' WHERE note = 'a'")
    _run(database.service_url, "DELETE FROM visits WHERE note = 'b'")
    assert _run(database.service_url, "SELECT note, current_database() = current_user FROM visits") == [("c", True)]
    for forbidden in ("CREATE TABLE more (id int)", "TRUNCATE visits", "DROP TABLE visits", "CREATE TEMP TABLE t ()"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _run(database.service_url, forbidden)


def test_a_service_role_cannot_enter_the_database_of_another_service(server: Postgres) -> None:
    mine = provision(server.url, "mine", "o", "s")
    provision(server.url, "theirs", "o", "s")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(mine.service_url.removesuffix("/mine") + "/theirs")


def test_provisioning_again_keeps_the_data_and_takes_the_new_password(server: Postgres) -> None:
    first = provision(server.url, "again", "o1", "s1")
    _run(first.owner_url, "CREATE TABLE kept (id int)")
    second = provision(server.url, "again", "o2", "s2")
    assert _run(second.service_url, "SELECT count(*) FROM kept") == [(0,)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(first.service_url)
    drop(server.url, "again")
    drop(server.url, "again")
    assert _run(server.url, "SELECT 1 FROM pg_roles WHERE rolname LIKE 'again%'") == []


def test_no_value_of_a_failed_statement_reaches_the_log(server: Postgres) -> None:
    _run(server.url, "CREATE TABLE people (email text PRIMARY KEY)")
    for _ in range(2):
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("INSERT INTO people VALUES (%s)", ["zoe.martin@example.org"])
        except psycopg.errors.UniqueViolation:
            break
    else:
        pytest.fail("the second insert should have failed")
    said = server.log.read_text()
    assert "duplicate key" in said
    assert "zoe.martin" not in said
