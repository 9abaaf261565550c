"""The e-mails about an appointment: confirmation, reminder, move, cancellation, earlier time; a request."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from booking_events.directory import Place

from notification.domain.appointment import CancelledBy, Moved, Offer, Visit
from notification.domain.letter import Action, Fact, Letter, Subject
from notification.domain.phrases import PHRASES, Phrases
from notification.domain.words import Language, full_name, moment, money, one_line, with_article


def confirmation(subject: Subject, language: Language) -> Letter:
    """All that the patient needs to come: when, with whom, where, at what price, what to bring, how to cancel."""
    phrases = PHRASES[language]
    return _invitation(phrases.confirmed_subject, phrases.confirmed_heading, phrases.confirmed, subject, language)


def move(subject: Subject, moved: Moved, language: Language) -> Letter:
    """On whose wish and from when it was moved, and all that a confirmation tells of the new time."""
    phrases = PHRASES[language]
    before = moment(moved.local_previous_start, language, with_year=True)
    told = phrases.moved_by[moved.by].format(before=before)
    return _invitation(phrases.moved_subject, phrases.moved_heading, told, subject, language)


def reminder(subject: Subject, language: Language) -> Letter:
    """The same, shorter."""
    phrases = PHRASES[language]
    facts = (*_visit(subject, phrases, language), *_place(subject, phrases), *_instructions(subject, phrases))
    return Letter(
        language,
        _line(phrases.reminder_subject, subject, language),
        phrases.reminder_heading,
        (phrases.reminder,),
        (*facts, *_to_bring(subject, phrases)),
        tuple(_actions(subject, phrases)),
        (*_cancelling(subject, phrases, language), *phrases.closing),
    )


def cancellation(subject: Subject, by: CancelledBy, language: Language) -> Letter:
    """That it does not take place, on whose wish, and how to book again."""
    phrases = PHRASES[language]
    again = Action(phrases.book_again, subject.links.practitioner(subject.visit))
    return Letter(
        language,
        _line(phrases.cancelled_subject, subject, language),
        phrases.cancelled_heading,
        (phrases.cancelled_by[by],),
        tuple(_visit(subject, phrases, language, with_motive=False)),
        (again,),
        (phrases.cancelled_next, phrases.closing[-1]),
    )


def received(subject: Subject, language: Language) -> Letter:
    """That the practice was asked for the visit, and by when it answers: until then nothing is booked."""
    phrases = PHRASES[language]
    line, heading, paragraph = phrases.request_received
    by = moment(subject.visit.local_start, language, with_year=True)
    return Letter(
        language,
        _line(line, subject, language),
        heading,
        (paragraph.format(by=by),),
        (*_visit(subject, phrases, language, with_motive=False), *_place(subject, phrases)),
        (Action(phrases.see_request, subject.links.request(subject.visit)),),
        (phrases.closing[-1],),
    )


def declined(subject: Subject, language: Language, *, lapsed: bool) -> Letter:
    """That the visit that was asked for was not booked, and what can be done instead."""
    phrases = PHRASES[language]
    line, heading, paragraph = phrases.request_lapsed if lapsed else phrases.request_declined
    # What the practice may have said to it is personal: it is read on the page, after logging in.
    see = Action(phrases.see_request, subject.links.request(subject.visit))
    again = Action(phrases.book_again, subject.links.practitioner(subject.visit))
    return Letter(
        language,
        _line(line, subject, language),
        heading,
        (paragraph,),
        (*_visit(subject, phrases, language, with_motive=False), *_place(subject, phrases)),
        (see, again),
        (phrases.request_next, phrases.closing[-1]),
    )


def offer(subject: Subject, offered: Offer, present: Visit, language: Language) -> Letter:
    """The time of `subject` that may be had instead of `present`, until when, and where to accept it."""
    phrases = PHRASES[language]
    before = moment(present.local_start, language, with_year=True)
    until = moment(offered.expires_at.astimezone(present.local_zone), language)
    return Letter(
        language,
        _line(phrases.offer_subject, subject, language),
        phrases.offer_heading,
        tuple(paragraph.format(before=before, until=until) for paragraph in phrases.offer),
        (*_visit(subject, phrases, language, with_motive=False), *_place(subject, phrases)),
        (Action(phrases.see_offer, subject.links.appointment(present)),),
        (phrases.closing[-1],),
    )


def calendar_summary(subject: Subject, language: Language) -> str:
    """What the calendar shows: no motive and no speciality, others may look at it."""
    who = with_article(full_name(subject.practitioner), language)
    return f"Rendez-vous avec {who}" if language == "fr" else f"Appointment with {who}"


def calendar_location(subject: Subject) -> str:
    """One line for the calendar and the map; empty for a video visit. Without the place's name, which may tell much."""
    return _postal(subject.place) if subject.place else ""


def _invitation(line: str, heading: str, told: str, subject: Subject, language: Language) -> Letter:
    phrases = PHRASES[language]
    facts = (
        *_visit(subject, phrases, language),
        *_place(subject, phrases),
        *_price(subject, phrases, language),
        *_instructions(subject, phrases),
        *_to_bring(subject, phrases),
    )
    return Letter(
        language,
        _line(line, subject, language),
        heading,
        (told,),
        facts,
        tuple(_actions(subject, phrases)),
        (*_cancelling(subject, phrases, language), *phrases.closing),
    )


def _line(template: str, subject: Subject, language: Language) -> str:
    who = with_article(full_name(subject.practitioner), language)
    return one_line(template.format(when=moment(subject.visit.local_start, language), who=who))


def _visit(subject: Subject, phrases: Phrases, language: Language, *, with_motive: bool = True) -> Iterator[Fact]:
    visit, practitioner = subject.visit, subject.practitioner
    when = [moment(visit.local_start, language, with_year=True)]
    if visit.zone != "Europe/Paris":
        when.append(phrases.local_time.format(zone=visit.zone))
    yield Fact(phrases.when, tuple(when))
    yield Fact(phrases.practitioner, (full_name(practitioner),))
    if subject.patient:
        yield Fact(phrases.patient, (one_line(subject.patient),))
    if with_motive and subject.motive is not None and subject.motive.name:
        yield Fact(phrases.motive, (one_line(subject.motive.name),))


def _place(subject: Subject, phrases: Phrases) -> Iterator[Fact]:
    if subject.visit.mode == "video":
        yield Fact(phrases.place, (phrases.video,))
        return
    place = subject.place
    if place is None:
        return
    lines = (place.name, place.address, f"{place.postcode} {place.city}")
    yield Fact(phrases.place, tuple(dict.fromkeys(one_line(line) for line in lines if line.strip())))
    if place.access:
        yield Fact(phrases.access, tuple(one_line(line) for line in place.access))
    if place.phone:
        yield Fact(phrases.phone, (one_line(place.phone),))


def _price(subject: Subject, phrases: Phrases, language: Language) -> Iterator[Fact]:
    lines = []
    if subject.motive is not None and subject.motive.amount is not None:
        lines.append(money(subject.motive.amount, subject.motive.currency, language))
    means = [phrases.means.get(code, one_line(code)) for code in subject.practitioner.payment_means]
    if means:
        lines.append(", ".join(means))
    if lines:
        yield Fact(phrases.price, tuple(lines))


def _instructions(subject: Subject, phrases: Phrases) -> Iterator[Fact]:
    if subject.motive is not None and subject.motive.instructions.strip():
        lines = (one_line(line) for line in subject.motive.instructions.splitlines())
        yield Fact(phrases.instructions, tuple(line for line in lines if line))


def _to_bring(subject: Subject, phrases: Phrases) -> Iterator[Fact]:
    if subject.visit.mode == "video":
        return
    card = (phrases.bring_card,) if subject.practitioner.carte_vitale else ()
    yield Fact(phrases.to_bring, (*card, phrases.bring))


def _cancelling(subject: Subject, phrases: Phrases, language: Language) -> Iterator[str]:
    yield phrases.cannot_come
    if subject.cancel_until is not None:
        yield phrases.cancel_until.format(deadline=moment(subject.cancel_until, language))


def _actions(subject: Subject, phrases: Phrases) -> Iterator[Action]:
    links, visit = subject.links, subject.visit
    yield Action(phrases.see, links.appointment(visit))
    yield Action(phrases.cancel, links.cancel(visit))
    yield Action(phrases.calendar, links.calendar(visit))
    if subject.place is not None:
        yield Action(phrases.directions, _map(subject.place))


def _map(place: Place) -> str:
    """A map of the address; it says nothing of who asks."""
    if place.position is not None:
        to = quote(f"{place.position.lat},{place.position.lon}")
        return f"https://www.openstreetmap.org/directions?to={to}"
    return f"https://www.openstreetmap.org/search?query={quote(_postal(place))}"


def _postal(place: Place) -> str:
    return one_line(f"{place.address}, {place.postcode} {place.city}")
