"""Seals: readable with the person's own key and for the same appointment only, and never again once it is destroyed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from booking.adapters.seals import BrokenSeal, PersonSeals
from booking.application.ports import PersonErased
from service_kit.database import Database

from ..house import new_id

SAID = {"consulted_before": True, "answers": {"q": "une réponse inventée"}}


@pytest.fixture
async def seals(databases: Any) -> AsyncIterator[PersonSeals]:
    database = Database(databases.keys.service_url)
    await database.open()
    yield PersonSeals(database)
    await database.close()


async def test_what_was_sealed_is_read_and_the_same_words_never_look_alike(seals: PersonSeals) -> None:
    person = new_id()
    first, second = [await seals.seal(person, "appointment", SAID) for _ in range(2)]
    assert first != second
    assert "inventée" not in first
    assert await seals.unseal(person, "appointment", first) == SAID


async def test_a_seal_opens_for_its_person_and_its_appointment_only(seals: PersonSeals) -> None:
    person, other = new_id(), new_id()
    sealed = await seals.seal(person, "appointment", SAID)
    await seals.seal(other, "appointment", SAID)
    altered = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    for who, about, text in (
        (other, "appointment", sealed), (person, "another", sealed), (person, "appointment", altered),
        (person, "appointment", "2" + sealed[1:]),
    ):  # fmt: skip
        with pytest.raises(BrokenSeal):
            await seals.unseal(who, about, text)


async def test_a_destroyed_key_is_never_made_again(seals: PersonSeals) -> None:
    person = new_id()
    sealed = await seals.seal(person, "appointment", SAID)
    for _ in range(2):
        await seals.destroy(person)
    with pytest.raises(PersonErased):
        await seals.unseal(person, "appointment", sealed)
    with pytest.raises(PersonErased):
        await seals.seal(person, "appointment", SAID)
    never = new_id()
    await seals.destroy(never)
    with pytest.raises(PersonErased):
        await seals.seal(never, "appointment", SAID)


async def test_a_key_made_twice_at_once_is_one_key(seals: PersonSeals) -> None:
    person = new_id()
    sealed = await asyncio.gather(*(seals.seal(person, "appointment", SAID) for _ in range(6)))
    assert [await seals.unseal(person, "appointment", each) for each in sealed] == [SAID] * 6
