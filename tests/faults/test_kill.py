"""kill -9 of each process during the path, again and again: the path ends, nothing is lost, nothing is mailed twice."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter

import pytest
from demo.journey.play import play
from demo.journey.stage import Stage

from .running import RunningDemo
from .stack import FULL, until

pytestmark = pytest.mark.timeout(1200)
_SERVICES = ("booking", "notification", "accounts", "availability", "directory", "booking-2", "portal")
_PARTS = ("postgres", "kafka", "mailbox", "control")
VICTIMS = (*_SERVICES, *_PARTS) if FULL else _SERVICES[:2]
# The steps in whose beginning or middle the process dies; those between give it the time to come back.
_STEPS = ("the_search", "hold_as_visitor", "claim_and_confirm", "the_invitation", "the_reminders", "cancel")
SEED = int(os.environ.get("FAULT_SEED") or 20261124)


@pytest.mark.parametrize("victim", VICTIMS)
def test_the_path_ends_although_a_process_is_killed_on_the_way(demo: RunningDemo, victim: str) -> None:
    draw = random.Random(f"{SEED} {victim}")
    killers: list[threading.Thread] = []
    kills: list[int | None] = []

    def kill_soon() -> None:
        time.sleep(draw.uniform(0, 0.4))
        kills.append(demo.kill(victim))

    def before(step: str) -> None:
        if step in _STEPS:
            killers.append(threading.Thread(target=kill_soon))
            killers[-1].start()

    stage = play(demo.facts, before)
    for killer in killers:
        killer.join()
    assert sum(pid is not None for pid in kills) >= len(_STEPS) - 2, "the victim was hardly ever there to be killed"
    until(f"{victim} is back", lambda: victim in demo.pids())
    _nothing_acknowledged_is_lost(stage)
    _nothing_is_mailed_twice(stage)


def _nothing_acknowledged_is_lost(stage: Stage) -> None:
    id_ = stage.facts["appointment"]["id"]
    shown = stage.as_patient().get("booking", f"/v1/appointments/{id_}")
    assert shown["state"] == "cancelled"
    assert [step["event"] for step in shown["history"]] == ["confirmed", "cancelled"]
    people = stage.as_patient().get("accounts", "/v1/me/people")["items"]
    assert [person["id"] for person in people] == [stage.facts["self"], stage.facts["relative"]]
    assert stage.log_in("auditor").get("booking", "/v1/audit/chain")["intact"]


def _nothing_is_mailed_twice(stage: Stage) -> None:
    mails = stage.messages(stage.patient.email, "email")
    texts = stage.messages(stage.patient.phone, "sms")
    repeated = [
        key for key, count in Counter((one["subject"], one["text"]) for one in mails + texts).items() if count > 1
    ]
    assert repeated == []
    # The sign-up link, the confirmation, the reminder of the week before and the cancellation; the code and a reminder.
    assert (len(mails), len(texts)) == (4, 2), [one["subject"] or one["text"] for one in mails + texts]
