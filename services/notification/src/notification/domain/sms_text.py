"""The words of an SMS: one GSM-7 part, no speciality, no motive, no name of a patient.

Each text is written from its fullest form to its barest; the first that fits into one part is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from booking_events.directory import Place, PractitionerState

from notification.domain.appointment import Moved, Offer, Visit
from notification.domain.gsm7 import PART_SEPTETS, septets, to_gsm7
from notification.domain.words import Language, clock_time, short_date, short_name


@dataclass(frozen=True, slots=True)
class Told:
    """A visit and with whom and where it is, for one line of an SMS."""

    visit: Visit
    practitioner: PractitionerState

    @property
    def place(self) -> Place | None:
        """Where to go; None for a video visit."""
        if self.visit.mode == "video":
            return None
        return next((place for place in self.practitioner.places if place.id == self.visit.place_id), None)


def reminder_sms(visits: Sequence[Told], link: str, all_link: str, language: Language) -> str:
    """One reminder for every visit that one phone has on one day (at least one), in one part."""
    if len(visits) == 1:
        return _first_that_fits(_reminder_of_one(visits[0], link, language))
    return _first_that_fits(_reminder_of_many(visits, all_link, language))


def cancellation_sms_text(told: Told, link: str, language: Language) -> str:
    """That the practice has cancelled, in one part."""
    return _first_that_fits(_cancellation(told, link, language))


def move_sms_text(told: Told, moved: Moved, link: str, language: Language) -> str:
    """The new time and the one that it takes the place of, in one part."""
    return _first_that_fits(_move(told, moved, link, language))


def offer_sms_text(told: Told, offer: Offer, link: str, language: Language) -> str:
    """The time that is offered, and until when it can be accepted, in one part."""
    return _first_that_fits(_offer(told, offer, link, language))


def _reminder_of_one(told: Told, link: str, language: Language) -> Iterable[str]:
    when, who = _when(told.visit, language), short_name(told.practitioner)
    video = told.visit.mode == "video"
    wheres = ([f", {_address(told.place)}", f", {_city(told.place)}"] if told.place else []) + [""]
    if language == "fr":
        what = "RDV vidéo" if video else "RDV"
        tails = (f". Infos, déplacer ou annuler : {link}", f". Infos, annuler : {link}", f". {link}")
        for where in wheres:
            yield from (f"Rappel : {what} {when} avec {who}{where}{tail}" for tail in tails)
        yield f"Rappel : {what} {when}. {link}"
        yield f"Rappel : {what} {when} avec {who}."
        yield f"Rappel : {what} {when}."
    else:
        what = "video appointment" if video else "appointment"
        tails = (f". Details, move or cancel: {link}", f". Details, cancel: {link}", f". {link}")
        for where in wheres:
            yield from (f"Reminder: {what} {when} with {who}{where}{tail}" for tail in tails)
        yield f"Reminder: {what} {when}. {link}"
        yield f"Reminder: {what} {when} with {who}."
        yield f"Reminder: {what} {when}."


def _reminder_of_many(visits: Sequence[Told], link: str, language: Language) -> Iterable[str]:
    ordered = sorted(visits, key=lambda told: (told.visit.start, told.visit.appointment_id))
    day = short_date(ordered[0].visit.local_day, language)
    times = [clock_time(told.visit.local_start, language) for told in ordered]
    named = ", ".join(f"{at} {short_name(told.practitioner)}" for at, told in zip(times, ordered, strict=True))
    count = len(ordered)
    if language == "fr":
        yield f"Rappel : {count} RDV {day} : {named}. Infos, déplacer ou annuler : {link}"
        yield f"Rappel : {count} RDV {day} : {named}. {link}"
        yield f"Rappel : {count} RDV {day} à {', '.join(times)}. {link}"
        yield f"Rappel : {count} RDV {day}, le premier à {times[0]}. {link}"
        yield f"Rappel : {count} RDV {day}, le premier à {times[0]}."
    else:
        yield f"Reminder: {count} appointments {day}: {named}. Details, move or cancel: {link}"
        yield f"Reminder: {count} appointments {day}: {named}. {link}"
        yield f"Reminder: {count} appointments {day} at {', '.join(times)}. {link}"
        yield f"Reminder: {count} appointments {day}, first at {times[0]}. {link}"
        yield f"Reminder: {count} appointments {day}, first at {times[0]}."


def _cancellation(told: Told, link: str, language: Language) -> Iterable[str]:
    when, who = _when(told.visit, language), short_name(told.practitioner)
    if language == "fr":
        yield f"Votre RDV du {when} avec {who} a été annulé par le cabinet. Reprendre RDV : {link}"
        yield f"Votre RDV du {when} avec {who} a été annulé par le cabinet. {link}"
        yield f"Votre RDV du {when} a été annulé par le cabinet. {link}"
        yield f"Votre RDV du {when} a été annulé par le cabinet."
    else:
        yield f"Your appointment {when} with {who} was cancelled by the practice. Book again: {link}"
        yield f"Your appointment {when} with {who} was cancelled by the practice. {link}"
        yield f"Your appointment {when} was cancelled by the practice. {link}"
        yield f"Your appointment {when} was cancelled by the practice."


def _move(told: Told, moved: Moved, link: str, language: Language) -> Iterable[str]:
    when, who = _when(told.visit, language), short_name(told.practitioner)
    left = moved.local_previous_start
    day, at = short_date(left.date(), language, with_weekday=False), clock_time(left, language)
    wheres = ([f", {_city(told.place)}"] if told.place else []) + [""]
    if language == "fr":
        what = "RDV vidéo déplacé" if told.visit.mode == "video" else "RDV déplacé"
        text = f"{what} : {when} (au lieu du {day} à {at})"
        for where in wheres:
            yield from (f"{text} avec {who}{where}{tail}" for tail in (f". Détails : {link}", f". {link}"))
    else:
        what = "Video appointment moved" if told.visit.mode == "video" else "Appointment moved"
        text = f"{what}: {when} (instead of {day} at {at})"
        for where in wheres:
            yield from (f"{text} with {who}{where}{tail}" for tail in (f". Details: {link}", f". {link}"))
    yield f"{text}. {link}"
    yield f"{text}."


def _offer(told: Told, offer: Offer, link: str, language: Language) -> Iterable[str]:
    when, who = _when(told.visit, language), short_name(told.practitioner)
    last = offer.expires_at.astimezone(told.visit.local_zone)
    until = clock_time(last, language)
    if last.date() != offer.at.astimezone(told.visit.local_zone).date():
        until = f"{short_date(last.date(), language)}, {until}"
    if language == "fr":
        yield f"Un créneau s'est libéré avec {who} : {when}. Premier arrivé, premier servi, avant {until} : {link}"
        yield f"Créneau libéré avec {who} : {when}, à accepter avant {until} : {link}"
        yield f"Créneau libéré : {when}, à accepter avant {until} : {link}"
        yield f"Créneau libéré : {when}, à accepter avant {until}."
    else:
        yield f"An earlier time is free with {who}: {when}. First come, first served, before {until}: {link}"
        yield f"Earlier time with {who}: {when}, to be accepted before {until}: {link}"
        yield f"Earlier time: {when}, to be accepted before {until}: {link}"
        yield f"Earlier time: {when}, to be accepted before {until}."


def _when(visit: Visit, language: Language) -> str:
    joined = "à" if language == "fr" else "at"
    return f"{short_date(visit.local_day, language)} {joined} {clock_time(visit.local_start, language)}"


def _address(place: Place) -> str:
    return f"{place.address}, {_city(place)}"


def _city(place: Place) -> str:
    return f"{place.postcode} {place.city}"


def _first_that_fits(candidates: Iterable[str]) -> str:
    text = ""
    for candidate in candidates:
        text = to_gsm7(candidate)
        if septets(text) <= PART_SEPTETS:
            return text
    return text
