"""How a call to another service may fail, from the point of view of somebody looking at a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Refused(Exception):
    """The service understood and said no. `slug` is the last part of the problem's type."""

    def __init__(self, status: int, slug: str, detail: str = "", members: Mapping[str, Any] | None = None) -> None:
        super().__init__(slug)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.members = dict(members or {})

    @property
    def retry_at(self) -> datetime | None:
        """When it may be tried again, where the service says so."""
        try:
            at = datetime.fromisoformat(str(self.members.get("retry_at")))
        except ValueError:
            return None
        return at if at.tzinfo else None

    @property
    def fields(self) -> dict[str, str]:
        """Field name -> what is wrong with it, from the problem's `errors`."""
        found = self.members.get("errors")
        items = found if isinstance(found, list) else []
        return {
            str(item.get("pointer", "")).rsplit("/", 1)[-1]: str(item.get("detail", ""))
            for item in items
            if isinstance(item, dict)
        }


@dataclass(frozen=True)
class WaysOn:
    """What `visit-too-close` leaves to choose: `keep` these appointments, or give `replaces` up (none: too late).

    `days`: how many local dates are to lie between two visits of one speciality.
    """

    keep: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    days: int = 0

    @classmethod
    def of(cls, refusal: Refused) -> WaysOn:
        found = refusal.members.get("ways_on")
        ways = {way.get("way"): way for way in found if isinstance(way, dict)} if isinstance(found, list) else {}
        days = refusal.members.get("days")
        return cls(
            tuple(map(str, ways.get("keep", {}).get("appointment_ids", ()))),
            tuple(map(str, ways.get("replace", {}).get("replaces", ()))),
            days if isinstance(days, int) else 0,
        )


class Away(Exception):
    """The service named `service` did not answer, or not as it should."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service
