"""The cursor of a result list: opaque to the reader, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from service_kit.problems import Problem, Text

from directory.domain.geometry import EARTH_KM
from directory.views.near import FAR_M, Found
from directory.views.search import Cursor

_ENDLESS = frozenset(("infinity", "-infinity"))


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    km: int | None = Field(ge=1, le=int(EARTH_KM) * 4)
    offer: int | None = Field(None, ge=0, le=2**62)
    metres: int | None = Field(None, ge=-1, le=FAR_M)
    nxt: str = Field("-infinity", max_length=40)
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
    return base64.urlsafe_b64encode(wire.model_dump_json(exclude_defaults=True).encode()).decode().rstrip("=")


def read(text: str) -> Cursor:
    """The cursor of a text. Raises `malformed` for one that we have not written."""
    try:
        wire = _Wire.model_validate_json(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if wire.nxt not in _ENDLESS and datetime.fromisoformat(wire.nxt).tzinfo is None:
            raise ValueError(wire.nxt)
    except (ValidationError, ValueError, binascii.Error):
        raise Problem(
            "malformed", Text("`after` is no cursor of this list.", "`after` n'est pas un curseur de cette liste.")
        ) from None
    row = None if wire.offer is None else Found(wire.offer, wire.metres, wire.nxt)
    return Cursor(wire.km, row, wire.skip)
