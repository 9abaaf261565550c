"""A migration that meets a long reader gives up within its second; nobody who appends is held up beyond that."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from event_store import PostgresDCBRecorder
from eventsourcing.dcb.api import DCBEvent
from service_kit.database import migrate

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger.events'::regclass"
NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")


@pytest.fixture
def long_reader(migrated: Any) -> Iterator[psycopg.Connection]:
    with psycopg.connect(migrated.service_url) as reader:
        reader.execute("SELECT count(*) FROM ledger.events")
        yield reader


def test_a_migration_gives_up_before_it_holds_up_appends(
    migrated: Any, long_reader: psycopg.Connection, tmp_path: Path
) -> None:
    (tmp_path / "0002.more.sql").write_text("ALTER TABLE ledger.events ADD COLUMN more text;\n")
    role = migrated.service_role
    refused: list[type[BaseException]] = []

    def change() -> None:
        try:
            migrate(migrated.owner_url, [tmp_path], role)
        except psycopg.errors.LockNotAvailable as failure:
            refused.append(type(failure))

    changing = threading.Thread(target=change)
    with (
        psycopg.connect(migrated.owner_url, autocommit=True) as watcher,
        PostgresDCBRecorder(migrated.service_url) as recorder,
    ):
        changing.start()
        while watcher.execute(WAITING).fetchone() == (0,):
            assert changing.is_alive(), "the migration never met the reader"
            time.sleep(0.01)
        assert recorder.append([DCBEvent("Noted", b"", [])]) == 1  # queued behind the migration, and let through
        changing.join(20)
        assert refused == [psycopg.errors.LockNotAvailable]
        long_reader.rollback()
        assert migrate(migrated.owner_url, [tmp_path], role) == ["0002.more"]


@pytest.mark.skipif(shutil.which("unshare") is None, reason="without it nobody is given another number")
def test_a_user_without_a_name_migrates_as_in_a_container(migrated: Any, tmp_path: Path) -> None:
    (tmp_path / "0002.more.sql").write_text("CREATE TABLE more (id integer);\n")
    role = migrated.service_url.rsplit("/", 1)[1]
    words = "import pathlib, sys; from service_kit.database import migrate; url, folder, role = sys.argv[1:]; "
    words += "print(migrate(url, [pathlib.Path(folder)], role))"
    nameless = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = ["unshare", "--user", "--map-user=65532", sys.executable, "-c", words, migrated.owner_url, tmp_path, role]
    said = subprocess.run(command, capture_output=True, text=True, env=nameless)
    assert said.stdout == "['0002.more']\n", said.stderr
