"""`python -m booking audit`: what an auditor reads from the log itself, without a service that runs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import orjson
from event_store import LogBroken, StoreUnavailable
from service_kit.database import Database

from booking.application.audit import explained, story_tags
from booking.application.fairness import Fairness
from booking.application.ports import Ledger, Record
from booking.application.replay import Replay

FOUND, NOT_SO, AWAY = 0, 1, 3
Opened = Callable[[], AbstractAsyncContextManager[tuple[Database, Ledger]]]


def main(arguments: list[str], opened: Opened) -> int:
    """0: as asked; 1: no such appointment, the chain is broken, a list unfair; 2: a wrong word; 3: the log is away."""
    asked = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(asked, opened))
    except StoreUnavailable:
        print("booking audit: the log cannot be read; is the database of BOOKING_DATABASE_URL there?", file=sys.stderr)
        return AWAY
    except LogBroken as broken:
        print(f"booking audit: {broken}; see `audit verify`", file=sys.stderr)
        return NOT_SO


async def _run(asked: argparse.Namespace, opened: Opened) -> int:
    async with opened() as (_, ledger):
        match asked.what:
            case "history":
                return await _history(ledger, asked.appointment, asked.json)
            case "replay":
                return await _replay(ledger, asked)
            case "fairness":
                return await _fairness(ledger, asked.json)
            case _:
                return await _verify(ledger, asked.head)


async def _history(ledger: Ledger, appointment_id: str, as_json: bool) -> int:
    first = await ledger.read(story_tags(appointment_id, ()))
    if not first.records:
        print("booking audit: there is no such appointment", file=sys.stderr)
        return NOT_SO
    for record in (await ledger.read(story_tags(appointment_id, first.records))).records:
        story = explained(record)
        if as_json:
            _print_json(story)
            continue
        print(f"{story['position']:>8}  {_instant(story['recorded_at'])}  {story['type']}  by {story['actor']}")
        print(f"          rules {story['rules']}, on all up to {story['after']} of: {', '.join(story['boundary'])}")
        print(f"          facts {_json(story['facts'])}")
        print(f"          hash  {story['hash']}")
    return FOUND


async def _replay(ledger: Ledger, asked: argparse.Namespace) -> int:
    replay = Replay()
    until = asked.at if asked.time is None else await ledger.position_at(asked.time)
    async for records in ledger.portions(until=until):
        replay.add(records)
    state: dict[str, Any] = {
        "position": replay.position,
        "recorded_at": None if replay.recorded_at is None else _instant(replay.recorded_at),
        "events": replay.events,
        **replay.summary(),
        "state": replay.digest(),
    }
    if asked.json:
        _print_json(state | {"appointments": replay.appointments(), "holds": replay.holds()})
        return FOUND
    for name, value in state.items():
        print(f"{name:<12} {'-' if value is None else value}")
    return FOUND


async def _fairness(ledger: Ledger, as_json: bool) -> int:
    fairness = Fairness()
    async for records in ledger.portions():
        fairness.add(records)
    summary = fairness.summary()
    if as_json:
        _print_json(summary | {"items": fairness.items()})
    else:
        for name, count in summary.items():
            print(f"{name:<12} {count}")
    return NOT_SO if summary["unfair"] else FOUND


async def _verify(ledger: Ledger, noted: tuple[int, str] | None) -> int:
    chain = await ledger.verify()
    if chain.broken_at is not None:
        print(f"broken at position {chain.broken_at}: {chain.reason}; {chain.verified} events before it hold together")
        return NOT_SO
    if noted is not None and not _stands(noted, await ledger.at(noted[0])):
        print(f"broken: position {noted[0]} does not have the hash that was noted; the log was written anew or cut off")
        return NOT_SO
    newest = "-" if chain.hash is None else f"{chain.head}:{chain.hash.hex()}"
    print(f"intact: {chain.verified} events hold together; head {newest}")
    return FOUND


def _stands(noted: tuple[int, str], record: Record | None) -> bool:
    return record is not None and record.hash.hex() == noted[1]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="booking audit", description=__doc__)
    words = parser.add_subparsers(dest="what", required=True)
    history = words.add_parser("history", help="every event of an appointment and of its hold, with the facts")
    history.add_argument("appointment")
    replay = words.add_parser("replay", help="the state at a position or an instant of recording; else at the head")
    point = replay.add_mutually_exclusive_group()
    point.add_argument("--at", type=_position, metavar="POSITION")
    point.add_argument("--time", type=_time, metavar="T", help="like 2027-03-01T08:00:00Z")
    fairness = words.add_parser("fairness", help="of the waiting lists: who was offered what was freed, and in order?")
    for each in (history, replay, fairness):
        each.add_argument("--json", action="store_true", help="everything, as JSON")
    verify = words.add_parser("verify", help="compute the hash chain again, from the first event to the last")
    verify.add_argument("--head", type=_head, metavar="POSITION:HASH", help="a head that was noted earlier")
    return parser


def _position(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError("a position is a number, like 1234")
    return int(text)


def _time(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("an instant is like 2027-03-01T08:00:00Z") from None
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant needs its offset, like 2027-03-01T08:00:00Z")
    return instant


def _head(text: str) -> tuple[int, str]:
    position, _, digest = text.partition(":")
    if len(digest) != 64:
        raise argparse.ArgumentTypeError("a head is POSITION:HASH, as `verify` prints it")
    return _position(position), digest.lower()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def _print_json(value: Any) -> None:
    print(_json(value))
