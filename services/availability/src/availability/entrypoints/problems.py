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
register(
    "room-in-use",
    409,
    Text(
        "Motives still name this room. Take it off them first.",
        "Des motifs utilisent encore cette salle. Retirez-la d'abord de ces motifs.",
    ),
)

SLUGS: dict[type[Rejection], str] = {
    rejections.PractitionerNotRegistered: "practitioner-not-registered",
    rejections.AgendaIsClosed: "agenda-closed",
    rejections.PlaceUnknown: "invalid-field",
    rejections.ZoneNeeded: "invalid-field",
    rejections.MotiveUnknown: "invalid-field",
    rejections.RoomUnknown: "invalid-field",
    rejections.RoomInUse: "room-in-use",
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
        case rejections.RoomInUse():
            named = [dict(zip(("agenda_id", "id", "name"), motive, strict=True)) for motive in rejection.motives]
            return Problem("room-in-use", motives=named)
        case _:
            return Problem(SLUGS[type(rejection)])
