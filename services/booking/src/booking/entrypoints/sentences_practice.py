"""What booking's refusals say to a practice, and of a practice's decisions to patients; as `sentences`."""

from __future__ import annotations

from service_kit.problems import Text

CONFLICT, GONE, UNPROCESSABLE = 409, 410, 422

PRACTICE_SENTENCES: tuple[tuple[str, int, Text, Text], ...] = (
    (
        "not-begun",
        CONFLICT,
        Text("The visit has not begun.", "Le rendez-vous n'a pas commencé."),
        Text(
            "How a visit went can be said from its start on; cancel one that will not take place.",
            "L'issue d'un rendez-vous se saisit à partir de son début ; annulez-le s'il n'aura pas lieu.",
        ),
    ),
    (
        "appointment-cancelled",
        CONFLICT,
        Text("The appointment was cancelled.", "Le rendez-vous a été annulé."),
        Text("It stands no more. Book a new one.", "Il n'a plus lieu. Prenez-en un nouveau."),
    ),
    (
        "reason-missing",
        UNPROCESSABLE,
        Text("A reason is needed.", "Un motif est nécessaire."),
        Text(
            "This overrules what was recorded, or a rule: say why.",
            "Cela revient sur ce qui était enregistré ou sur une règle : dites pourquoi.",
        ),
    ),
    (
        "online-booking-stopped",
        UNPROCESSABLE,
        Text("Please call the practice.", "Veuillez appeler le cabinet."),
        Text(
            "This practice does not take this patient's appointments online any more.",
            "Ce cabinet ne prend plus les rendez-vous de ce patient en ligne.",
        ),
    ),
    (
        "not-repeatedly-absent",
        UNPROCESSABLE,
        Text("Not absent often enough.", "Pas assez d'absences."),
        Text(
            "Online booking can be stopped for a patient who missed several visits to the practice without excuse.",
            "La prise de rendez-vous en ligne se ferme au patient absent plusieurs fois sans excuse à ce cabinet.",
        ),
    ),
    (
        "motive-unknown",
        UNPROCESSABLE,
        Text("No such reason for a visit.", "Motif de consultation inconnu."),
        Text(
            "The agenda does not have this reason, or not in this way.",
            "L'agenda n'a pas ce motif, ou pas sous cette forme.",
        ),
    ),
    (
        "agenda-closed",  # availability refuses in the same words
        CONFLICT,
        Text("The agenda is closed for good.", "L'agenda est définitivement fermé."),
        Text("The agenda is closed for good.", "L'agenda est définitivement fermé."),
    ),
    (
        "request-answered",
        CONFLICT,
        Text("Somebody was faster.", "Quelqu'un a été plus rapide."),
        Text(
            "The request has been answered already: `answer` says how.",
            "La demande a déjà reçu une réponse : `answer` dit laquelle.",
        ),
    ),
    (
        "request-pending",
        CONFLICT,
        Text("You have asked already.", "Vous avez déjà fait une demande."),
        Text(
            "The practice has not answered the request `request_id` yet.",
            "Le cabinet n'a pas encore répondu à la demande `request_id`.",
        ),
    ),
    (
        "book-online-instead",
        UNPROCESSABLE,
        Text("This can be booked online.", "Ce motif se réserve en ligne."),
        Text(
            "Nobody needs to be asked: choose a free slot.", "Aucune demande n'est nécessaire : choisissez un créneau."
        ),
    ),
    (
        "practitioner-absent",
        CONFLICT,
        Text("The practitioner is away.", "Le praticien est absent."),
        Text(
            "Nobody is booked during this absence. Choose another time.",
            "Aucun rendez-vous ne se prend pendant cette absence. Choisissez un autre horaire.",
        ),
    ),
    (
        "too-near-to-wait",
        UNPROCESSABLE,
        Text("Too near for the waiting list.", "Trop proche pour la liste d'attente."),
        Text(
            "The waiting list is for appointments at least `days` days off.",
            "La liste d'attente est ouverte aux rendez-vous à au moins `days` jours.",
        ),
    ),
    (
        "earlier-slot-expired",
        GONE,
        Text("This offer has run out.", "Cette proposition a expiré."),
        Text(
            "The earlier time was offered for a while only; your appointment stands as it is.",
            "L'horaire plus tôt n'était proposé qu'un temps ; votre rendez-vous reste inchangé.",
        ),
    ),
    (
        "off-the-grid",
        UNPROCESSABLE,
        Text("Not on a multiple of five minutes.", "Pas sur un multiple de cinq minutes."),
        Text(
            "Visits begin and end on multiples of five minutes.",
            "Un rendez-vous commence et finit à un multiple de cinq minutes.",
        ),
    ),
    (
        "imported-otherwise",
        CONFLICT,
        Text("Imported before, otherwise.", "Déjà importé, autrement."),
        Text(
            "This reference was imported before with another time, motive or patient. Change the appointment itself.",
            "Cette référence a déjà été importée avec un autre horaire, motif ou patient. Modifiez le rendez-vous.",
        ),
    ),
)
