"""Availability over HTTP: agendas, motives and free slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from portal.adapters.remote import Remote
from portal.application.services import Asker
from portal.application.shapes import Agenda, Mode, Motive, Slots


class HttpAvailability:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def agendas(self, asker: Asker, practitioner_id: str) -> list[Agenda]:
        return await self._remote.items(asker, Agenda, "/v1/agendas", {"practitioner": practitioner_id})

    async def motives(self, asker: Asker, agenda_id: str) -> list[Motive]:
        return await self._remote.items(asker, Motive, f"/v1/agendas/{quote(agenda_id, safe='')}/motives")

    async def slots(
        self,
        asker: Asker,
        agenda_ids: Sequence[str],
        motive_id: str,
        mode: Mode,
        first: date,
        last: date,
        on_request: bool = False,
    ) -> Slots:
        """`on_request`: the times to ask for, of a motive that only staff book."""
        question: dict[str, str | list[str]] = {
            "agenda": list(agenda_ids),
            "motive": motive_id,
            "mode": mode,
            "from": first.isoformat(),
            "to": last.isoformat(),
            **({"on_request": "true"} if on_request else {}),
        }
        found: Slots = await self._remote.get(asker, Slots, "/v1/slots", question)
        return found
