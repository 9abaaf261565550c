"""What the entrypoints are handed by bootstrap: the writing of agendas and the signing of sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from booking_events.availability import AbsenceDeclared, AbsenceLifted, AgendaClosed, AgendaState
from service_kit.database import Connection

from availability.application.handle_agenda import Room


class AgendaWriter(Protocol):
    """Keeps the present state of agendas, in the caller's transaction."""

    async def keep(self, connection: Connection, state: AgendaState) -> None: ...

    async def close(self, connection: Connection, closed: AgendaClosed) -> None: ...

    async def declare(self, connection: Connection, absence: AbsenceDeclared) -> None: ...

    async def keep_room(self, connection: Connection, room: Room) -> None: ...

    async def lift(self, connection: Connection, lifted: AbsenceLifted) -> None: ...


class Signer(Protocol):
    """Signs offer sheets, and shows the key that verifies them."""

    def sign(self, payload: Mapping[str, Any]) -> str: ...

    def jwks(self) -> dict[str, Any]: ...
