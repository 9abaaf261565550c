"""Writers at once on hot tags, judged by an oracle that replays what each of them really saw."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import Event, EventStore, RecordedEvent, verify_chain

Step = dict[str, Any]


def matches(step: Step, event: Event) -> bool:
    return any((not types or event.type in types) and set(tags) <= set(event.tags) for types, tags in step["query"])


def faults(log: list[RecordedEvent], steps: list[Step]) -> list[str]:
    """What is wrong between the log and what its writers saw and were told; empty when nothing is."""
    wrong: list[str] = []
    if [one.position for one in log] != list(range(1, len(log) + 1)):
        wrong.append("positions have gaps")
    written: dict[str, list[int]] = {}
    for one in log:
        written.setdefault(one.event.data.decode(), []).append(one.position)
    for step in steps:
        head, at = step["head"], step["position"]
        if step["seen"] != [one.position for one in log[:head] if matches(step, one.event)]:
            wrong.append(f"{step['data']} read something else than the log up to {head} holds")
        own = written.pop(step["data"], [])
        if step["outcome"] == "Conflict":
            if own or not (at > head and matches(step, log[at - 1].event)):
                wrong.append(f"{step['data']} was refused without reason, or recorded all the same")
            continue
        if not own or own[-1] != at or own != list(range(own[0], at + 1)):
            wrong.append(f"{step['data']} is not recorded where it was told")
        elif not step["free"] and any(matches(step, one.event) for one in log[head : own[0] - 1]):
            wrong.append(f"{step['data']} was accepted against its condition")
    return wrong + [f"{data} is in the log and nobody wrote it" for data in written]


async def run_racers(url: str, processes: int, tasks: int, rounds: int) -> list[Step]:
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("racer.py")),
            url,
            str(tasks),
            str(rounds),
            str(seed),
            stdout=asyncio.subprocess.PIPE,
        )
        for seed in range(processes)
    ]
    said = await asyncio.gather(*(racer.communicate() for racer in racers))
    assert [racer.returncode for racer in racers] == [0] * processes
    return [json.loads(line) for out, _ in said for line in out.splitlines()]


@pytest.fixture
async def raced(fresh: ProvisionedDatabase) -> tuple[list[RecordedEvent], list[Step]]:
    steps = await run_racers(fresh.service_url, processes=2, tasks=16, rounds=40)
    async with EventStore(fresh.service_url) as store:
        return [one async for portion in store.read_range() for one in portion], steps


async def test_two_processes_on_hot_tags_never_break_a_condition(
    raced: tuple[list[RecordedEvent], list[Step]],
) -> None:
    log, steps = raced
    outcomes = [step["outcome"] for step in steps]
    assert len(steps) == 2 * 16 * 40
    assert outcomes.count("Conflict") > 100  # they did meet
    assert outcomes.count("Appended") > 100
    assert faults(log, steps) == []
    assert verify_chain(log).verified == len(log)


async def test_the_oracle_bites(raced: tuple[list[RecordedEvent], list[Step]]) -> None:
    log, steps = raced
    refused = next(n for n, step in enumerate(steps) if step["outcome"] == "Conflict")
    bound = next(
        n
        for n, step in enumerate(steps)
        if step["position"] > 100 and step["outcome"] == "Appended" and not step["free"]
    )
    lies: list[tuple[int, Step]] = [
        (refused, {"outcome": "Appended"}),
        (refused, {"position": steps[refused]["head"]}),
        (bound, {"head": 0, "seen": [], "query": [[[], []]]}),
        (bound, {"seen": [*steps[bound]["seen"], len(log)]}),
        (bound, {"position": steps[bound]["position"] + 1}),
        (bound, {"data": "never written"}),
    ]
    for place, lie in lies:
        assert faults(log, [*steps[:place], steps[place] | lie, *steps[place + 1 :]])
    assert faults(log[:-1], steps)
