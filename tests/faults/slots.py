"""Free slots for the fault tests, each asked for anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .stack import Stack


@dataclass(frozen=True)
class Bookable:
    """An agenda with its short (15 minutes) and its long motive (30)."""

    agenda_id: str
    short: str
    long: str


def agenda_of(demo: Stack, practitioner: int = 1, number: int = 0) -> Bookable:
    """An agenda of the demo data; the general practitioner's unless told otherwise, for the path plays the other's."""
    agenda = demo.facts["practitioners"][practitioner]["agendas"][number]
    by_minutes = {motive["minutes"]: motive["id"] for motive in agenda["motives"]}
    return Bookable(agenda["id"], by_minutes[15], by_minutes[30])


def free(demo: Stack, agenda: Bookable, motive: str, days_ahead: int, token: str | None = None) -> dict[str, Any]:
    """The answer of availability for the week that begins so many days from the demo's today."""
    api = demo.api if token is None else demo.api.as_(token)
    today = datetime.fromisoformat(api.get("control", "/clock")["now"]).date()
    first = today + timedelta(days=days_ahead)
    query = {"agenda": agenda.agenda_id, "motive": motive, "from": str(first), "to": str(first + timedelta(days=6))}
    found: dict[str, Any] = api.get("availability", "/v1/slots", **query)
    return found


def offer_of(found: dict[str, Any], start: str) -> str:
    """The sheet on which a start stands."""
    slot = next(slot for slot in found["slots"] if slot["start"] == start)
    return str(found["offers"][slot["offer"]])


def minutes_later(start: str, minutes: int) -> str:
    return (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat()


def head_of(demo: Stack) -> int:
    """How far booking's log goes now: other tests may have held and left the same time before."""
    auditor = demo.api.logged_in(**demo.facts["logins"]["auditor"])
    return int(auditor.get("booking", "/v1/audit/heads")["position"])


def log_of(demo: Stack, agenda: Bookable, start: str, kind: str, after: int) -> list[dict[str, Any]]:
    """The public events of a kind in booking's log, from a position on, that speak of this very start."""
    items: list[dict[str, Any]] = []
    service = demo.service()
    while True:
        page = service.get("booking", "/v1/events", types=kind, agenda=agenda.agenda_id, after=after, limit=500)
        items += page["items"]
        if len(page["items"]) < 500:
            break
        after = page["next"]
    wanted = datetime.fromisoformat(start)
    return [item for item in items if datetime.fromisoformat(item["data"]["start"]) == wanted]
