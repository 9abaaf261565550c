"""Lists page by page: the `next` of a page is opaque to its reader, and checked when it comes back as `after`."""

from __future__ import annotations

import base64
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, ValidationError

from service_kit.http import invalid

Limit = Annotated[int, Query(ge=1, le=100, description="how many items at most")]
After = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


class Cursor(BaseModel):
    """The place after which a page begins; each list says in its own one what that is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def text(self) -> str:
        """What a page says as `next`."""
        return base64.urlsafe_b64encode(self.model_dump_json(exclude_defaults=True).encode()).decode().rstrip("=")


CursorT = TypeVar("CursorT", bound=Cursor)


def read_cursor(kind: type[CursorT], text: str) -> CursorT:
    """The place that `text` names. Raises `invalid-field` for what this list has never written."""
    try:
        return kind.model_validate_json(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValidationError, ValueError):
        raise invalid(
            "query/after", "This is no `next` of this list.", "Ce n'est pas un `next` de cette liste."
        ) from None
