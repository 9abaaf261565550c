"""A backup that was taken under load comes back as a prefix of the log, octet for octet, and goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from embedded_parts import Postgres, provision
from event_store import AlreadySeen, Appended, EventStore

from ..conftest import Tally
from ..stack import FULL
from .journal import Story, stories
from .judge import VIOLATIONS, Judge
from .ledger import ClientProcess, Ledger
from .restoring import base_backup, contents, dump, may, restore, rights
from .wishes import wish

pytestmark = pytest.mark.timeout(600)
_WORK = 2_000 if FULL else 100
_ENOUGH = 20


@dataclass(frozen=True)
class Restored:
    """A ledger, what was made of its backup, and the story of those who worked while it was taken."""

    way: str
    original: Ledger
    copy: Ledger
    began: float
    ended: float
    told: dict[str, Story]

    def acknowledged(self, since: float, until: float) -> list[Story]:
        return [one for one in self.told.values() if one.answers and since <= one.answers[0].moment < until]


@pytest.fixture(scope="module", params=["pg_basebackup", "pg_dump"])
def restored(
    request: pytest.FixtureRequest, server: Postgres, room: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restored]:
    folder = tmp_path_factory.mktemp("restored")
    ledger = Ledger.make(server)
    clients = [ClientProcess(ledger, folder, f"c{n}", "--tasks", "8", "--transactions", "1") for n in range(2)]
    for client in clients:
        client.wait_for_work(_WORK)
    with ExitStack() as ending:
        began = time.monotonic()
        if request.param == "pg_basebackup":
            copy = base_backup(ledger, room / request.param)
            ended = time.monotonic()
        else:
            dump(ledger, folder / "ledger.dump")
            ended = time.monotonic()
            copy = _provisioned_elsewhere(ledger, room / request.param)
            restore(copy, folder / "ledger.dump")
        ending.callback(copy.server.stop)
        for client in clients:
            client.wait_for_work(_ENOUGH)  # they went on all the while, and still do
            client.finish()
        yield Restored(request.param, ledger, copy, began, ended, stories(folder.glob("*.journal")))


async def test_it_is_a_prefix_of_the_log_octet_for_octet_with_all_that_was_acknowledged_before(
    restored: Restored, tally: Tally
) -> None:
    judge = Judge(restored.copy.database.service_url)
    head = await judge.read_on()
    before, during = (
        restored.acknowledged(0, restored.began),
        restored.acknowledged(restored.began, restored.ended),
    )
    judge.judge({story.name: story for story in before})
    judge.judge_strangers(restored.told)
    with restored.copy.as_superuser() as connection:
        judge.judge_tables(connection)
    tally.setdefault("restores", {})[restored.way] = {
        "events": head,
        "chain_verified": judge.verified,
        "acknowledged_before": len(before),
        "acknowledged_while_it_was_taken": len(during),
        **{violation: judge.found[violation] for violation in VIOLATIONS},
    }
    assert during, "the backup was taken of a server at rest"
    assert not judge.found, judge.examples
    assert head > _WORK
    assert contents(restored.copy, head) == contents(restored.original, head)
    assert contents(restored.copy, head) != contents(restored.copy, head - 1)


def test_the_roles_have_the_same_rights_as_before(restored: Restored) -> None:
    assert rights(restored.copy) == rights(restored.original)
    assert rights(restored.copy)
    assert may(restored.copy, "SELECT count(*) FROM ledger.events")
    for statement in (
        "INSERT INTO ledger.requests VALUES (gen_random_uuid(), 1, '', '')",
        "UPDATE ledger.events SET data = ''",
        "DELETE FROM ledger.event_tags",
        "TRUNCATE ledger.events",
        "CREATE TABLE ledger.other (a integer)",
    ):
        assert not may(restored.copy, statement), statement


async def test_appending_goes_on_and_each_id_is_known_or_taken_anew(restored: Restored) -> None:
    judge = Judge(restored.copy.database.service_url)
    head = await judge.read_on()
    recorded = {story.name: judge.recorded(story.name) for story in restored.told.values() if story.answers}
    known = [name for name, there in recorded.items() if there][-50:]
    lost = [name for name, there in recorded.items() if not there][:50]
    assert known
    assert lost, "the clients had gone on after the backup"
    async with EventStore(restored.copy.database.service_url) as store:
        for name in known:
            seen = await store.append(wish(name).events, request=wish(name).request)
            assert isinstance(seen, AlreadySeen)
            assert seen.position == restored.told[name].answers[0].number
            assert (seen.fingerprint, seen.answer) == (wish(name).request.fingerprint, wish(name).request.answer)
        assert await store.head() == head
        for name in lost:
            head += len(wish(name).events)
            assert await store.append(wish(name).events, request=wish(name).request) == Appended(head)
    assert await judge.read_on() == head
    assert judge.verified == head
    assert not judge.found, judge.examples


def _provisioned_elsewhere(ledger: Ledger, folder: Path) -> Ledger:
    """Another server with the same roles and an empty database, as it is provisioned anywhere."""
    passwords = [unquote(urlsplit(url).password or "") for url in _urls(ledger)]
    second = Postgres(folder).start()
    provision(second.url, ledger.name, *passwords)
    return ledger.on(second)


def _urls(ledger: Ledger) -> tuple[str, str]:
    return ledger.database.owner_url, ledger.database.service_url
