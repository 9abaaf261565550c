"""What becomes of a message when the outside, the database or the sender itself fails: late perhaps, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from accounts.adapters.keys import Keys
from accounts.adapters.messages import MessageQueue
from accounts.adapters.secrets import Secrets
from accounts.adapters.sender import Outside, Sender


@pytest.fixture
async def desk(house: Any, outside: Any, environment: dict[str, str]) -> AsyncIterator[Any]:
    """Makes senders, as several processes would have; the house's own one is stopped."""
    await house.end(house.sending)
    secrets = Secrets(Keys.from_json(environment["ACCOUNTS_TOKEN_KEY"]).pepper())
    async with httpx.AsyncClient(timeout=30) as client:

        def make(**addresses: str) -> Sender:
            urls = {"smtp_url": outside.smtp_url, "sms_url": outside.sms_url, **addresses}
            said = Outside(
                mail_from="RDV <rdv@example.org>", sms_sender="RDV", portal_url="https://rdv.example", **urls
            )
            return Sender(MessageQueue(house.database), secrets, said, client, house.clock)

        yield make


class Working:
    """Senders at work for as long as the block lasts; leaving it ends them as SIGTERM does."""

    def __init__(self, house: Any, *senders: Sender) -> None:
        self._house, self._senders = house, senders

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(sender.run()) for sender in self._senders]

    async def __aexit__(self, *_: object) -> None:
        await self._house.end(*self._tasks)


async def ask(house: Any, who: Any) -> None:
    """An SMS for them is due."""
    answer = await house.post("/v1/sign-up/phone-code", {"phone": who.phone})
    assert answer.status_code == 202


async def sign_up(house: Any, desk: Any) -> Any:
    """Somebody to whom an e-mail is due."""
    who = house.somebody()
    async with Working(house, desk()):
        code = await house.code(who)
    assert (await house.post("/v1/sign-up", who.form(code))).status_code == 202
    return who


async def became(house: Any, who: Any, *states: str) -> None:
    """Wait until the newest message to them is in one of these states."""
    async with asyncio.timeout(60):
        while (found := await newest(house, who))["state"] not in states:  # noqa: ASYNC110 (a table sends no event)
            await asyncio.sleep(0.05)
    assert found["reason"] is None or who.phone not in found["reason"]


async def tried(house: Any, who: Any) -> None:
    """Wait until a sender has taken their newest message up."""
    async with asyncio.timeout(60):
        while (await newest(house, who))["attempts"] == 0:  # noqa: ASYNC110 (a table sends no event)
            await asyncio.sleep(0.05)


async def newest(house: Any, who: Any) -> dict[str, Any]:
    rows = await house.rows(
        "SELECT m.* FROM message m LEFT JOIN sign_up s USING (sign_up_id)"
        " WHERE coalesce(m.phone, s.phone) = %s ORDER BY m.asked_at DESC",
        who.phone,
    )
    return dict(rows[0])


async def test_several_senders_send_each_message_once(house: Any, desk: Any) -> None:
    people = [house.somebody() for _ in range(30)]
    for who in people:
        await ask(house, who)
    async with Working(house, *(desk() for _ in range(4))):
        for who in people:
            await became(house, who, "sent")
    assert [len(house.outside.texts_to(who.phone)) for who in people] == [1] * 30


async def test_while_the_mail_server_is_away_the_mail_waits(house: Any, desk: Any) -> None:
    who = await sign_up(house, desk)
    async with Working(house, desk(smtp_url="smtp://127.0.0.1:1")):
        await became(house, who, "due")
        await tried(house, who)
    house.advance(60)
    async with Working(house, desk()):
        assert (await house.post("/v1/sign-up/confirm", {"token": await house.link(who)})).status_code == 200


@pytest.mark.parametrize(
    ("rcpt", "data", "state"),
    [
        ("550 no such mailbox", "250 OK", "failed"),
        ("451 later", "250 OK", "due"),
        ("250 OK", "554 not this one", "failed"),
        ("250 OK", "451 later", "due"),
        ("250 OK", "hang up", "unknown"),
    ],
)
async def test_a_mail_is_tried_again_only_when_it_is_certain_that_it_did_not_go(
    house: Any, desk: Any, rcpt: str, data: str, state: str
) -> None:
    who = await sign_up(house, desk)
    house.outside.rcpt_answer, house.outside.data_answer = rcpt, data
    async with Working(house, desk()):
        await tried(house, who)
        await became(house, who, state)
    house.outside.rcpt_answer = house.outside.data_answer = "250 OK"
    house.advance(3600)
    async with Working(house, desk()):
        await became(house, who, "sent" if state == "due" else state)
        await asyncio.sleep(0.5)
    assert len(house.outside.mails_to(who.email)) == (1 if state == "due" else 0)


@pytest.mark.parametrize(("status", "state"), [(503, "due"), (429, "due"), (400, "failed"), (500, "unknown")])
async def test_an_sms_is_tried_again_only_when_it_is_certain_that_it_did_not_go(
    house: Any, desk: Any, status: int, state: str
) -> None:
    who = house.somebody()
    house.outside.sms_status = status
    await ask(house, who)
    async with Working(house, desk()):
        await tried(house, who)
        await became(house, who, state)
    house.outside.sms_status = 200
    house.advance(60)
    async with Working(house, desk()):
        await became(house, who, "sent" if state == "due" else state)
        await asyncio.sleep(0.5)
    assert len(house.outside.texts_to(who.phone)) == (1 if state == "due" else 0)


async def test_a_code_that_nobody_waits_for_any_more_is_not_sent(house: Any, desk: Any) -> None:
    who = house.somebody()
    await ask(house, who)
    house.advance(601)
    async with Working(house, desk()):
        await became(house, who, "dropped")
    assert house.outside.texts_to(who.phone) == []


async def test_a_sender_killed_before_it_sent_is_followed_by_another(house: Any, desk: Any) -> None:
    who = house.somebody()
    await ask(house, who)
    claimed = await MessageQueue(house.database).claim(house.clock.now())
    assert claimed.phone == who.phone
    async with Working(house, desk()):
        await asyncio.sleep(0.5)
        assert house.outside.texts_to(who.phone) == []  # the lease of the dead one still runs
        house.advance(61)
        await became(house, who, "sent")
    assert len(house.outside.texts_to(who.phone)) == 1
    # Had it only been slow, its turn would be over.
    assert not await MessageQueue(house.database).arm_code(claimed, bytes(32), house.clock.now())


async def test_a_sender_killed_while_it_sent_is_followed_by_nobody_and_one_may_ask_again(house: Any, desk: Any) -> None:
    who = house.somebody()
    await ask(house, who)
    queue = MessageQueue(house.database)
    claimed = await queue.claim(house.clock.now())
    assert await queue.arm_code(claimed, bytes(32), house.clock.now())
    house.advance(300)
    async with Working(house, desk()):
        await asyncio.sleep(0.5)
        assert house.outside.texts_to(who.phone) == []
        assert (await newest(house, who))["state"] == "unknown"
        assert (await house.post("/v1/sign-up", who.form(await house.code(who)))).status_code == 202


async def test_what_is_being_handed_over_when_the_sender_is_asked_to_end_is_finished(house: Any, desk: Any) -> None:
    who = house.somebody()
    house.outside.sms_seconds = 1.0
    await ask(house, who)
    async with Working(house, desk()):
        await became(house, who, "unknown")  # under way
    assert (await newest(house, who))["state"] == "sent"
    assert len(house.outside.texts_to(who.phone)) == 1


async def test_one_message_that_cannot_be_written_does_not_hold_up_the_others(house: Any, desk: Any) -> None:
    broken, fine = await sign_up(house, desk), house.somebody()
    await house.rows(
        "UPDATE sign_up SET email = %s WHERE phone = %s RETURNING 1", "two\nlines@example.org", broken.phone
    )
    await ask(house, fine)
    async with Working(house, desk()):
        await became(house, fine, "sent")
        for _ in range(5):
            house.advance(60)
            await asyncio.sleep(0.4)
        await became(house, broken, "failed")
    assert (await newest(house, broken))["attempts"] == 5
