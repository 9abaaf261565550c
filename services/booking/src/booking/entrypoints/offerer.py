"""Offers what was freed to those who wait for it. The log decides once for each freed time, whoever asks."""

from __future__ import annotations

import asyncio
import uuid

from service_kit.database import Database

from booking.application import handle_waiting
from booking.application.ports import Contended, Heard, Ledger, unanswered
from booking.domain import tags
from booking.domain.decide_waiting import FIRST
from booking.domain.facts import Visit
from booking.domain.states import Booked
from booking.views import waiting
from booking.views.waiting import Freed

EVERY_SECONDS = 1.0
AT_ONCE_MAX, WAITING_MAX = 20, 200
ACTOR = "service:booking-offerer"


class Offerer:
    """A background task. Two of them at once offer each freed time once."""

    name = "offerer"

    def __init__(self, database: Database, ledger: Ledger, heard: Heard) -> None:
        self._database = database
        self._ledger = ledger
        self._heard = heard

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        while True:
            await self.offer()
            await asyncio.sleep(EVERY_SECONDS)

    async def offer(self) -> None:
        """Offer every time that was freed, as the view has heard of it; one after the other: some wait for several."""
        for freed in await waiting.freed(self._database, AT_ONCE_MAX):
            await self._offer(freed)

    async def _offer(self, freed: Freed) -> None:
        ids = tuple(str(uuid.uuid4()) for _ in range(FIRST))
        version = await self._heard.newest_change(freed.visit.stretch, 0)
        capacity = await self._capacity(freed.visit)
        line = await self._waiting_for(freed) if capacity else []
        task = handle_waiting.offer(freed.freed_id, freed.visit, freed.cascade, line, ids, version, capacity)
        try:
            await self._ledger.decide(task, ACTOR, unanswered)
        except Contended:
            return  # the next round finds it again

    async def _capacity(self, visit: Visit) -> int:
        """How many visits the agenda takes at that time, as far as was heard; 0: it is no time to be offered online."""
        agenda = await self._heard.agenda(visit.stretch.agenda_id)
        if agenda is None:
            return 1
        motive = visit.motive_id, visit.mode
        bookable = agenda.offers(*motive) and agenda.is_open(visit)
        return agenda.capacity(*motive, visit.stretch.start) if bookable else 0

    async def _waiting_for(self, freed: Freed) -> list[Booked]:
        """In order of joining."""
        ids = await waiting.waiting_for(self._database, freed.visit, WAITING_MAX)
        if not ids:
            return []
        known = (await self._ledger.read([tags.appointment(id_) for id_ in ids])).known
        found = [known.appointments.get(id_) for id_ in ids]
        return [each for each in found if isinstance(each, Booked)]
