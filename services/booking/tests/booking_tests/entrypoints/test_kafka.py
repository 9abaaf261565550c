"""The whole service on a real broker: what it hears decides, and what it decided is said once, in order."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from booking.bootstrap import BLUEPRINT
from booking_events import decode
from booking_events.accounts import PersonErased, PersonRegistered, RelativeAdded
from booking_events.availability import AbsenceDeclared, AgendaChanged, AgendaOpened

from ..broker import Broker, fresh_topics
from ..house import House, Somebody, new_id, position_of, slug_of, until

EVERYTHING = ("projector", "sweeper", "relay", "consumer of availability", "consumer of accounts")
CANARY = "une douleur inventée au genou"


@pytest.fixture
async def broker(own: Any, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Fresh topics want a fresh log: a relay refuses to speak over one that is ahead of it."""
    await fresh_topics(kafka_bootstrap)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    return Broker(kafka_bootstrap)


@pytest.fixture
async def house(broker: Broker, empty_house: House) -> House:
    await empty_house.start(*EVERYTHING)
    await empty_house.start(*EVERYTHING)
    return empty_house


def agenda(kind: Any, agenda_id: str, version: int, **affected: Any) -> Any:
    return kind(
        agenda_id=agenda_id,
        version=version,
        practitioner_id="practitioner-1",
        place_id="place-1",
        speciality="dermatologie",
        zone="Europe/Paris",
        **affected,
    )


async def test_the_path_from_what_is_heard_to_what_is_said(
    house: House, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    who, agenda_id, start = Somebody(people=[new_id(), new_id()]), new_id(), house.start_in(days=5)
    heard = await broker.say(
        house,
        agenda(AgendaOpened, agenda_id, 1),
        PersonRegistered(person_id=who.people[0], account_id=who.account_id),
        RelativeAdded(person_id=who.people[1], account_id=who.account_id),
    )
    visitor, token = house.visitor(), house.token(who)
    # All may be reflected a little later than the two seconds that one request waits.
    await until(lambda: reflected(house, token, heard))

    held = await house.hold(visitor, agenda_id, start, questions=[{"id": "q1", "required": True}])
    assert held.status_code == 201, held.text
    path = f"/v1/holds/{held.json()['id']}"
    claimed = await house.post(f"{path}/claim", token, {"visitor_token": visitor}, app=1)
    assert claimed.status_code == 200
    said = {"person_id": who.people[1], "consulted_before": False, "answers": {"q1": CANARY}}
    confirmed = await house.post(f"{path}/confirm", token, said)
    assert confirmed.status_code == 201, confirmed.text
    appointment = f"/v1/appointments/{confirmed.json()['id']}"
    cancelled = await house.post(f"{appointment}/cancel", token, {"reason": CANARY}, app=1)

    records = await broker.heard("rendezvous.booking.AppointmentCancelled.v1", agenda_id)
    envelopes = [decode(record.headers, record.value) for record in records]
    assert [envelope.type.split(".")[2] for envelope in envelopes] == [
        "SlotHeld", "HoldExtended", "AppointmentConfirmed", "AppointmentCancelled",
    ]  # fmt: skip
    answers = (held, claimed, confirmed, cancelled)
    assert [envelope.sequence for envelope in envelopes] == [position_of(answer) for answer in answers]
    assert all(envelope.source == "booking" and envelope.data is not None for envelope in envelopes)
    everything = b"".join(record.value + repr(record.headers).encode() for record in records)
    for personal in (CANARY.encode(), b"genou", b"dermatologie", b"q1"):
        assert personal not in everything

    service = house.token("reader", kind="service", roles=["service"])
    feed = (await house.get(f"/v1/events?agenda={agenda_id}", service)).json()
    assert [item["data"] for item in feed["items"]] == [json.loads(record.value) for record in records]
    assert [item["id"] for item in feed["items"]] == [envelope.id for envelope in envelopes]

    for view in ("agendas", "people"):  # made anew from their topics, they are what they were
        assert await asyncio.to_thread(BLUEPRINT.commands["rebuild-view"], [view]) == 0
        assert capsys.readouterr().out == f"{view}: made anew; 0 rows were not as its topics say\n"


async def reflected(house: House, token: str, heard: str) -> bool:
    return (await house.get("/v1/holds", token, Position_At_Least=heard)).status_code == 200


async def test_what_availability_and_accounts_say_later_binds_as_well(house: House, broker: Broker) -> None:
    who, agenda_id, start = Somebody(), new_id(), house.start_in(days=5)
    token = house.token(who)
    heard = await broker.say(
        house,
        agenda(AgendaOpened, agenda_id, 1),
        PersonRegistered(person_id=who.people[0], account_id=who.account_id),
    )
    await until(lambda: reflected(house, token, heard))
    held = (await house.hold(token, agenda_id, start)).json()
    said = {"person_id": who.people[0], "consulted_before": True}
    made = (await house.post(f"/v1/holds/{held['id']}/confirm", token, said)).json()
    assert (await house.get(f"/v1/appointments/{made['id']}", token)).json()["consulted_before"] is True

    other_day = start.date() + timedelta(days=10)
    heard = await broker.say(
        house,
        agenda(AgendaChanged, agenda_id, 2, affected_from=other_day, affected_until=other_day),
        AbsenceDeclared(
            agenda_id=agenda_id, version=3, absence_id=new_id(),
            start=start + timedelta(hours=1), end=start + timedelta(hours=2),
        ),
        PersonErased(person_id=who.people[0]),
    )  # fmt: skip
    await until(lambda: reflected(house, token, heard))
    away = await house.hold(token, agenda_id, start + timedelta(hours=1), agenda_version=2)
    assert (away.status_code, slug_of(away)) == (409, "offer-stale")
    free = await house.hold(token, agenda_id, start + timedelta(hours=2))
    assert free.status_code == 201
    erased = await house.post(f"/v1/holds/{free.json()['id']}/confirm", token, {"person_id": who.people[0]})
    assert (erased.status_code, slug_of(erased)) == (422, "person-unknown")
    # Their key is gone, the chain is not: what was sealed can no longer be read, and still verifies.
    left = (await house.get(f"/v1/appointments/{made['id']}", token)).json()
    assert (left["consulted_before"], left["state"]) == (None, "cancelled")
    assert (await house.parts.ledger.verify()).broken_at is None
