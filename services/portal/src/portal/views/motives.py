"""What may be booked with a practitioner: each motive, at each place, in each mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from portal.application.shapes import Agenda, Mode, Motive, NextAvailable, Place, Profile
from portal.views.formats import local


@dataclass(frozen=True)
class Way:
    """One way to have the visit, and the page of its free times."""

    mode: Mode
    path: str


@dataclass(frozen=True)
class Choice:
    """A motive at a place, in however many agendas. `place`: None by video only."""

    motive: Motive
    place: Place | None
    ways: tuple[Way, ...]


def choices(profile: Profile, agendas: Sequence[tuple[Agenda, Sequence[Motive]]]) -> list[Choice]:
    """All that a patient may book online or ask the practice for, in the order of the practice."""
    found: dict[tuple[str, str | None, bool], Choice] = {}
    for agenda, motives in agendas:
        for motive in motives:
            if not motive.is_shown:
                continue
            ways = [Way(mode, times_path(profile.id, agenda.id, motive.id, mode)) for mode in motive.modes]
            key = motive.id, agenda.place_id, motive.on_request
            known = found.get(key)
            if known is not None:
                modes = {way.mode for way in known.ways}
                ways = [*known.ways, *(way for way in ways if way.mode not in modes)]
            place = profile.place(agenda.place_id) if agenda.place_id else None
            found[key] = Choice(motive, place, tuple(ways))
    return [choice for choice in found.values() if choice.ways]


def siblings(
    agenda_id: str, motive_id: str, mode: str, agendas: Sequence[tuple[Agenda, Sequence[Motive]]]
) -> list[tuple[Agenda, Motive]]:
    """The agenda asked for and those at the same place that take the same motive in the same mode, booked alike.

    Empty when it does not itself. To a patient they are one calendar.
    """
    taking = [
        (agenda, motive)
        for agenda, motives in agendas
        for motive in motives
        if motive.id == motive_id and mode in motive.modes and motive.is_shown
    ]
    own = [one for one in taking if one[0].id == agenda_id]
    alike = {(agenda.place_id, motive.on_request) for agenda, motive in own}
    return [*own, *(one for one in taking if one not in own and (one[0].place_id, one[1].on_request) in alike)]


def bookable_first(places: Sequence[Place], found: Sequence[Choice]) -> list[Place]:
    """The places where something may be booked, before the others."""
    bookable = {choice.place.id for choice in found if choice.place}
    return sorted(places, key=lambda place: place.id not in bookable)


def times_path(practitioner_id: str, agenda_id: str, motive_id: str, mode: str, day: str = "") -> str:
    """The page of the free times of one motive; `day` (ISO) chooses the week."""
    question = {"agenda": agenda_id, "motive": motive_id, "mode": mode, **({"week": day} if day else {})}
    return f"/practitioners/{quote(practitioner_id, safe='')}/times?{urlencode(question)}"


def ask_path(practitioner_id: str, agenda_id: str, motive_id: str, mode: str, start: str) -> str:
    """The page on which the practice is asked for the time `start` (RFC 3339)."""
    question = {"agenda": agenda_id, "motive": motive_id, "mode": mode, "start": start}
    return f"/practitioners/{quote(practitioner_id, safe='')}/ask?{urlencode(question)}"


def second_path(
    practitioner_id: str, agenda_id: str, motive_id: str, mode: str, start: datetime, then: str = "", day: str = ""
) -> str:
    """The page of the free times of the second visit, for a first one at `start`; `then`: the mode chosen for it."""
    question = {"agenda": agenda_id, "motive": motive_id, "mode": mode, "first": start.isoformat()}
    more = {name: value for name, value in (("then", then), ("week", day)) if value}
    return f"/practitioners/{quote(practitioner_id, safe='')}/second-visit?{urlencode({**question, **more})}"


def next_path(practitioner_id: str, following: NextAvailable, zone: str) -> str:
    """The page of the free times that shows the next one; the practitioner's own page where it is not said of what."""
    if not (following.agenda_id and following.motive_id):
        return f"/practitioners/{quote(practitioner_id, safe='')}"
    day = local(following.start, zone).date().isoformat()
    return times_path(practitioner_id, following.agenda_id, following.motive_id, following.mode, day)
