"""The doors of an operator lead to the service's own commands, with the addresses that demo.json tells."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
from service_kit.database import migrate


def operate(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_DATABASE_URL")}
    return subprocess.run(
        [sys.executable, "-m", "demo.operate", *words],
        env=environment | {"DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_parked_messages_of_the_demo_are_listed_shown_and_released(database: Any, tmp_path: Path) -> None:
    made = database("directory", lambda url: migrate(url, [], url.rpartition("/")[2]))
    told = {"databases": {"directory": made.service_url}, "kafka": "127.0.0.1:1"}
    (tmp_path / "demo.json").write_text(json.dumps(told))
    with psycopg.connect(made.owner_url) as owner:
        owner.execute(
            "INSERT INTO parked (consumer, topic, partition_id, record_offset, key, headers, value, reason)"
            " VALUES ('next-slots', 'availability.next.v1', 3, 17, 'k1', '{\"ce_id\": \"e1\"}', 'secret', 'not fit')"
        )
    assert (
        "| next-slots | availability.next.v1 | k1 | 1 | not fit | False |"
        in operate(tmp_path, "directory", "parked").stdout
    )
    shown = operate(tmp_path, "directory", "parked", "k1").stdout
    assert "ce_id=e1" in shown
    assert "secret" not in shown
    assert operate(tmp_path, "directory", "release", "k1").stdout == "directory: 1 parked messages released\n"
    assert operate(tmp_path, "directory", "parked", "k2").returncode == 1


def test_a_service_that_there_is_not_is_refused_with_the_names_of_those_that_there_are(tmp_path: Path) -> None:
    for words in ((), ("booking",), ("bookings", "parked")):
        ended = operate(tmp_path, *words)
        assert (ended.returncode, "directory|availability|booking" in ended.stderr) == (2, True)
