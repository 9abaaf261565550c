"""What an SMS gateway's answers and its silence mean, on a real connection."""

from collections.abc import AsyncIterator

import httpx
import pytest
from notification.adapters.sms_gateway import GatewayCarrier
from notification.domain.outcome import Failed, Outcome, Overtaken, Sent, TryLater, Unknown

from ..outside import Outside

PHONE = "+33639980001"


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


@pytest.fixture
async def carrier(outside: Outside) -> AsyncIterator[GatewayCarrier]:
    async with httpx.AsyncClient(timeout=0.5, trust_env=False) as client:
        yield GatewayCarrier(client, f"{outside.url}/sms", "RDVSante")


async def test_an_sms_that_was_taken_is_sent_under_its_own_key(outside: Outside, carrier: GatewayCarrier) -> None:
    assert await carrier.carry("m1", PHONE, "Rappel", yes) == Sent("test:7")
    assert outside.texts["m1"]["to"] == PHONE
    assert outside.texts["m1"]["sender"] == "RDVSante"


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (429, TryLater("sms_429", of_all=True)),
        (409, TryLater("sms_409", fate_open=True)),
        (503, TryLater("sms_503", fate_open=True, of_all=True)),
        (400, Failed("sms_400")),
        (422, Failed("sms_422")),
    ],
)
async def test_what_the_gateway_answers_decides(
    outside: Outside, carrier: GatewayCarrier, status: int, meant: Outcome
) -> None:
    outside.answers["sms"] = status
    assert await carrier.carry("m1", PHONE, "Rappel", yes) == meant


async def test_silence_is_followed_by_the_same_once_more_which_the_gateway_drops(
    outside: Outside, carrier: GatewayCarrier
) -> None:
    outside.stops.add("sms")
    assert await carrier.carry("m1", PHONE, "Rappel", yes) == TryLater("sms_silence", fate_open=True)
    outside.stops.clear()
    assert await carrier.carry("m1", PHONE, "Rappel", yes) == Sent("test:7")
    assert outside.texts_to(PHONE) == ["Rappel"]


async def test_a_key_that_was_taken_with_other_words_leaves_it_unknown(
    outside: Outside, carrier: GatewayCarrier
) -> None:
    assert await carrier.carry("m1", PHONE, "Rappel", yes) == Sent("test:7")
    assert await carrier.carry("m1", PHONE, "Rappel : 2 RDV", yes) == Unknown("sms_taken_before")
    assert outside.texts_to(PHONE) == ["Rappel"]


async def test_nobody_at_the_address_means_that_nothing_was_sent() -> None:
    async with httpx.AsyncClient(timeout=0.5, trust_env=False) as client:
        away = GatewayCarrier(client, "http://127.0.0.1:1/sms", "RDVSante")
        assert await away.carry("m1", PHONE, "Rappel", yes) == TryLater("sms_away", of_all=True)


async def test_an_sms_that_must_not_be_sent_any_more_is_not(outside: Outside, carrier: GatewayCarrier) -> None:
    assert await carrier.carry("m1", PHONE, "Rappel", no) == Overtaken()
    assert outside.texts == {}
