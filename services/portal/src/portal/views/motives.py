"""What may be booked with a practitioner: each motive, at each place, in each mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """A motive in one agenda. `place`: where it is, None by video only."""

    motive: Motive
    place: Place | None
    ways: tuple[Way, ...]


def choices(profile: Profile, agendas: Sequence[tuple[Agenda, Sequence[Motive]]]) -> list[Choice]:
    """All that a patient may book online, in the order of the practice; motives that only staff book are left out."""
    found = []
    for agenda, motives in agendas:
        place = profile.place(agenda.place_id) if agenda.place_id else None
        for motive in motives:
            ways = tuple(Way(mode, times_path(profile.id, agenda.id, motive.id, mode)) for mode in motive.modes)
            if motive.booking != "staff" and ways:
                found.append(Choice(motive, place, ways))
    return found


def bookable_first(places: Sequence[Place], found: Sequence[Choice]) -> list[Place]:
    """The places where something may be booked, before the others."""
    bookable = {choice.place.id for choice in found if choice.place}
    return sorted(places, key=lambda place: place.id not in bookable)


def times_path(practitioner_id: str, agenda_id: str, motive_id: str, mode: str, day: str = "") -> str:
    """The page of the free times of one motive; `day` (ISO) chooses the week."""
    question = {"agenda": agenda_id, "motive": motive_id, "mode": mode, **({"week": day} if day else {})}
    return f"/practitioners/{quote(practitioner_id, safe='')}/times?{urlencode(question)}"


def next_path(practitioner_id: str, following: NextAvailable, zone: str) -> str:
    """The page of the free times that shows the next one; the practitioner's own page where it is not said of what."""
    if not (following.agenda_id and following.motive_id):
        return f"/practitioners/{quote(practitioner_id, safe='')}"
    day = local(following.start, zone).date().isoformat()
    return times_path(practitioner_id, following.agenda_id, following.motive_id, following.mode, day)
