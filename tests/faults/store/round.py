"""One round: clients at work, one kind of kill in the middle of it, successors that retry, and the judgement."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from random import Random

from ..stack import FULL
from .journal import Story, stories
from .judge import Judge
from .ledger import ClientProcess, Ledger

KINDS = ("clients", "backend", "postmaster", "everything") if FULL else ("clients", "backend", "postmaster")
_CLIENTS = 3
_LOAD = ("--tasks", "12", "--transactions", "1")
_WORK_SECONDS = (0.5, 3.0) if FULL else (0.1, 0.5)
_AFTERWARDS = 200 if FULL else 20


class Round:
    """Plays one round on the ledger; `met` counts what the kill met."""

    def __init__(self, ledger: Ledger, folder: Path, number: int, kind: str, draw: Random) -> None:
        self._ledger, self._folder, self._number, self._kind, self._draw = ledger, folder, number, kind, draw
        self._clients = [ClientProcess(ledger, folder, f"r{number}c{n}", *_LOAD) for n in range(_CLIENTS)]
        self._began = time.monotonic()
        self.met: Counter[str] = Counter()

    async def play(self, judge: Judge) -> None:
        for client in self._clients:
            client.wait_for_work(20 if FULL else 10)
        time.sleep(self._draw.uniform(*_WORK_SECONDS))  # noqa: ASYNC251 - nothing else runs here
        victims = self._clients[:2] if self._kind in ("clients", "everything") else []
        moment = self._kill(victims)
        await self._look_at_what_was_under_way(moment, victims, judge)
        survivors = [client for client in self._clients if client not in victims]
        # Two at once ask for the same, so that retries race each other as well.
        dead = [str(victim.journal) for victim in victims]
        successors = [
            ClientProcess(self._ledger, self._folder, f"r{self._number}s{n}", *_LOAD, "--retry", *dead)
            for n in range(2 if dead else 0)
        ]
        for client in (*survivors, *successors):
            client.wait_for_work(_AFTERWARDS)
        for client in (*survivors, *successors):
            client.finish()
        self._count_the_retries(moment, victims, [*survivors, *successors])
        await judge.read_on()
        told = self._told()
        judge.judge(told)
        self._everything_is_answered(told)

    def describe(self, judge: Judge) -> str:
        seconds = time.monotonic() - self._began
        met = " ".join(f"{name}={count}" for name, count in sorted(self.met.items()))
        return (
            f"round {self._number + 1} {self._kind} {seconds:.1f} s head={judge.head} wrong={dict(judge.found)} {met}"
        )

    def _kill(self, victims: list[ClientProcess]) -> float:
        moment = time.monotonic()
        for victim in victims:
            victim.kill()
        self.met["clients_killed"] += len(victims)
        if self._kind == "backend":
            moment = self._ledger.kill_backend()
            assert self._ledger.server.running
            self.met["backends_killed"] += 1
        if self._kind in ("postmaster", "everything"):
            moment = self._ledger.kill_server()
            self._ledger.server.stop()
            self._ledger.server.start()
            self.met["postmasters_killed"] += 1
        return moment

    async def _look_at_what_was_under_way(self, moment: float, victims: list[ClientProcess], judge: Judge) -> None:
        self.met["in_flight"] += sum(story.in_flight(moment) for story in self._told().values())
        if not victims:
            return
        await judge.read_on()
        left = stories(victim.journal for victim in victims)
        judge.judge(left)  # before anybody retries: wholly there, or not at all
        for story in (story for story in left.values() if story.open):
            self.met["unacknowledged"] += 1
            self.met[f"unacknowledged_found_{'recorded' if judge.recorded(story.name) else 'absent'}"] += 1

    def _count_the_retries(self, moment: float, victims: list[ClientProcess], others: list[ClientProcess]) -> None:
        """What became of the open requests: of the dead clients', and of those that lost only their connection."""
        left = stories(victim.journal for victim in victims)
        for name, story in stories(client.journal for client in others).items():
            self.met["conflicts"] += sum(line.word == "Conflict" for line in story.lines)
            self.met["called_unknown"] += sum(line.word == "unknown" for line in story.lines)
            self.met["called_nothing"] += sum(line.word == "nothing" for line in story.lines)
            if name in left:
                promised = bool(left[name].answers)
                self.met["acknowledged_retried" if promised else "unacknowledged_retried"] += 1
                if promised:
                    assert {answer.word for answer in story.answers} == {"AlreadySeen"}, (
                        f"{name} was not known any more"
                    )
            elif story.in_flight(moment) and story.answers:
                self.met[f"survivors_{'recorded' if story.answers[0].word == 'AlreadySeen' else 'sent_anew'}"] += 1

    def _everything_is_answered(self, told: dict[str, Story]) -> None:
        unanswered = [name for name, story in told.items() if not story.answers and not story.refused]
        assert not unanswered, f"no answer to the end: {unanswered[:5]}"

    def _told(self) -> dict[str, Story]:
        return stories(self._folder.glob(f"r{self._number}[cs]*.journal"))
