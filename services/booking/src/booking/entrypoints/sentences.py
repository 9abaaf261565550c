"""What booking's refusals say to people, in the two languages of the interface: slug, status, title and detail."""

from __future__ import annotations

from service_kit.problems import Text

from booking.domain.rejections import Staleness

CONFLICT, GONE, UNPROCESSABLE = 409, 410, 422

SENTENCES: tuple[tuple[str, int, Text, Text], ...] = (
    (
        "slot-taken",
        CONFLICT,
        Text("This time is taken.", "Cet horaire est pris."),
        Text(
            "Somebody else has booked this time. Choose another.",
            "Quelqu'un d'autre a réservé cet horaire. Choisissez-en un autre.",
        ),
    ),
    (
        "slot-held",
        CONFLICT,
        Text("Somebody is booking this time.", "Cet horaire est en cours de réservation."),
        Text(
            "Somebody else is about to book this time. Choose another, or try again after `retry_at`.",
            "Quelqu'un d'autre réserve cet horaire en ce moment. Choisissez-en un autre ou réessayez après `retry_at`.",
        ),
    ),
    (
        "no-room-free",
        CONFLICT,
        Text("No room is free at this time.", "Aucune salle n'est libre à cet horaire."),
        Text(
            "The practitioner is free, but not one of the rooms that this visit needs. Choose another time.",
            "Le praticien est libre, mais aucune des salles nécessaires à cette visite. Choisissez un autre horaire.",
        ),
    ),
    (
        "notice-too-short",
        UNPROCESSABLE,
        Text("Too soon to book online.", "Trop proche pour réserver en ligne."),
        Text(
            "The practice asks for more notice than is left.",
            "Le cabinet demande un délai plus long que celui qui reste.",
        ),
    ),
    (
        "beyond-horizon",
        UNPROCESSABLE,
        Text("Too far ahead.", "Trop lointain."),
        Text(
            "The practice does not take appointments that far ahead.",
            "Le cabinet ne prend pas de rendez-vous si longtemps à l'avance.",
        ),
    ),
    (
        "offer-not-genuine",
        UNPROCESSABLE,
        Text("This is not one of our offers.", "Cette offre n'est pas des nôtres."),
        Text(
            "The offer cannot be read or was not signed by us. Ask for the free slots again.",
            "L'offre est illisible ou n'a pas été signée par nous. Redemandez les créneaux libres.",
        ),
    ),
    (
        "start-not-offered",
        UNPROCESSABLE,
        Text("This time was not offered.", "Cet horaire n'était pas proposé."),
        Text("The start does not stand on the offer.", "L'heure de début ne figure pas sur l'offre."),
    ),
    (
        "offer-expired",
        GONE,
        Text("The offer has expired.", "L'offre a expiré."),
        Text("Ask for the free slots again.", "Redemandez les créneaux libres."),
    ),
    (
        "offer-stale",
        CONFLICT,
        Text("The agenda has changed.", "L'agenda a changé."),
        Text(
            "The practice changed its agenda for that time. Ask for the free slots again.",
            "Le cabinet a modifié son agenda pour cette période. Redemandez les créneaux libres.",
        ),
    ),
    (
        "hold-expired",
        GONE,
        Text("The time kept for you has run out.", "Le temps de réservation est écoulé."),
        Text(
            "The slot was kept for some minutes only. Choose a slot again.",
            "Le créneau n'était gardé que quelques minutes. Choisissez de nouveau un créneau.",
        ),
    ),
    (
        "hold-released",
        GONE,
        Text("This slot is no longer kept for you.", "Ce créneau ne vous est plus réservé."),
        Text("You let this slot go, or took another instead.", "Vous avez libéré ce créneau ou en avez pris un autre."),
    ),
    (
        "hold-confirmed",
        CONFLICT,
        Text("This is an appointment already.", "C'est déjà un rendez-vous."),
        Text(
            "This slot has become the appointment `appointment_id`.",
            "Ce créneau est devenu le rendez-vous `appointment_id`.",
        ),
    ),
    (
        "already-extended",
        CONFLICT,
        Text("The time was extended already.", "Le délai a déjà été prolongé."),
        Text("A slot can be kept longer once only.", "Un créneau ne peut être gardé plus longtemps qu'une seule fois."),
    ),
    (
        "person-unknown",
        UNPROCESSABLE,
        Text("Choose for whom.", "Choisissez pour qui."),
        Text("You cannot book for this person.", "Vous ne pouvez pas réserver pour cette personne."),
    ),
    (
        "person-busy",
        CONFLICT,
        Text("Two appointments at once.", "Deux rendez-vous en même temps."),
        Text("This person has another appointment at that time.", "Cette personne a un autre rendez-vous à ce moment."),
    ),
    (
        "limit-reached",
        UNPROCESSABLE,
        Text("Enough appointments to come.", "Assez de rendez-vous à venir."),
        Text(
            "The practice limits how many appointments to come one patient may have.",
            "Le cabinet limite le nombre de rendez-vous à venir d'un même patient.",
        ),
    ),
    (
        "visit-too-close",
        UNPROCESSABLE,
        Text("Another visit is only days away.", "Un autre rendez-vous est tout proche."),
        Text(
            "This person has an appointment in this speciality within a few days. Keep it, or replace it by this one.",
            "Cette personne a un rendez-vous dans cette spécialité à quelques jours de là."
            " Gardez-le ou remplacez-le par celui-ci.",
        ),
    ),
    (
        "day-full",
        CONFLICT,
        Text("No more such visits on that day.", "Plus de place pour ce motif ce jour-là."),
        Text(
            "The practice takes so many visits of this kind a day. Choose another day.",
            "Le cabinet limite le nombre de visites de ce type par jour. Choisissez un autre jour.",
        ),
    ),
    (
        "week-full",
        CONFLICT,
        Text("No more such visits in that week.", "Plus de place pour ce motif cette semaine-là."),
        Text(
            "The practice takes so many visits of this kind a week. Choose another week.",
            "Le cabinet limite le nombre de visites de ce type par semaine. Choisissez une autre semaine.",
        ),
    ),
    (
        "known-patients-only",
        UNPROCESSABLE,
        Text("For known patients only.", "Réservé aux patients connus."),
        Text(
            "This reason is for patients whom the practitioner has already seen.",
            "Ce motif est réservé aux patients déjà suivis par ce praticien.",
        ),
    ),
    (
        "answer-missing",
        UNPROCESSABLE,
        Text("An answer is missing.", "Une réponse manque."),
        Text("Answer the questions that the practice requires.", "Répondez aux questions obligatoires du cabinet."),
    ),
    (
        "too-late",
        CONFLICT,
        Text("Too late to change it online.", "Trop tard pour le modifier en ligne."),
        Text("The deadline has passed; call the practice.", "Le délai est dépassé ; appelez le cabinet."),
    ),
    (
        "already-over",
        CONFLICT,
        Text("The appointment has begun or is over.", "Le rendez-vous a commencé ou est passé."),
        Text("It can no longer be changed.", "Il ne peut plus être modifié."),
    ),
    (
        "second-visit-missing",
        UNPROCESSABLE,
        Text("This takes two visits.", "Ce motif demande deux visites."),
        Text(
            "The two visits are booked together. Choose a time for the second as well.",
            "Les deux visites se réservent ensemble. Choisissez aussi un horaire pour la seconde.",
        ),
    ),
    (
        "second-visit-unfit",
        UNPROCESSABLE,
        Text("The two visits do not fit together.", "Les deux visites ne vont pas ensemble."),
        Text(
            "The practice sets the reason of the second visit, and how many days after the first it takes place.",
            "Le cabinet fixe le motif de la seconde visite et le nombre de jours qui la séparent de la première.",
        ),
    ),
    (
        "another-visit",
        UNPROCESSABLE,
        Text("That is another kind of visit.", "C'est une autre visite."),
        Text(
            "An appointment moves within its agenda and its reason only. For another, book it and cancel this one.",
            "Un rendez-vous se déplace dans le même agenda et pour le même motif. Sinon, prenez-en un autre et annulez"
            " celui-ci.",
        ),
    ),
    (
        "appointment-changed",
        CONFLICT,
        Text("The appointment has changed since.", "Le rendez-vous a changé depuis."),
        Text(
            "It was moved or changed after you saw it. Look at it again before you move it.",
            "Il a été déplacé ou modifié depuis. Regardez-le de nouveau avant de le déplacer.",
        ),
    ),
    (
        "log-broken",
        CONFLICT,
        Text("The log has a gap.", "Le journal a une lacune."),
        Text(
            "Somebody altered the log: no instant can be found in it. `/v1/audit/chain` tells where; ask by position.",
            "Journal altéré : aucun instant n'y est retrouvable. `/v1/audit/chain` dit où ; donnez une position.",
        ),
    ),
)

STALE: dict[Staleness, Text] = {
    "notice-raised": Text(
        "The practice asks for longer notice now. Choose a later time.",
        "Le cabinet demande désormais un délai plus long. Choisissez un horaire plus tardif.",
    ),
    "motive-withdrawn": Text(
        "This reason for a visit is no longer booked online here. Choose another, or call the practice.",
        "Ce motif ne se réserve plus en ligne ici. Choisissez-en un autre ou appelez le cabinet.",
    ),
    "agenda-closed": Text(
        "This practitioner takes no more appointments here. Choose somebody else.",
        "Ce praticien ne prend plus de rendez-vous ici. Choisissez un autre praticien.",
    ),
}
"""Why an offer is stale, where more can be said than that the agenda was changed."""
