"""Decisions on the waiting list: who may wait, who is offered what was freed, and the first to accept moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from booking.domain.actors import Patient, may_see
from booking.domain.checks import check_room, check_when, notice_ends
from booking.domain.commands_waiting import AcceptEarlier, OfferFreed, Wait
from booking.domain.events import AppointmentMoved, Event
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.facts import Rules, Visit
from booking.domain.patients import check_in_time_to_move, check_patient, check_welcome
from booking.domain.rejections import (
    AlreadyOver,
    AppointmentChanged,
    EarlierSlotExpired,
    NoSuchAppointment,
    NoSuchEarlierSlot,
    Rejection,
    TooNearToWait,
    WasCancelled,
)
from booking.domain.states import Booked, Cancelled, Known
from booking.domain.two_steps import check_apart, others

AHEAD_MIN = timedelta(days=5)
FIRST = 5
OFFER_LIFETIME = timedelta(hours=2)
CASCADE_MAX = 1

Events = tuple[Event, ...]


def wait(command: Wait, known: Known) -> Events:
    booked = _theirs(command.appointment_id, command, known)
    waits = known.waits(booked.appointment_id)
    if waits == command.waiting:
        return ()
    whose = command.at, booked.appointment_id, booked.person_id, booked.account_id, booked.visit
    if not command.waiting:
        return (WaitingListLeft(*whose),)
    if booked.visit.stretch.start < command.at + AHEAD_MIN:
        raise TooNearToWait(AHEAD_MIN.days)
    return (WaitingListJoined(*whose),)


def offer(command: OfferFreed, known: Known) -> Events:
    """To the first five who wait for an earlier time of the motive and could go there, each once for one time."""
    if command.freed_id in known.freed:
        return ()
    waiting = _candidates(command, known) if command.cascade <= CASCADE_MAX else []
    able = [booked for booked in waiting if _could_go(booked, command, known)]
    unable = tuple(each.appointment_id for each in waiting if each not in able) if able else ()
    offers = [
        EarlierSlotOffered(
            at=command.at,
            offer_id=offer_id,
            freed_id=command.freed_id,
            appointment_id=booked.appointment_id,
            person_id=booked.person_id,
            account_id=booked.account_id,
            visit=command.visit,
            rules=_there(command, booked.rules),
            cascade=command.cascade,
            expires_at=min(command.at + OFFER_LIFETIME, notice_ends(command.visit, booked.rules)),
        )
        for offer_id, booked in zip(command.offer_ids, able[:FIRST], strict=False)
    ]
    return (*offers, FreedSlotClosed(command.at, command.freed_id, command.visit, len(offers), unable))


def accept(command: AcceptEarlier, known: Known) -> Events:
    """A move by the patient, bound by what binds one."""
    earlier = known.earlier.get(command.offer_id)
    if earlier is None or not any(may_see(actor, _of(earlier.appointment_id, known)) for actor in command.actors):
        raise NoSuchEarlierSlot
    if earlier.taken:
        return ()
    booked = _theirs(earlier.appointment_id, command, known)
    if command.at >= earlier.expires_at:
        raise EarlierSlotExpired
    if not known.waits(booked.appointment_id):  # moved, or no longer interested
        raise AppointmentChanged(booked.version)
    own = frozenset({booked.appointment_id})
    check_in_time_to_move(booked, command.at)
    check_apart(booked, earlier.visit, known)
    check_welcome(booked.person_id, earlier.visit, earlier.rules, known)
    visit = check_room(earlier.visit, earlier.rules, known, command.at, but=own)
    check_patient(booked.person_id, earlier.visit, earlier.rules, known, command.at, but=own | others(booked))
    moved = AppointmentMoved(
        at=command.at,
        appointment_id=booked.appointment_id,
        person_id=booked.person_id,
        account_id=booked.account_id,
        visit=visit,
        rules=earlier.rules,
        left=booked.visit.stretch,
        version=booked.version + 1,
        by="patient",
        offer_id=earlier.offer_id,
        cascade=earlier.cascade + 1,
        linked_to=booked.linked_to,
    )
    return (moved,)


def _candidates(command: OfferFreed, known: Known) -> list[Booked]:
    asked = {each.appointment_id for each in known.earlier.values() if each.visit.stretch == command.visit.stretch}
    found = []
    for appointment_id, waits in known.waiting.items():  # in order of joining
        booked = known.appointments.get(appointment_id)
        if not waits or not isinstance(booked, Booked) or appointment_id in asked:
            continue
        if _earlier(command.visit, booked):
            found.append(booked)
    return found


def _earlier(visit: Visit, booked: Booked) -> bool:
    mine = booked.visit
    same = (mine.stretch.agenda_id, mine.motive_id, mine.mode) == (visit.stretch.agenda_id, visit.motive_id, visit.mode)
    length = mine.stretch.end - mine.stretch.start
    fits = length == visit.stretch.end - visit.stretch.start
    return same and fits and visit.stretch.start < mine.stretch.start


def _could_go(booked: Booked, command: OfferFreed, known: Known) -> bool:
    """Whether the time is still to come, with the notice that is wanted, and nobody took it, or its room, since."""
    try:
        check_when(command.visit, booked.rules, command.at)
        check_apart(booked, command.visit, known)
        check_room(command.visit, _there(command, booked.rules), known, command.at, but={booked.appointment_id})
    except Rejection:
        return False
    return True


def _there(command: OfferFreed, rules: Rules) -> Rules:
    """The rules that bind the appointment already, with the capacity of the time that was freed.

    The version tells later whether its agenda was changed since.
    """
    version = rules.agenda_version if command.agenda_version is None else command.agenda_version
    return replace(rules, agenda_version=version, capacity=command.capacity)


def _of(appointment_id: str, known: Known) -> Booked | Cancelled:
    appointment = known.appointments.get(appointment_id)
    if not isinstance(appointment, Booked | Cancelled):
        raise NoSuchEarlierSlot
    return appointment


def _theirs(appointment_id: str, command: Wait | AcceptEarlier, known: Known) -> Booked:
    """Only the patient's side waits and accepts."""
    appointment = known.appointments.get(appointment_id)
    patients = [actor for actor in command.actors if isinstance(actor, Patient)]
    if appointment is None or not any(may_see(actor, appointment) for actor in patients):
        raise NoSuchAppointment
    if isinstance(appointment, Cancelled):
        raise WasCancelled
    if not isinstance(appointment, Booked) or appointment.visit.stretch.start <= command.at:
        raise AlreadyOver
    return appointment
