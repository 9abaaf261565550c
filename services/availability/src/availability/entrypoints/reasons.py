"""The sentence of each reason why a time is not offered, in the two languages of the interface."""

from __future__ import annotations

from service_kit.problems import Text

from availability.domain.explanation import Rule

SENTENCES: dict[Rule, Text] = {
    "agenda-closed": Text("The agenda is closed for good.", "L'agenda est définitivement fermé."),
    "unknown-motive": Text("The agenda does not have this motive.", "L'agenda n'a pas ce motif."),
    "staff-only": Text("Only the practice books this motive.", "Seul le cabinet réserve ce motif."),
    "past": Text("This time is over.", "Cette heure est passée."),
    "notice": Text("It is too soon: the motive asks for more notice.", "C'est trop tôt : le motif demande un délai."),
    "horizon": Text("It is beyond the motive's horizon.", "C'est au-delà de l'horizon du motif."),
    "not-open": Text("The agenda is not open then.", "L'agenda n'est pas ouvert à cette heure."),
    "holiday": Text("A public holiday closes that date.", "Un jour férié ferme cette date."),
    "excepted-date": Text("The opening range leaves that date out.", "La plage d'ouverture exclut cette date."),
    "other-week": Text("The opening range skips that week.", "La plage d'ouverture saute cette semaine."),
    "outside-validity": Text("No opening range is valid then.", "Aucune plage d'ouverture n'est valide alors."),
    "other-motives": Text("The agenda is open for other visits then.", "L'agenda est ouvert à d'autres motifs alors."),
    "too-long": Text("The visit would end after the opening.", "La visite finirait après l'ouverture."),
    "off-grid": Text("Visits do not begin at that minute.", "Les visites ne commencent pas à cette minute."),
    "absence": Text("An absence covers that time.", "Une absence couvre cette heure."),
    "appointment": Text("An appointment takes that time.", "Un rendez-vous prend cette heure."),
    "hold": Text("Somebody holds that time.", "Quelqu'un a mis cette heure de côté."),
    "no-room-free": Text("Each room that would do is taken.", "Toutes les salles possibles sont prises."),
    "day-full": Text("The motive's visits of that day are all taken.", "Le motif n'a plus de place ce jour-là."),
    "week-full": Text(
        "The motive's visits of that week are all taken.", "Le motif n'a plus de place cette semaine-là."
    ),
    "no-second-visit": Text("No second visit is to be had after it.", "Aucune seconde visite n'est possible ensuite."),
}
