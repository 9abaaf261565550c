"""How the service starts: with its settings right, or with one line that names the wrong one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import notification
import psycopg
import pytest
from notification.bootstrap import BLUEPRINT
from service_kit.settings import describe


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "notification", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NOTIFICATION_DATABASE_URL", None),
        ("NOTIFICATION_DATABASE_URL", "mysql://somewhere"),
        ("KAFKA_BOOTSTRAP_SERVERS", None),
        ("ACCOUNTS_URL", "accounts"),
        ("AVAILABILITY_URL", None),
        ("PORTAL_URL", "ftp://portal.example"),
        ("NOTIFICATION_CLIENT_ID", None),
        ("NOTIFICATION_CLIENT_SECRET", None),
        ("SMTP_URL", "http://127.0.0.1:25"),
        ("SMTP_URL", "smtp://user:hunter2@mail.example:port"),
        ("SMTP_URL", "smtp://"),
        ("SMS_URL", None),
        ("SMS_SENDER", "Rendez-vous santé"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "A\nBcc: <b@c.example>"),
        ("NOTIFICATION_HTTP_PORT", "99999"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line_that_names_it(
    environment: dict[str, str], variable: str, value: str | None
) -> None:
    wrong = {**os.environ, "NOTIFICATION_HTTP_PORT": "0", "NOTIFICATION_HEALTH_PORT": "0", variable: value or ""}
    ended = run(wrong)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"{variable} ")
    assert "hunter2" not in line


def test_the_settings_are_told_without_the_secrets(environment: dict[str, str]) -> None:
    told = run({**os.environ, "SMTP_URL": "smtp://user:hunter2@mail.example:25"}, "settings")
    assert told.returncode == 0
    assert "| SMTP_URL |" in told.stdout
    assert "hunter2" not in told.stdout
    assert environment["NOTIFICATION_CLIENT_SECRET"] not in told.stdout


@pytest.fixture
def own_role(database: Any, postgres_url: str) -> Iterator[str]:
    """The owner's address of an empty database, on a server that has the role that is called like the service."""
    made = database("notification")
    with psycopg.connect(postgres_url, autocommit=True) as superuser:
        missing = superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = 'notification'").fetchone() is None
        if missing:
            superuser.execute("CREATE ROLE notification")
        yield made.owner_url
        if missing:
            name = psycopg.conninfo.conninfo_to_dict(made.owner_url)["dbname"]
            with psycopg.connect(postgres_url, dbname=str(name)) as inside:
                inside.execute("DROP OWNED BY notification")
            superuser.execute("DROP ROLE notification")


def test_migrating_twice_changes_nothing_the_second_time(own_role: str) -> None:
    environment = {**os.environ, "NOTIFICATION_OWNER_DATABASE_URL": own_role}
    first, second = run(environment, "migrate"), run(environment, "migrate")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "migrations applied" in first.stdout
    assert "nothing to migrate" in second.stdout


def test_the_readme_names_every_setting() -> None:
    readme = (Path(notification.__file__).parents[2] / "README.md").read_text()
    known = set(re.findall(r"^\| ([A-Z_]+) \|", describe(list(BLUEPRINT.settings)), re.MULTILINE))
    assert known
    assert {name for name in known if f"`{name}`" not in readme} == set()
