"""On a log of some size every statement finds its rows by an index, and touches few pages: never asserted by time.

PLAN_EVENTS=10000000 makes the same log larger, and prints what the statements touched.
"""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import DCBAppendCondition, DCBQuery, DCBQueryItem, Event, wire
from event_store.link import conninfo
from event_store.reading import Find, Read, read_parameters

EVENTS = int(os.environ.get("PLAN_EVENTS", "100000"))
AGENDAS = 100
pytestmark = pytest.mark.timeout(180 + EVENTS // 2000)

# Rows without a chain, for plans do not ask what a hash is over; the large index is built at the end, as it is faster.
FILL = f"""
INSERT INTO ledger.events
SELECT n, timestamptz '2026-01-01 00:00Z' + n * interval '1 ms', gen_random_uuid(), 1, 'Noted',
       ARRAY['agenda:' || n % {AGENDAS}, 'hour:' || n / 4, 'hold:' || n, 'account:' || n % ({EVENTS} / 5)],
       '{{}}', decode(repeat('ab', 32), 'hex'), decode(repeat('ab', 32), 'hex'), decode(repeat('ab', 440), 'hex')
FROM generate_series(1, {EVENTS}) AS n;
ALTER TABLE ledger.event_tags DROP CONSTRAINT event_tags_pkey;
INSERT INTO ledger.event_tags
SELECT ledger.tag_key(one.tag), e.position FROM ledger.events e, unnest(e.tags) AS one(tag);
ALTER TABLE ledger.event_tags ADD CONSTRAINT event_tags_pkey PRIMARY KEY (tag, position);
INSERT INTO ledger.requests SELECT gen_random_uuid(), n, 'fingerprint', 'answer' FROM generate_series(1, {EVENTS}) AS n;
"""  # noqa: S608 - figures of our own

Explain = Callable[[str, Any], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def explain(make_ledger: Callable[[], ProvisionedDatabase], postgres_url: str) -> Iterator[Explain]:
    """Runs a statement as a store's session does; the plans of it and of each statement inside it, with their pages."""
    name = urlsplit(make_ledger().service_url).path.strip("/")
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    with psycopg.connect(url, autocommit=True, options="-c maintenance_work_mem=512MB") as filler:
        filler.execute(FILL)
        filler.execute("VACUUM ANALYZE")
    with psycopg.connect(conninfo(url, "plans"), autocommit=True) as connection:
        connection.execute(
            "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;"
            "SET auto_explain.log_buffers = on;"
            "SET auto_explain.log_timing = off; SET auto_explain.log_nested_statements = on;"
            "SET auto_explain.log_format = json; SET auto_explain.log_level = notice; SET statement_timeout = 0"
        )
        plans: list[dict[str, Any]] = []
        connection.add_notice_handler(
            lambda said: plans.append(json.loads((said.message_primary or "").partition("plan:")[2]))
        )

        def run(statement: str, parameters: Any) -> list[dict[str, Any]]:
            # The first time, it is the catalogue that is read: what a session keeps.
            for _ in range(2):
                plans.clear()
                with connection.transaction(force_rollback=True):
                    connection.execute(statement, parameters, prepare=True)
            return list(plans)

        yield run


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def judged(plans: list[dict[str, Any]], *, pages_max: int) -> None:
    assert plans
    scans = [node for each in plans for node in nodes(each["Plan"]) if node.get("Relation Name")]
    assert scans
    for node in scans:
        assert node["Node Type"] in ("Index Scan", "Index Only Scan", "Tid Scan", "ModifyTable"), node
    pages = max(each["Plan"]["Shared Hit Blocks"] + each["Plan"]["Shared Read Blocks"] for each in plans)
    print(f"{EVENTS:,} events: {pages} pages, {pages_max} may be touched")
    assert pages <= pages_max


def one_of(*tags: str) -> DCBQuery:
    return DCBQuery([DCBQueryItem(tags=[tag]) for tag in tags])


def test_a_boundary_is_read_by_the_tags_own_index(explain: Explain) -> None:
    boundary = one_of(f"hour:{EVENTS // 8}", f"hold:{EVENTS // 2}", f"account:{EVENTS // 10}")
    call = [Read(boundary, 0, None), Find(uuid.uuid4())]
    judged(explain(wire.READ, read_parameters(call)), pages_max=120)


def test_of_several_tags_the_rarest_is_searched_by(explain: Explain) -> None:
    query = DCBQuery([DCBQueryItem(tags=["agenda:7", f"hour:{(EVENTS // 2 + 7) // 4}"])])
    judged(explain(wire.READ, read_parameters([Read(query, 0, None)])), pages_max=60)


def test_a_page_of_a_common_tag_stops_at_its_limit(explain: Explain) -> None:
    call = [Read(one_of("agenda:7"), EVENTS // 2, 10)]
    judged(explain(wire.READ, read_parameters(call)), pages_max=120)


def test_a_condition_touches_a_few_pages_whether_its_tags_are_rare_or_common(explain: Explain) -> None:
    query = one_of("agenda:7", "hour:none", "hold:none", "account:none")
    condition = DCBAppendCondition(query, after=EVENTS - AGENDAS // 2)
    call = wire.append_call([Event("Noted", b"", ["hold:none"])], condition, None, uuid.uuid4())
    judged(explain(wire.APPEND, wire.append_parameters([call])), pages_max=90)


def test_a_range_is_read_along_the_primary_key(explain: Explain) -> None:
    judged(explain(wire.READ_RANGE, wire.range_parameters(EVENTS // 2, None, 500)), pages_max=80)


def test_an_instant_is_found_by_halving_and_old_requests_by_their_position(explain: Explain) -> None:
    judged(explain("SELECT ledger.forget_requests('2026-01-01 00:01Z', 10)", None), pages_max=200)


def test_the_judge_notices_a_scan_of_a_whole_table(explain: Explain) -> None:
    with pytest.raises(AssertionError, match="Seq Scan"):
        judged(explain("SELECT count(*) FROM ledger.events WHERE type = 'Other'", None), pages_max=10**9)
