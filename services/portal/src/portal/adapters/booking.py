"""Booking over HTTP: holds, appointments, the waiting list and requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from portal.adapters.remote import Remote
from portal.application.services import Asker
from portal.application.shapes import Appointment, EarlierSlots, Hold, VisitRequest, VisitRequestDetail


class HttpBooking:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def hold(self, asker: Asker, body: Mapping[str, Any], key: str) -> Hold:
        return await self._remote.post(asker, Hold, "/v1/holds", body, key)

    async def holds(self, asker: Asker) -> list[Hold]:
        return await self._remote.items(asker, Hold, "/v1/holds")

    async def find_hold(self, asker: Asker, hold_id: str) -> Hold:
        found: Hold = await self._remote.get(asker, Hold, _hold(hold_id))
        return found

    async def release(self, asker: Asker, hold_id: str) -> None:
        await self._remote.delete(asker, _hold(hold_id))

    async def extend(self, asker: Asker, hold_id: str, key: str) -> Hold:
        return await self._remote.post(asker, Hold, _hold(hold_id) + "/extend", {}, key)

    async def claim(self, asker: Asker, hold_id: str, visitor_token: str, key: str) -> None:
        await self._remote.post(asker, None, _hold(hold_id) + "/claim", {"visitor_token": visitor_token}, key)

    async def confirm(self, asker: Asker, hold_id: str, body: Mapping[str, Any], key: str) -> Appointment:
        return await self._remote.post(asker, Appointment, _hold(hold_id) + "/confirm", body, key)

    async def appointments(self, asker: Asker) -> list[Appointment]:
        return await self._remote.items(asker, Appointment, "/v1/appointments")

    async def appointment(self, asker: Asker, appointment_id: str) -> Appointment:
        found: Appointment = await self._remote.get(asker, Appointment, _appointment(appointment_id))
        return found

    async def cancel(self, asker: Asker, appointment_id: str, body: Mapping[str, Any], key: str) -> None:
        await self._remote.post(asker, None, _appointment(appointment_id) + "/cancel", body, key)

    async def move(self, asker: Asker, appointment_id: str, body: Mapping[str, Any], key: str) -> None:
        await self._remote.post(asker, None, _appointment(appointment_id) + "/move", body, key)

    async def earlier_slots(self, asker: Asker, appointment_id: str) -> EarlierSlots:
        found: EarlierSlots = await self._remote.get(
            asker, EarlierSlots, _appointment(appointment_id) + "/earlier-slots"
        )
        return found

    # Without keys: done again, these three change nothing.
    async def accept_earlier(self, asker: Asker, offer_id: str) -> Appointment:
        return await self._remote.post(asker, Appointment, f"/v1/earlier-slots/{quote(offer_id, safe='')}/accept", {})

    async def wait(self, asker: Asker, appointment_id: str) -> None:
        await self._remote.post(asker, None, _appointment(appointment_id) + "/waiting-list", {})

    async def stop_waiting(self, asker: Asker, appointment_id: str) -> None:
        await self._remote.delete(asker, _appointment(appointment_id) + "/waiting-list")

    async def ask(self, asker: Asker, agenda_id: str, body: Mapping[str, Any], key: str) -> VisitRequest:
        path = f"/v1/agendas/{quote(agenda_id, safe='')}/requests"
        return await self._remote.post(asker, VisitRequest, path, body, key)

    async def requests(self, asker: Asker) -> list[VisitRequest]:
        return await self._remote.items(asker, VisitRequest, "/v1/me/requests")

    async def request(self, asker: Asker, request_id: str) -> VisitRequestDetail:
        found: VisitRequestDetail = await self._remote.get(asker, VisitRequestDetail, _request(request_id))
        return found

    # Without a key: done again, it changes nothing.
    async def withdraw(self, asker: Asker, request_id: str) -> None:
        await self._remote.post(asker, None, _request(request_id) + "/withdraw", {})


def _hold(hold_id: str) -> str:
    return f"/v1/holds/{quote(hold_id, safe='')}"


def _request(request_id: str) -> str:
    return f"/v1/requests/{quote(request_id, safe='')}"


def _appointment(appointment_id: str) -> str:
    return f"/v1/appointments/{quote(appointment_id, safe='')}"
