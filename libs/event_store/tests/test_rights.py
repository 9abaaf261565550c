"""The service role reads and calls the function; nothing reaches the log in any other way."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from psycopg import IsolationLevel, sql

APPEND = """SELECT * FROM ledger.append_batch('[{"id": null, "blobs": 1, "events": [{
    "id": "00000000-0000-4000-8000-000000000001", "type": "A", "version": 1, "tags": [], "metadata": "{}"}]}]',
    ARRAY[''::bytea])"""


@pytest.fixture
def service(shared: ProvisionedDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(shared.service_url, autocommit=True) as connection:
        connection.execute(APPEND)
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger.requests VALUES (gen_random_uuid(), 1, '', '')",
        "INSERT INTO ledger.event_tags VALUES (1, 1)",
        "INSERT INTO ledger.events SELECT position + 1, recorded_at, id, version, type, tags, metadata, previous_hash,"
        " hash, data FROM ledger.events",
        "UPDATE ledger.events SET data = ''",
        "UPDATE ledger.requests SET answer = ''",
        "DELETE FROM ledger.events",
        "DELETE FROM ledger.event_tags",
        "TRUNCATE ledger.events",
        "DROP TABLE ledger.events",
        "CREATE TABLE ledger.other (a integer)",
        "CREATE OR REPLACE FUNCTION ledger.tag_key(tag text) RETURNS bigint LANGUAGE sql RETURN 0",
    ],
)
def test_the_service_role_cannot_write_past_the_function(service: psycopg.Connection, statement: str) -> None:
    before = service.execute("SELECT * FROM ledger.events ORDER BY position").fetchall()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute(statement)
    assert before
    assert service.execute("SELECT * FROM ledger.events ORDER BY position").fetchall() == before


@pytest.mark.parametrize(("given", "faulty"), [('"version": 1', '"version": 0'), ('"type": "A"', '"type": ""')])
def test_whoever_calls_the_function_itself_cannot_append_an_event_without_type_or_version(
    service: psycopg.Connection, given: str, faulty: str
) -> None:
    before = service.execute("SELECT * FROM ledger.events ORDER BY position").fetchall()
    with pytest.raises(psycopg.errors.CheckViolation, match="an event has a type, and a version from 1 on"):
        service.execute(APPEND.replace(given, faulty))
    assert service.execute("SELECT * FROM ledger.events ORDER BY position").fetchall() == before


def test_another_role_may_not_even_append(shared: ProvisionedDatabase, postgres_url: str) -> None:
    database = shared.service_url.rsplit("/", 1)[1]
    with psycopg.connect(postgres_url, dbname=database, autocommit=True) as connection:
        # A role belongs to the whole server, where another run may be at work too.
        stranger = sql.Identifier(f"stranger_{uuid.uuid4().hex[:10]}")
        connection.execute(sql.SQL("CREATE ROLE {}").format(stranger))
        try:
            connection.execute(sql.SQL("SET ROLE {}").format(stranger))
            for statement in (APPEND, "SELECT ledger.tag_key('a')", "SELECT * FROM ledger.events"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
        finally:
            connection.execute("RESET ROLE")
            connection.execute(sql.SQL("DROP ROLE {}").format(stranger))


@pytest.mark.parametrize("level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE])
def test_any_other_isolation_is_refused(service: psycopg.Connection, level: IsolationLevel) -> None:
    service.isolation_level = level
    with pytest.raises(psycopg.errors.ActiveSqlTransaction, match="READ COMMITTED"), service.transaction():
        service.execute(APPEND)


def test_a_session_that_does_not_wait_for_the_disk_is_refused(service: psycopg.Connection) -> None:
    service.execute("SET synchronous_commit = off")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        service.execute(APPEND)


def test_a_callers_search_path_leads_the_function_nowhere(
    service: psycopg.Connection, shared: ProvisionedDatabase
) -> None:
    with psycopg.connect(shared.owner_url) as owner:
        database = sql.Identifier(owner.info.dbname)
        role = sql.Identifier(service.info.user)
        owner.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(database, role))
    service.execute("CREATE TEMP TABLE events (position bigint)")
    service.execute("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$")
    service.execute("SET search_path = pg_temp, public")
    ((_, position, _, _),) = service.execute(APPEND).fetchall()
    found = service.execute("SELECT octet_length(hash) FROM ledger.events WHERE position = %s", [position]).fetchone()
    assert found == (32,)
