"""Who is erased is nowhere: no table of any service has a word of theirs, nobody writes to them, their time is free."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from demo.api import Api
from demo.journey.booking import the_invitation
from demo.journey.play import STEPS, play
from demo.journey.stage import Stage
from event_store.packing import unpack, unpack_answer
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from .running import RunningDemo
from .stack import until
from .test_privacy import canaries, holds

pytestmark = pytest.mark.timeout(600)
ERASED_SECONDS_MAX = 60
# Nobody else of the demo is called so.
NAMES = {"first_name": "Éloa-Tiphaine", "last_name": "Quinzevents", "relative_first_name": "Loup-Aurèle"}
_TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname IN ('public', 'ledger') AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
"""


def test_after_an_erasure_no_table_of_any_service_has_a_word_of_the_person(demo: RunningDemo) -> None:
    stage = play(demo.facts, steps=STEPS[: STEPS.index(the_invitation) + 1], names=NAMES)
    words = [word for word in canaries(stage) if word != stage.facts["motive"]["name"]]  # the practice's own word
    before = _tables(demo)
    patient = stage.patient
    names = (patient.email, patient.phone, patient.first_name, patient.relative_first_name)
    # What must be there, so that looking in the wrong place cannot pass for finding nothing.
    assert all(holds(before["accounts"], word) for word in names)
    assert stage.facts["appointment"]["id"].encode() in before["booking"]
    assert stage.facts["appointment"]["id"].encode() in before["notification"]
    position, written = _erase(stage), len(_written(stage))
    auditor = stage.log_in("auditor")
    until("booking has heard it", lambda: _state(auditor, stage, position) == "cancelled", ERASED_SECONDS_MAX)
    until("no message is due", lambda: _dropped(stage), ERASED_SECONDS_MAX)
    leaks = [(database, word) for database, text in _tables(demo).items() for word in words if holds(text, word)]
    assert leaks == []
    assert len(_written(stage)) == written
    assert auditor.get("booking", "/v1/audit/chain")["intact"]


def _erase(stage: Stage) -> str:
    body = {"current_password": stage.patient.password}
    return stage.as_patient().call("POST", "accounts", "/v1/me/erase", body=body, expect=204).headers["Position"]


def _state(auditor: Api, stage: Stage, position: str) -> str:
    path = f"/v1/appointments/{stage.facts['appointment']['id']}"
    found = auditor.call("GET", "booking", path, headers={"Position-At-Least": position})
    return str(found.body["state"])


def _dropped(stage: Stage) -> bool:
    """All that was still to be sent is dropped, the news of the cancellation as well: there is nobody to write to."""
    query = {"appointment": stage.facts["appointment"]["id"]}
    items = stage.log_in("operator").call("GET", "notification", "/v1/deliveries", query=query).body["items"]
    left = {item["kind"]: (item["state"], item["reason"]) for item in items if item["state"] != "sent"}
    all_dropped = {state for state, _ in left.values()} == {"dropped"}
    return all_dropped and left.get("cancellation") == ("dropped", "person_unknown")


def _written(stage: Stage) -> list[dict[str, Any]]:
    """All that the mailbox has for the patient."""
    return [*stage.messages(stage.patient.email, "email"), *stage.messages(stage.patient.phone, "sms")]


def _tables(demo: RunningDemo) -> dict[str, bytes]:
    """By database, every row of every table, what is deflated as it was before."""
    return {name: _rows(url) for name, url in demo.facts["databases"].items() if name != "directory"}


def _rows(url: str) -> bytes:
    found: list[bytes] = []
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.adapters.register_loader("timestamptz", TextLoader)  # some are infinite
        for table in connection.execute(_TABLES).fetchall():
            rows = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table["schemaname"], table["tablename"]))
            for row in connection.execute(rows).fetchall():
                found += [one if isinstance(one, bytes) else str(one).encode() for one in row.values()]
                if table["tablename"] == "events":
                    metadata, data = unpack(row["metadata"], row["data"], row["tags"])
                    found += [metadata.encode(), data]
                elif isinstance(row.get("answer"), bytes):
                    found.append(unpack_answer(row["answer"]))
    return b"\n".join(found)
