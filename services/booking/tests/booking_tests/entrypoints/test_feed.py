"""The feed over HTTP: everything once and in order, from any position, while others write; waited for, or streamed."""

import asyncio
import json
import socket
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from booking.adapters import codec
from event_store import EventStore

from .. import given
from ..house import House, new_id, position_of, slug_of, until


def reader(house: House) -> str:
    return house.token("reader", kind="service", roles=["service"])


async def page(house: House, query: str = "", app: int = 0) -> dict[str, Any]:
    answer = await house.get(f"/v1/events?{query}", reader(house), app=app)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_it_is_gap_free_and_resumable_while_others_write(house: House) -> None:
    await house.start()
    start = await house.parts.ledger.head()
    people = [await house.somebody() for _ in range(40)]
    writing = asyncio.gather(*(house.appointment(who) for who in people))
    seen: list[int] = []
    after, turn = start, 0
    while len(seen) < 80:
        found = await page(house, f"after={after}&limit=7", app=turn % 2)
        seen += [item["position"] for item in found["items"]]
        assert found["next"] >= after
        after, turn = found["next"], turn + 1
    await writing
    assert seen == list(range(start + 1, start + 81))


async def test_it_is_narrowed_by_type_and_agenda_and_still_moves_on(house: House) -> None:
    who, agenda = await house.somebody(), new_id()
    made = await house.appointment(who, agenda_id=agenda)
    await house.appointment(await house.somebody())
    await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    mine = await page(house, f"agenda={agenda}")
    assert [item["type"].split(".")[2] for item in mine["items"]] == [
        "SlotHeld", "AppointmentConfirmed", "AppointmentCancelled",
    ]  # fmt: skip
    assert mine["next"] == await house.parts.ledger.head()
    types = "AppointmentConfirmed,rendezvous.booking.AppointmentCancelled.v1"
    told = (await page(house, f"agenda={agenda}&types={types}"))["items"]
    assert [item["data"]["version"] for item in told] == [1, 2]
    assert "rules" not in told[0]["data"]
    again = await page(house, f"agenda={agenda}&after={told[0]['position']}&limit=1")
    assert again["next"] == told[1]["position"]
    wrong = await house.get("/v1/events?types=Nothing", reader(house))
    assert (wrong.status_code, slug_of(wrong)) == (422, "invalid-field")


async def test_it_waits_for_news_and_answers_as_soon_as_there_is_some(house: House) -> None:
    agenda, loop = new_id(), asyncio.get_running_loop()
    begun = loop.time()
    waiting = asyncio.create_task(page(house, f"agenda={agenda}&wait=20"))
    await asyncio.sleep(0.3)
    held = await house.hold(house.token(await house.somebody()), agenda)
    found = await waiting
    assert [item["position"] for item in found["items"]] == [position_of(held)]
    assert loop.time() - begun < 15
    nothing = await page(house, f"after={found['next']}&agenda={agenda}&wait=0.2")
    assert nothing["items"] == []


async def streamed(served: str, token: str, query: str, count: int, **headers: str) -> list[tuple[int, dict[str, Any]]]:
    """The first `count` events of a stream, each with its id."""
    found: list[tuple[int, dict[str, Any]]] = []
    headers |= {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with (
        asyncio.timeout(45),
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
        client.stream("GET", f"{served}/v1/events?{query}", headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        id_ = 0
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                id_ = int(line[4:])
            if line.startswith("data: "):
                found.append((id_, json.loads(line[6:])))
            if len(found) == count:
                break
    return found


async def test_it_is_streamed_and_goes_on_from_the_last_event_id(house: House, served: str) -> None:
    agenda, who = new_id(), await house.somebody()
    token = reader(house)
    before = asyncio.create_task(streamed(served, token, f"agenda={agenda}", 2))
    await asyncio.sleep(0.2)
    made = await house.appointment(who, agenda_id=agenda)
    first = await before
    assert [item["position"] for _, item in first] == [id_ for id_, _ in first]
    assert first[-1][0] == made["position"]
    await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    last_id = {"Last-Event-ID": str(first[-1][0])}
    rest = await streamed(served, token, f"agenda={agenda}&after=0", 1, **last_id)
    assert rest[0][1]["type"] == "rendezvous.booking.AppointmentCancelled.v1"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_it_is_for_services_and_auditors_only(house: House, accept: str) -> None:
    assert (await house.get("/v1/events", None, Accept=accept)).status_code == 401
    assert (await house.get("/v1/events", house.visitor(), Accept=accept)).status_code == 403
    mine = await house.get("/v1/events", house.token(await house.somebody()), Accept=accept)
    assert (mine.status_code, slug_of(mine)) == (403, "forbidden")
    assert (await house.get("/v1/events?limit=1", house.auditor())).status_code == 200


async def test_a_stream_that_is_cut_again_and_again_tells_each_event_once_while_others_write(
    house: House, served: str
) -> None:
    await house.start("projector")
    agenda, token = new_id(), reader(house)
    days = iter(range(1, 40))
    people = [await house.somebody() for _ in range(12)]
    appointments = [house.appointment(who, agenda_id=agenda, start=house.start_in(next(days))) for who in people]
    writing = asyncio.gather(*appointments)
    seen: list[int] = []
    while len(seen) < 24:
        last_id = {"Last-Event-ID": str(seen[-1])} if seen else {}
        rest = await streamed(served, token, f"agenda={agenda}&limit=3", min(5, 24 - len(seen)), **last_id)
        seen += [id_ for id_, _ in rest]
    await writing
    told = (await page(house, f"agenda={agenda}"))["items"]
    assert seen == [item["position"] for item in told]
    assert len(set(seen)) == 24


async def test_a_stream_ends_with_its_token_and_tells_nothing_after(house: House, served: str) -> None:
    agenda = new_id()
    headers = {"Authorization": f"Bearer {reader(house)}", "Accept": "text/event-stream"}
    async with asyncio.timeout(45), httpx.AsyncClient(trust_env=False, timeout=30) as client:
        async with client.stream("GET", f"{served}/v1/events?agenda={agenda}", headers=headers) as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            house.advance(minutes=16)
            await house.hold(house.token(await house.somebody()), agenda)
            assert [line async for line in lines if line.startswith("data:")] == []
        again = await client.get(f"{served}/v1/events", headers=headers)
        assert again.status_code == 401


async def test_who_waits_is_answered_at_once_when_the_process_stops(house: House, served: str) -> None:
    token = reader(house)
    head = await house.parts.ledger.head()
    waiting = asyncio.create_task(page(house, f"after={head}&wait=20"))
    following = asyncio.create_task(streamed(served, token, f"after={head}", 1))
    await asyncio.sleep(0.3)
    house.parts.news.end()
    async with asyncio.timeout(15):  # a page waits for 20 s, a stream lives for a minute
        assert (await waiting)["next"] >= head
        assert await following == []


class Counted:
    """The ledger, and how many pages of the feed were read from it."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger
        self.pages = 0

    async def feed(self, *asked: Any) -> Any:
        self.pages += 1
        return await self._ledger.feed(*asked)


async def test_a_reader_that_is_slow_is_waited_for_and_gets_everything(house: House, served: str) -> None:
    agenda = new_id()
    hour = codec.encode(given.held(visit=given.visit(agenda=agenda)), {})
    async with EventStore(house.parts.database.url) as store:
        await store.append([hour] * 3000)
    counted = Counted(house.parts.ledger)
    house.app.state.parts = replace(house.parts, ledger=counted)
    address = urlsplit(served)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (address.hostname, address.port))
        head = f"GET /v1/events?agenda={agenda} HTTP/1.1\r\nHost: booking\r\nAccept: text/event-stream\r\n"
        await loop.sock_sendall(slow, f"{head}Authorization: Bearer {reader(house)}\r\n\r\n".encode())
        await until(lambda: stands_still(counted))
        assert 0 < counted.pages < 10, "the stream reads ahead of its reader"
        # The rest through a buffer of the usual size: one of 4 kB makes the kernel drop segments and send them again
        # at ever longer intervals, which has taken over a minute.
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        heard = bytearray()
        async with asyncio.timeout(60):
            while heard.count(b"\nevent: ") < 3000:
                piece = await loop.sock_recv(slow, 1 << 20)
                assert piece, "the stream ended before everything was told"
                heard += piece
    positions = [int(line[4:]) for line in heard.split(b"\n") if line.startswith(b"id: ")]
    assert positions == sorted(positions)
    assert counted.pages >= 30


async def stands_still(counted: Counted) -> bool:
    before = counted.pages
    await asyncio.sleep(0.5)
    return 0 < before == counted.pages
