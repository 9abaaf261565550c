"""SIGSTOP of clients in the middle of their appends: nobody else is held up, and after SIGCONT nothing is doubled."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
import pytest

from ..conftest import Tally
from ..stack import FULL, until
from .journal import Story, lines_of, stories
from .judge import VIOLATIONS, Judge
from .ledger import ClientProcess, Ledger

pytestmark = pytest.mark.timeout(600)
# Longer than what may pass for a hold-up, or a client that waits for the stopped one would look like a slow machine.
PAUSE_SECONDS = 10.0 if FULL else 6.0
_LOCK_TIMEOUT_SECONDS = 2.0
_SLACK_SECONDS = 3.0
_PAUSED_STEP = 5

_HOLDERS = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'transactor' AND a.state = 'idle in transaction'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True)
class Pause:
    """Both clients stopped at once, from `began` till `ended`, and what all of them wrote down."""

    began: float
    ended: float
    held_the_lock: bool
    told: dict[str, Story]
    stopped: list[str]

    def of(self, client: str) -> list[Story]:
        return [story for story in self.told.values() if story.name.startswith(f"{client}.")]

    def held_up_seconds_max(self) -> float:
        """The longest wait for an answer of anybody who was not stopped."""
        waits = [wait for story in self.of("bystander") for wait in story.waits()]
        return max(end - start for start, end in waits if end > self.began and start < self.ended)


@pytest.fixture(scope="module")
def pause(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Pause:
    folder = tmp_path_factory.mktemp("pauses")
    bystander = ClientProcess(ledger, folder, "bystander", "--tasks", "8", "--transactions", "1")
    appender = ClientProcess(ledger, folder, "appender", "--tasks", "12")
    bystander.wait_for_work(20)
    appender.wait_for_work(20)
    stopped = _stop_in_the_middle(appender)
    # It stops itself where no signal from outside would hit for sure: between its append and its COMMIT.
    words = ("--transactions", "1", "--pause-at", str(_PAUSED_STEP))
    transactor = ClientProcess(ledger, folder, "transactor", *words)
    until("the transactor stops", _is_stopped(transactor))
    began = time.monotonic()
    with ledger.as_superuser() as connection:
        held_the_lock = connection.execute(_HOLDERS).fetchone() == (1,)
    time.sleep(PAUSE_SECONDS)
    ended = time.monotonic()
    for client in (appender, transactor):
        assert _is_stopped(client)()
        client.process.send(signal.SIGCONT)
    for client in (bystander, appender, transactor):
        client.wait_for_work(20)
        client.finish()
    return Pause(began, ended, held_the_lock, stories(folder.glob("*.journal")), stopped)


def test_both_were_stopped_in_the_middle_of_their_work(pause: Pause, tally: Tally) -> None:
    tally["pauses"] = {
        "seconds": PAUSE_SECONDS,
        "stopped_in_appends": len(pause.stopped),
        "stopped_between_append_and_commit": int(pause.held_the_lock),
    }
    assert pause.stopped
    assert pause.held_the_lock


def test_nobody_else_is_held_up_beyond_the_locks_time_out(pause: Pause, tally: Tally) -> None:
    bystanders = pause.of("bystander")
    answered = [answer.moment for story in bystanders for answer in story.answers]
    during = sum(pause.began < moment < pause.ended for moment in answered)
    refused = sum(line.word in ("nothing", "unknown") for story in bystanders for line in story.lines)
    held_up = pause.held_up_seconds_max()
    tally["pauses"] |= {
        "acknowledged_to_others_meanwhile": during,
        "others_refused": refused,
        "held_up_seconds_max": round(held_up, 3),
    }
    assert held_up < _LOCK_TIMEOUT_SECONDS + _SLACK_SECONDS < PAUSE_SECONDS
    assert any(pause.ended - 1 < moment < pause.ended for moment in answered), "others do not go on to the pause's end"


def test_what_was_stopped_before_its_commit_is_undone_and_done_once_by_its_retry(pause: Pause) -> None:
    (story,) = (story for story in pause.of("transactor") if story.name.endswith(f".{_PAUSED_STEP}"))
    words = [line.word for line in story.lines]
    assert words == ["try", "uncommitted", "unknown", "try", "Appended"]
    assert story.lines[2].moment > pause.ended


async def test_after_the_pause_all_go_on_and_nothing_is_lost_or_doubled(
    pause: Pause, ledger: Ledger, tally: Tally
) -> None:
    assert all(story.answers or story.refused for story in pause.told.values())
    assert all(pause.told[name].answers for name in pause.stopped)
    for client in ("appender", "transactor"):
        assert any(answer.moment > pause.ended for story in pause.of(client) for answer in story.answers)
    judge = Judge(ledger.database.service_url)
    await judge.read_on()
    judge.judge(pause.told)
    judge.judge_strangers(pause.told)
    with ledger.as_superuser() as connection:
        judge.judge_tables(connection)
    tally["pauses"]["acknowledged"] = sum(bool(story.answers) for story in pause.told.values())
    tally["pauses"] |= {violation: judge.found[violation] for violation in VIOLATIONS}
    assert not judge.found, judge.examples


def _stop_in_the_middle(client: ClientProcess) -> list[str]:
    """Stop it at a moment when it waits for answers; the names of those requests."""
    for _ in range(50):
        client.process.send(signal.SIGSTOP)
        until("it stops", _is_stopped(client))
        waiting = [story.name for story in stories([client.journal]).values() if story.open]
        if waiting:
            return waiting
        client.process.send(signal.SIGCONT)
        client.wait_for_work(3)
    raise AssertionError(f"never met in the middle of an append: {lines_of(client.journal)[-3:]}")


def _is_stopped(client: ClientProcess) -> Callable[[], bool]:
    return lambda: psutil.Process(client.process.pid).status() == psutil.STATUS_STOPPED
