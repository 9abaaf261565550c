"""Pytest on real parts: enable with `-p embedded_parts.pytest_plugin`; a part starts only when a test asks for it."""

from collections.abc import Callable
from typing import Protocol

import pytest

from embedded_parts.provision import ProvisionedDatabase
from embedded_parts.test_parts import TestParts

_PARTS = pytest.StashKey[TestParts]()


class MakeDatabase(Protocol):
    """The `database` fixture: a fresh, uniquely named database, migrated by the callable with its owner's address."""

    def __call__(self, name: str, migrate: Callable[[str], object] | None = None) -> ProvisionedDatabase: ...


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_PARTS] = TestParts()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_PARTS].close()


def pytest_report_header(config: pytest.Config) -> str:
    return config.stash[_PARTS].describe()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # The header is left out under -q; which parts the result was won on is worth a line all the same.
    if terminalreporter.config.get_verbosity() < 0:
        terminalreporter.write_line(terminalreporter.config.stash[_PARTS].describe())


@pytest.fixture(scope="session")
def parts(pytestconfig: pytest.Config) -> TestParts:
    """The real parts of this session."""
    return pytestconfig.stash[_PARTS]


@pytest.fixture(scope="session")
def postgres_url(parts: TestParts) -> str:
    """A superuser's address of a real PostgreSQL."""
    return parts.postgres_url


@pytest.fixture(scope="session")
def kafka_bootstrap(parts: TestParts) -> str:
    """The address of a real Kafka."""
    return parts.kafka_bootstrap


@pytest.fixture(scope="session")
def database(parts: TestParts) -> MakeDatabase:
    """Makes fresh databases: `database("booking", migrate)`."""
    return parts.database
