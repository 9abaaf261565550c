"""The sentences of the e-mails, in each language; `{...}` are filled in by `letters`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from notification.domain.words import Language


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. Formal and warm; `{who}`: with the article; `{when}` and the others: `moment`.

    `request_...`: subject, heading and first paragraph.
    """

    confirmed_subject: str
    confirmed_heading: str
    confirmed: str
    reminder_subject: str
    reminder_heading: str
    reminder: str
    moved_subject: str
    moved_heading: str
    moved_by: Mapping[str, str]
    offer_subject: str
    offer_heading: str
    offer: tuple[str, ...]
    cancelled_subject: str
    cancelled_heading: str
    cancelled_by: Mapping[str, str]
    cancelled_next: str
    request_received: tuple[str, str, str]
    request_declined: tuple[str, str, str]
    request_lapsed: tuple[str, str, str]
    request_next: str
    see_request: str
    cannot_come: str
    cancel_until: str
    bring: str
    bring_card: str
    video: str
    local_time: str
    closing: tuple[str, ...]
    when: str
    practitioner: str
    patient: str
    motive: str
    place: str
    access: str
    phone: str
    price: str
    instructions: str
    to_bring: str
    see: str
    see_offer: str
    cancel: str
    calendar: str
    directions: str
    book_again: str
    means: Mapping[str, str]


FRENCH = Phrases(
    confirmed_subject="Votre rendez-vous du {when} avec {who} est confirmé",
    confirmed_heading="Votre rendez-vous est confirmé",
    confirmed="Nous avons le plaisir de vous confirmer le rendez-vous suivant.",
    reminder_subject="Rappel : votre rendez-vous du {when} avec {who}",
    reminder_heading="Votre rendez-vous approche",
    reminder="Nous nous permettons de vous rappeler le rendez-vous suivant.",
    moved_subject="Votre rendez-vous avec {who} est déplacé au {when}",
    moved_heading="Votre rendez-vous est déplacé",
    moved_by={
        "patient": "Comme vous l'avez demandé, votre rendez-vous du {before} est déplacé. Voici le nouveau.",
        "practice": "Le cabinet a déplacé votre rendez-vous du {before}. Voici le nouveau.",
    },
    offer_subject="Un créneau plus tôt s'est libéré avec {who} : {when}",
    offer_heading="Un créneau plus tôt s'est libéré",
    offer=(
        "Vous attendez un créneau plus tôt que celui de votre rendez-vous du {before}. En voici un.",
        "Vous pouvez l'accepter jusqu'au {until}. Il est aussi proposé à d'autres patients : le premier qui l'accepte "
        "l'obtient. D'ici là, votre rendez-vous actuel est maintenu.",
    ),
    cancelled_subject="Votre rendez-vous du {when} avec {who} est annulé",
    cancelled_heading="Votre rendez-vous est annulé",
    cancelled_by={
        "patient": "Comme vous l'avez demandé, le rendez-vous suivant est annulé.",
        "practice": "Le cabinet a dû annuler le rendez-vous suivant. Nous vous prions de nous en excuser.",
        "absence": "En raison d'une absence, le cabinet a dû annuler le rendez-vous suivant. Nous vous prions de nous "
        "en excuser.",
    },
    cancelled_next="Vous n'avez rien d'autre à faire. Vous pouvez reprendre rendez-vous quand vous le souhaitez.",
    request_received=(
        "Votre demande de rendez-vous du {when} avec {who} est bien reçue",
        "Votre demande est bien reçue",
        "Le cabinet doit encore l'accepter : aucun rendez-vous n'est pris pour l'instant. Il vous répondra au plus "
        "tard le {by}, et nous vous écrirons aussitôt. Sans réponse de sa part, votre demande prend fin.",
    ),
    request_declined=(
        "Votre demande de rendez-vous du {when} avec {who} n'a pas été acceptée",
        "Votre demande n'a pas été acceptée",
        "Le cabinet ne peut pas vous recevoir à la date que vous avez demandée. Aucun rendez-vous n'est pris.",
    ),
    request_lapsed=(
        "Votre demande de rendez-vous du {when} avec {who} est restée sans réponse",
        "Votre demande est restée sans réponse",
        "Le cabinet n'a pas répondu avant la date que vous avez demandée. Aucun rendez-vous n'est pris. Nous vous "
        "prions de nous en excuser.",
    ),
    request_next="Vous pouvez faire une nouvelle demande, choisir un autre praticien ou appeler le cabinet.",
    see_request="Voir ma demande",
    cannot_come="Si vous ne pouvez pas venir, merci d'annuler dès que possible : ce créneau sera utile à un autre "
    "patient.",
    cancel_until="Vous pouvez annuler en ligne jusqu'au {deadline}.",
    bring="vos ordonnances et courriers médicaux utiles",
    bring_card="votre carte Vitale à jour",
    video="Consultation vidéo : vous la rejoindrez depuis la page de votre rendez-vous.",
    local_time="heure locale, {zone}",
    closing=("Nous vous souhaitons un bon rendez-vous.", "L'équipe Rendezvous"),
    when="Date et heure",
    practitioner="Praticien",
    patient="Patient",
    motive="Motif",
    place="Lieu",
    access="Accès",
    phone="Téléphone du cabinet",
    price="Tarif",
    instructions="Consignes",
    to_bring="À apporter",
    see="Voir ou gérer le rendez-vous",
    see_offer="Voir la proposition et l'accepter",
    cancel="Annuler le rendez-vous",
    calendar="Ajouter à mon agenda",
    directions="Itinéraire",
    book_again="Reprendre rendez-vous",
    means={"card": "carte bancaire", "cash": "espèces", "cheque": "chèque", "check": "chèque", "transfer": "virement"},
)

ENGLISH = Phrases(
    confirmed_subject="Your appointment on {when} with {who} is confirmed",
    confirmed_heading="Your appointment is confirmed",
    confirmed="We are pleased to confirm the following appointment.",
    reminder_subject="Reminder: your appointment on {when} with {who}",
    reminder_heading="Your appointment is coming up",
    reminder="This is a friendly reminder of the following appointment.",
    moved_subject="Your appointment with {who} has been moved to {when}",
    moved_heading="Your appointment has been moved",
    moved_by={
        "patient": "As you asked, your appointment on {before} has been moved. Here is the new one.",
        "practice": "The practice has moved your appointment on {before}. Here is the new one.",
    },
    offer_subject="An earlier time is free with {who}: {when}",
    offer_heading="An earlier time is free",
    offer=(
        "You are waiting for an earlier time than that of your appointment on {before}. Here is one.",
        "You can accept it until {until}. It is offered to other patients too: the first to accept has it. Until then, "
        "your present appointment stands.",
    ),
    cancelled_subject="Your appointment on {when} with {who} is cancelled",
    cancelled_heading="Your appointment is cancelled",
    cancelled_by={
        "patient": "As you asked, the following appointment is cancelled.",
        "practice": "The practice has had to cancel the following appointment. Please accept our apologies.",
        "absence": "Because of an absence, the practice has had to cancel the following appointment. Please accept our "
        "apologies.",
    },
    cancelled_next="There is nothing else for you to do. You are welcome to book again whenever you wish.",
    request_received=(
        "Your request for an appointment on {when} with {who} was received",
        "Your request was received",
        "The practice has yet to accept it: no appointment has been made so far. It will answer by {by}, and we shall "
        "write to you at once. Without an answer by then, your request ends.",
    ),
    request_declined=(
        "Your request for an appointment on {when} with {who} was not accepted",
        "Your request was not accepted",
        "The practice cannot see you at the time that you asked for. No appointment has been made.",
    ),
    request_lapsed=(
        "Your request for an appointment on {when} with {who} was not answered",
        "Your request was not answered",
        "The practice had not answered when the time that you asked for came. No appointment has been made. Please "
        "accept our apologies.",
    ),
    request_next="You can ask again, choose another practitioner, or call the practice.",
    see_request="See my request",
    cannot_come="If you cannot come, please cancel as early as you can, so that another patient may have the time.",
    cancel_until="You can cancel online until {deadline}.",
    bring="any prescriptions and medical letters that may help",
    bring_card="your up-to-date carte Vitale",
    video="Video consultation: you will join it from the page of your appointment.",
    local_time="local time, {zone}",
    closing=("We wish you a good appointment.", "The Rendezvous team"),
    when="Date and time",
    practitioner="Practitioner",
    patient="Patient",
    motive="Reason for the visit",
    place="Place",
    access="Access",
    phone="Telephone of the practice",
    price="Price",
    instructions="Instructions",
    to_bring="Please bring",
    see="See or manage the appointment",
    see_offer="See the offer and accept it",
    cancel="Cancel the appointment",
    calendar="Add to my calendar",
    directions="Directions",
    book_again="Book again",
    means={"card": "bank card", "cash": "cash", "cheque": "cheque", "check": "cheque", "transfer": "bank transfer"},
)

PHRASES: Mapping[Language, Phrases] = {"fr": FRENCH, "en": ENGLISH}
