"""Carries out what was planned for the appointments in an absence, a batch at a time.

The log decides about each appointment, once, whoever asks: so a process that dies is followed by another, or by
itself, which begins the absence anew and finds done what was done.
"""

from __future__ import annotations

import asyncio
import uuid

from service_kit.database import Database

from booking.application import handle_absences
from booking.application.handle import Outcome
from booking.application.ports import Answer, Contended, Heard, Ledger
from booking.domain import tags
from booking.domain.agenda import Agenda
from booking.domain.events_absences import HandOver
from booking.domain.rejections import Rejection
from booking.domain.states import Booked
from booking.views import absences
from booking.views.absences import Due

EVERY_SECONDS = 1.0
ABSENCES_MAX, BATCH = 10, 50
ACTOR = "service:booking-settler"


class Settler:
    """A background task. Two of them at once do everything once."""

    name = "settler"

    def __init__(self, database: Database, ledger: Ledger, heard: Heard) -> None:
        self._database = database
        self._ledger = ledger
        self._heard = heard

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        while True:
            await self.settle()
            await asyncio.sleep(EVERY_SECONDS)

    async def settle(self) -> None:
        """Carry out every plan that is due, as the view has heard of it."""
        for absence in await absences.due(self._database, ABSENCES_MAX):
            await self._settle(absence)

    async def _settle(self, absence: Due) -> None:
        plan = absence.plan
        there = await self._heard.agenda(plan.agenda_id if isinstance(plan, HandOver) else absence.agenda_id)
        left: list[str] = []
        busy, after = False, None
        while batch := await absences.booked_in(self._database, absence, after, BATCH):
            ids, after = {id_ for _, id_ in batch}, batch[-1]
            known = (await self._ledger.read([tags.appointment(id_) for id_ in ids])).known
            booked = [each for each in known.booked() if each.appointment_id in ids]
            outcomes = await asyncio.gather(*(self._one(absence, each, there) for each in booked))
            left += [each.appointment_id for each, done in zip(booked, outcomes, strict=True) if done is False]
            busy = busy or None in outcomes
        if not busy:
            task = handle_absences.close(absence.absence_id, plan, tuple(left))
            await self._ledger.decide(task, ACTOR, _rendered)

    async def _one(self, absence: Due, booked: Booked, there: Agenda | None) -> bool | None:
        """Whether the plan could be carried out; None when others are busy with that time."""
        task = handle_absences.settle(absence.absence_id, booked, absence.plan, str(uuid.uuid4()), there)
        try:
            done = await self._ledger.decide(task, ACTOR, _rendered)
        except Contended:
            return None
        return done.answer.status == 204


def _rendered(result: Outcome | Rejection) -> Answer:
    """Nobody waits for it; the status tells."""
    return Answer(409 if isinstance(result, Rejection) else 204, b"")
