"""The cursor of a result list, as it travels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from service_kit.pages import Cursor as Wire
from service_kit.pages import read_cursor

from directory.domain.geometry import EARTH_KM
from directory.views.near import FAR_M, Found
from directory.views.search import Cursor

_ENDLESS = frozenset(("infinity", "-infinity"))


def _instant(text: str) -> str:
    if text not in _ENDLESS and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("an instant without an offset")
    return text


class _Wire(Wire):
    km: int | None = Field(ge=1, le=int(EARTH_KM) * 4)
    offer: int | None = Field(None, ge=0, le=2**62)
    metres: int | None = Field(None, ge=-1, le=FAR_M)
    nxt: Annotated[str, AfterValidator(_instant)] = Field("-infinity", max_length=40)
    skip: int = Field(0, ge=0, le=1000)


def written(cursor: Cursor) -> str:
    """The text of a cursor."""
    row = cursor.row
    wire = _Wire(
        km=cursor.km,
        offer=row.offer if row else None,
        metres=row.metres if row else None,
        nxt=row.nxt if row else "-infinity",
        skip=cursor.skip,
    )
    return wire.text()


def read(text: str) -> Cursor:
    """The cursor of a text. Raises `invalid-field` for one that we have not written."""
    wire = read_cursor(_Wire, text)
    row = None if wire.offer is None else Found(wire.offer, wire.metres, wire.nxt)
    return Cursor(wire.km, row, wire.skip)
