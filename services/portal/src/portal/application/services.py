"""What the portal asks of the other services, named as in `http.md`; adapters implement it, bootstrap hands it over.

Every call may raise `Refused` (the service said no) or `Away` (it did not answer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from portal.application.shapes import (
    Agenda,
    Appointment,
    Card,
    EarlierSlots,
    Hold,
    Mode,
    Motive,
    Person,
    Profile,
    Results,
    Slots,
    Tokens,
    VisitRequest,
    VisitRequestDetail,
)

__all__ = ["Accounts", "Asker", "Availability", "Booking", "Card", "Directory"]


@dataclass
class Asker:
    """On whose behalf a call is made.

    `at_least`: positions that an answer must reflect. `seen`: filled with the positions of the changes made.
    """

    language: str
    token: str | None = None
    address: str | None = None
    at_least: Mapping[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


class Directory(Protocol):
    async def search(self, asker: Asker, question: Mapping[str, str]) -> Results: ...

    async def practitioner(self, asker: Asker, practitioner_id: str) -> Profile: ...

    async def recommend(self, asker: Asker, practitioner_id: str, key: str) -> None: ...


class Availability(Protocol):
    async def agendas(self, asker: Asker, practitioner_id: str) -> list[Agenda]: ...

    async def motives(self, asker: Asker, agenda_id: str) -> list[Motive]: ...

    async def slots(
        self,
        asker: Asker,
        agenda_ids: Sequence[str],
        motive_id: str,
        mode: Mode,
        first: date,
        last: date,
        on_request: bool = False,
    ) -> Slots: ...


class Booking(Protocol):
    async def hold(self, asker: Asker, body: Mapping[str, Any], key: str) -> Hold: ...

    async def holds(self, asker: Asker) -> list[Hold]: ...

    async def find_hold(self, asker: Asker, hold_id: str) -> Hold: ...

    async def release(self, asker: Asker, hold_id: str) -> None: ...

    async def extend(self, asker: Asker, hold_id: str, key: str) -> Hold: ...

    async def claim(self, asker: Asker, hold_id: str, visitor_token: str, key: str) -> None: ...

    async def confirm(self, asker: Asker, hold_id: str, body: Mapping[str, Any], key: str) -> Appointment: ...

    async def appointments(self, asker: Asker) -> list[Appointment]: ...

    async def appointment(self, asker: Asker, appointment_id: str) -> Appointment: ...

    async def cancel(self, asker: Asker, appointment_id: str, body: Mapping[str, Any], key: str) -> None: ...

    async def move(self, asker: Asker, appointment_id: str, body: Mapping[str, Any], key: str) -> None: ...

    async def earlier_slots(self, asker: Asker, appointment_id: str) -> EarlierSlots: ...

    async def accept_earlier(self, asker: Asker, offer_id: str) -> Appointment: ...

    async def wait(self, asker: Asker, appointment_id: str) -> None: ...

    async def stop_waiting(self, asker: Asker, appointment_id: str) -> None: ...

    async def ask(self, asker: Asker, agenda_id: str, body: Mapping[str, Any], key: str) -> VisitRequest: ...

    async def requests(self, asker: Asker) -> list[VisitRequest]: ...

    async def request(self, asker: Asker, request_id: str) -> VisitRequestDetail: ...

    async def withdraw(self, asker: Asker, request_id: str) -> None: ...


class Accounts(Protocol):
    async def visitor(self, asker: Asker) -> Tokens: ...

    async def send_code(self, asker: Asker, phone: str, key: str) -> None: ...

    async def sign_up(self, asker: Asker, body: Mapping[str, Any], key: str) -> None: ...

    async def confirm(self, asker: Asker, token: str, key: str) -> None: ...

    async def log_in(self, asker: Asker, body: Mapping[str, Any]) -> Tokens: ...

    async def renew(self, asker: Asker, refresh_token: str) -> Tokens: ...

    async def log_out(self, asker: Asker, session_id: str) -> None: ...

    async def people(self, asker: Asker) -> list[Person]: ...

    async def add_person(self, asker: Asker, body: Mapping[str, Any], key: str) -> Person: ...
