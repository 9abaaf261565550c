"""The refusals of availability, each by name; the HTTP edge gives them a status."""

from __future__ import annotations


class Rejection(Exception):
    """A rule refused a change. The message is a constant and says nothing of anybody."""


class PractitionerNotRegistered(Rejection):
    """Only registered practitioners have agendas; one who is listed claims the page first."""


class AgendaIsClosed(Rejection):
    """A closed agenda stays closed; its history is kept."""


class PlaceUnknown(Rejection):
    """The practitioner does not receive at this place (as far as directory has said)."""


class ZoneNeeded(Rejection):
    """An agenda by video only has no place that gives it a zone."""


class RoomUnknown(Rejection):
    """A motive names a room that its place does not have: it would be taken by nobody else, and so shared by none."""

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer


class RoomInUse(Rejection):
    """A room is withdrawn only when no motive names it; `motives` are those, as agenda id, motive id and name."""

    def __init__(self, motives: tuple[tuple[str, str, str], ...]) -> None:
        super().__init__()
        self.motives = motives


class MotiveUnknown(Rejection):
    """An opening names a motive that the agenda does not have."""

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer
