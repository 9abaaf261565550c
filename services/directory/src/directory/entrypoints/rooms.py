"""What bootstrap hands over to the HTTP face, and how a request finds it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from service_kit.context import Context
from service_kit.problems import Problem

from directory.application.ports import Recommendations, Record
from directory.domain.gazetteer import Gazetteer
from directory.views.search import Search
from directory.views.suggestions import Suggestions


@dataclass(frozen=True)
class Rooms:
    """The adapters and views by what they are for."""

    context: Context
    gazetteer: Gazetteer
    record: Record
    recommendations: Recommendations
    search: Search
    suggestions: Suggestions

    def now(self) -> datetime:
        return self.context.clock.now()


def _rooms(request: Request) -> Rooms:
    rooms: Rooms = request.app.state.rooms
    return rooms


InRooms = Annotated[Rooms, Depends(_rooms)]


def known_id(typed: str) -> str:
    """An id of ours; what cannot be one is not there."""
    try:
        return str(uuid.UUID(typed))
    except ValueError:
        raise Problem("not-found") from None
