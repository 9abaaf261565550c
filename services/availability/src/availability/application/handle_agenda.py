"""Opening, changing and closing an agenda, declaring and lifting absences: from the present state to the next fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from booking_events.availability import (
    AbsenceDeclared,
    AbsenceLifted,
    AgendaChanged,
    AgendaClosed,
    AgendaOpened,
    AgendaState,
    ExtraOpening,
    MotiveRules,
    OpeningRange,
)

from availability.application.rules import to_agenda
from availability.domain.rejections import (
    AgendaIsClosed,
    MotiveUnknown,
    PlaceUnknown,
    PractitionerNotRegistered,
    RoomInUse,
    RoomUnknown,
    ZoneNeeded,
)
from availability.domain.revision import affected_dates

_OF_THE_CHANGE = {"version", "affected_from", "affected_until"}


@dataclass(frozen=True)
class Place:
    """A place as directory says it."""

    id: str
    zone: str
    territory: str


@dataclass(frozen=True)
class Practitioner:
    """A practitioner as directory says it."""

    id: str
    registered: bool
    speciality: str
    places: Mapping[str, Place]


@dataclass(frozen=True)
class Room:
    """A room of a place, which visits to several practitioners may share, one at a time.

    No motive names one that is withdrawn; what is booked in it stays.
    """

    id: str
    place_id: str
    name: str
    withdrawn: bool = False


@dataclass(frozen=True)
class Kept:
    """An agenda as it is kept: the rules of its last change, its version (absences raise it too)."""

    state: AgendaState
    version: int
    closed: bool = False


@dataclass(frozen=True)
class Absence:
    """`start` to `end`, in UTC."""

    id: str
    start: datetime
    end: datetime
    cancels_appointments: bool = False


def open_agenda(agenda_id: str, practitioner: Practitioner, facts: Mapping[str, Any]) -> AgendaOpened:
    """`facts`: place_id (None: by video only), zone (then only), motives, openings, holidays_closed."""
    if not practitioner.registered:
        raise PractitionerNotRegistered
    place_id, zone, territory = facts.get("place_id"), facts.get("zone"), "FR"
    if place_id is not None:
        place = practitioner.places.get(place_id)
        if place is None:
            raise PlaceUnknown
        zone, territory = place.zone, place.territory
    if zone is None:
        raise ZoneNeeded
    opened = AgendaOpened(
        agenda_id=agenda_id,
        version=1,
        practitioner_id=practitioner.id,
        place_id=place_id,
        speciality=practitioner.speciality,
        zone=zone,
        territory=territory,
        **{name: facts[name] for name in ("holidays_closed", "opening_ranges", "extra_openings", "motives")},
    )
    _check(opened)
    return opened


def change_agenda(kept: Kept, facts: Mapping[str, Any]) -> AgendaChanged | None:
    """The rules with the fields of `facts` in place of the old ones, and the dates that this touches.

    None where nothing is different: a new version would make every offer stale for nothing.
    """
    if kept.closed:
        raise AgendaIsClosed
    old = {name: getattr(kept.state, name) for name in AgendaState.model_fields}
    new = {**old, **facts, "version": kept.version + 1, "affected_from": None, "affected_until": None}
    changed = AgendaChanged(**new)
    _check(changed)
    if changed.model_dump(exclude=_OF_THE_CHANGE) == kept.state.model_dump(exclude=_OF_THE_CHANGE):
        return None
    first, last = affected_dates(to_agenda(kept.state), to_agenda(changed))
    return changed.model_copy(update={"affected_from": first, "affected_until": last})


def close_agenda(kept: Kept) -> AgendaClosed:
    if kept.closed:
        raise AgendaIsClosed
    return AgendaClosed(agenda_id=kept.state.agenda_id, version=kept.version + 1)


def declare_absence(kept: Kept, absence: Absence) -> AbsenceDeclared:
    if kept.closed:
        raise AgendaIsClosed
    return AbsenceDeclared(
        agenda_id=kept.state.agenda_id,
        version=kept.version + 1,
        absence_id=absence.id,
        start=absence.start,
        end=absence.end,
        cancels_appointments=absence.cancels_appointments,
    )


def lift_absence(kept: Kept, absence: Absence) -> AbsenceLifted:
    if kept.closed:
        raise AgendaIsClosed
    return AbsenceLifted(
        agenda_id=kept.state.agenda_id,
        version=kept.version + 1,
        absence_id=absence.id,
        start=absence.start,
        end=absence.end,
    )


def follow_practitioner(kept: Kept, practitioner: Practitioner) -> AgendaChanged | None:
    """What a changed profile means for an agenda: another zone or territory of its place."""
    place = practitioner.places.get(kept.state.place_id or "")
    if kept.closed or place is None:
        return None
    if (place.zone, place.territory) == (kept.state.zone, kept.state.territory):
        return None
    return change_agenda(kept, {"zone": place.zone, "territory": place.territory})


def change_room(room: Room, facts: Mapping[str, Any], sharing: Iterable[Kept]) -> Room:
    """The room with the fields of `facts` (name, withdrawn); `sharing`: the open agendas that name it."""
    changed = replace(room, **facts)
    if changed.withdrawn:
        motives = ((kept.state.agenda_id, one) for kept in sharing for one in kept.state.motives)
        named = tuple((agenda_id, one.id, one.name) for agenda_id, one in motives if room.id in one.rooms)
        if named:
            raise RoomInUse(named)
    return changed


def check_rooms(motives: Iterable[MotiveRules], known: AbstractSet[str]) -> None:
    """`known`: the rooms of the agenda's place that are not withdrawn; none for one by video only."""
    for number, motive in enumerate(motives):
        if set(motive.rooms) - known:
            raise RoomUnknown(f"/motives/{number}/rooms")


def _check(state: AgendaState) -> None:
    known = {motive.id for motive in state.motives}
    _check_motives("/opening_ranges", state.opening_ranges, known)
    _check_motives("/extra_openings", state.extra_openings, known)


def _check_motives(where: str, openings: Iterable[OpeningRange | ExtraOpening], known: set[str]) -> None:
    for place, opening in enumerate(openings):
        if set(opening.motive_ids) - known:
            raise MotiveUnknown(f"{where}/{place}/motive_ids")
