"""Offer sheets: which are genuine, and how availability's keys are fetched, kept and fetched again."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from booking.adapters.offers import SignedOffers
from booking.application.ports import OfferKeysAway
from booking.domain.facts import SecondVisit
from booking.domain.rejections import OfferExpired, OfferNotGenuine, StartNotOffered
from service_kit.tokens import KeySource

from ..outside import Published, Signer, base64url, leb128

NOW = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
NINE = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as made:
        yield made


@pytest.fixture
def own(published: Published) -> Any:
    """Keys that this test may change."""
    before = list(published.availability)
    yield published
    published.availability[:] = before


@pytest.fixture
def offers(own: Published, client: httpx.AsyncClient) -> SignedOffers:
    return SignedOffers(KeySource(f"{own.url}/availability/.well-known/jwks.json", client))


async def test_a_sheet_is_read_as_it_was_signed(offers: SignedOffers, own: Published) -> None:
    starts = [NINE + timedelta(minutes=5 * n) for n in (0, 1, 3, 400, 100_000)]
    sheet = await offers.sheet(own.offer(NOW, "agenda", starts, minutes=30, buffer_after=5, capacity=3))
    assert [datetime.fromtimestamp(cell * 300, UTC) for cell in sheet.starts] == starts
    visit = sheet.visit_at(starts[3], NOW)
    assert (visit.stretch.end - visit.stretch.start, visit.stretch.buffer_after_minutes) == (timedelta(minutes=30), 5)
    assert (sheet.rules.capacity, sheet.rules.agenda_version) == (3, 1)
    assert sheet.rules.second is None
    for other in (NINE + timedelta(minutes=10), NINE + timedelta(seconds=1), starts[-1] + timedelta(days=1)):
        with pytest.raises(StartNotOffered):
            sheet.visit_at(other, NOW)
    with pytest.raises(OfferExpired):
        sheet.visit_at(starts[0], NOW + timedelta(minutes=10))


async def test_a_sheet_says_which_rooms_would_do_in_their_order_and_an_older_one_that_none_is_needed(
    offers: SignedOffers, own: Published
) -> None:
    assert (await offers.sheet(own.offer(NOW, "agenda", [NINE], rooms=["b", "a"]))).rules.rooms == ("b", "a")
    assert (await offers.sheet(own.offer(NOW, "agenda", [NINE]))).rules.rooms == ()
    with pytest.raises(OfferNotGenuine):
        await offers.sheet(own.offer(NOW, "agenda", [NINE], rooms=[""]))


async def test_a_sheet_says_what_second_visit_the_motive_wants(offers: SignedOffers, own: Published) -> None:
    second = {"motive_id": "motive-2", "days_min": 21, "days_max": 28, "together": True}
    sheet = await offers.sheet(own.offer(NOW, "agenda", [NINE], second=second))
    assert sheet.rules.second == SecondVisit("motive-2", 21, 28, together=True)


async def test_keys_are_fetched_once_and_again_for_a_name_that_is_new(
    own: Published, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeySource(f"{own.url}/availability/.well-known/jwks.json", client)
    offers, before = SignedOffers(keys), own.fetched["availability"]
    for n in range(3):
        await offers.sheet(own.offer(NOW, f"agenda-{n}", [NINE]))
    assert own.fetched["availability"] == before + 1
    monkeypatch.setattr(keys, "_fetched_at", -5.0)  # five seconds later
    own.availability.insert(0, Signer())
    assert (await offers.sheet(own.offer(NOW, "agenda", [NINE]))).agenda_id == "agenda"
    assert own.fetched["availability"] == before + 2
    stranger = Signer()
    sheet = own.offer(NOW, "agenda", [NINE])
    forged = stranger.sign("offer+jws", json.loads(_payload(sheet)))
    for _ in range(3):
        with pytest.raises(OfferNotGenuine):
            await offers.sheet(forged)
    assert own.fetched["availability"] == before + 2


async def test_while_the_keys_cannot_be_had_nothing_is_called_false(client: httpx.AsyncClient, own: Published) -> None:
    offers = SignedOffers(KeySource("http://127.0.0.1:1/.well-known/jwks.json", client))
    with pytest.raises(OfferKeysAway):
        await offers.sheet(own.offer(NOW, "agenda", [NINE]))


@pytest.mark.parametrize(
    "header", [{"alg": "EdDSA"}, {"alg": "none"}, {"typ": "at+jwt"}, {"crit": ["x"]}, {"jwk": {}}, {"kid": 7}]
)
async def test_a_header_that_is_not_exactly_ours_is_refused(
    offers: SignedOffers, own: Published, header: dict[str, Any]
) -> None:
    payload = json.loads(_payload(own.offer(NOW, "agenda", [NINE])))
    with pytest.raises(OfferNotGenuine):
        await offers.sheet(own.availability[0].sign("offer+jws", payload, **header))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"}, {"zone": "Europe/Nowhere"}, {"zone": "/etc/passwd"}, {"booking": "staff"}, {"minutes": 7},
        {"capacity": 0}, {"capacity": "1"}, {"exp": -1}, {"starts": "%"}, {"starts": base64url(b"\x80")},
        {"starts": base64url(leb128([100]) + b"\x00")}, {"starts": base64url(b"\xff" * 12)},
        {"agenda_id": ""}, {"questions": [{"id": "q"}]}, {"second": {"motive_id": "motive-2"}},
    ],
)  # fmt: skip
async def test_a_signed_sheet_that_cannot_be_read_is_refused(
    offers: SignedOffers, own: Published, changed: dict[str, Any]
) -> None:
    payload = json.loads(_payload(own.offer(NOW, "agenda", [NINE])))
    with pytest.raises(OfferNotGenuine):
        await offers.sheet(own.availability[0].sign("offer+jws", payload | changed))


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.e30", "bnVsbA.e30.e30", "é.é.é"])
async def test_what_is_no_sheet_at_all_is_refused(offers: SignedOffers, text: str) -> None:
    with pytest.raises(OfferNotGenuine):
        await offers.sheet(text)


def _payload(sheet: str) -> bytes:
    part = sheet.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
