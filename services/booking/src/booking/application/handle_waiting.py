"""The waiting list as tasks: which boundary to read, and the command that meets it."""

from __future__ import annotations

from collections.abc import Sequence

from booking.application.handle import Task
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.commands_waiting import AcceptEarlier, OfferFreed, Wait
from booking.domain.facts import Visit
from booking.domain.states import Booked
from booking.domain.states_practice import Earlier


def wait(appointment_id: str, actors: tuple[Patient | Staff, ...], waiting: bool) -> Task:
    appointment = tags.appointment(appointment_id)
    return Task(appointment, (appointment,), lambda at: Wait(at, appointment_id, actors, waiting))


def offer(
    freed_id: str,
    visit: Visit,
    cascade: int,
    waiting: Sequence[Booked],
    offer_ids: tuple[str, ...],
    agenda_version: int | None = None,
    capacity: int = 1,
) -> Task:
    """The start that was freed, and for each who was `waiting` a moment ago what a move there would look at."""
    slot = tags.slot(visit.stretch)
    about = [slot]
    for booked in waiting:
        about += [tags.appointment(booked.appointment_id), *tags.around(visit, booked.rules)]
    return Task(
        slot,
        tuple(dict.fromkeys(about)),
        lambda at: OfferFreed(at, freed_id, visit, cascade, offer_ids, agenda_version, capacity),
    )


def accept(earlier: Earlier, person_id: str, actors: tuple[Patient | Staff, ...]) -> Task:
    """As for a move: the offer, the appointment, the person and the new time."""
    appointment = tags.appointment(earlier.appointment_id)
    return Task(
        appointment,
        (
            tags.earlier(earlier.offer_id), appointment, tags.person(person_id),
            *tags.around(earlier.visit, earlier.rules),
        ),
        lambda at: AcceptEarlier(at, earlier.offer_id, actors),
    )  # fmt: skip
