"""How each refusal of the rules looks over HTTP: one table."""

from __future__ import annotations

from service_kit.http import invalid
from service_kit.problems import Problem, Text, register

from availability.domain import rejections
from availability.domain.rejections import Rejection

register(
    "practitioner-not-registered",
    409,
    Text("Only registered practitioners have agendas.", "Seuls les praticiens inscrits ont un agenda."),
)
register(
    "agenda-closed",
    409,
    Text("The agenda is closed for good.", "L'agenda est définitivement fermé."),
)

SLUGS: dict[type[Rejection], str] = {
    rejections.PractitionerNotRegistered: "practitioner-not-registered",
    rejections.AgendaIsClosed: "agenda-closed",
    rejections.PlaceUnknown: "invalid-field",
    rejections.ZoneNeeded: "invalid-field",
    rejections.MotiveUnknown: "invalid-field",
    rejections.RoomUnknown: "invalid-field",
}


def problem_of(rejection: Rejection) -> Problem:
    """The problem+json of a refusal."""
    match rejection:
        case rejections.PlaceUnknown():
            return invalid("/place_id", "not a place of this practitioner", "ce lieu n'est pas à ce praticien")
        case rejections.ZoneNeeded():
            return invalid("/zone", "needed without a place", "nécessaire sans lieu")
        case rejections.MotiveUnknown():
            return invalid(rejection.pointer, "a motive that the agenda lacks", "un motif absent de l'agenda")
        case rejections.RoomUnknown():
            return invalid(rejection.pointer, "a room that the place lacks", "une salle absente du lieu")
        case _:
            return Problem(SLUGS[type(rejection)])
