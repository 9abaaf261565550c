"""Decisions on absences: they bind the time, and each appointment in them is cancelled, moved or handed over once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from booking.domain.agenda import Agenda
from booking.domain.checks import check_room
from booking.domain.commands_absences import (
    CloseAbsence,
    EndAbsence,
    NoteAbsence,
    PlanAbsence,
    SettleAppointment,
)
from booking.domain.events import AppointmentCancelled, AppointmentMoved, Event
from booking.domain.events_absences import (
    AbsenceEnded,
    AbsenceNoted,
    AbsencePlanned,
    AbsenceSettled,
    Cancel,
    HandOver,
    Keep,
    Move,
    Plan,
)
from booking.domain.events_practice import AppointmentBookedByPractice
from booking.domain.facts import Rules, Visit
from booking.domain.patients import check_patient
from booking.domain.rejections import AlreadyOver, NoSuchAbsence
from booking.domain.states import Booked, Known
from booking.domain.states_practice import Absence
from booking.domain.two_steps import check_apart, together

Events = tuple[Event, ...]


def note(command: NoteAbsence, known: Known) -> Events:
    if command.absence_id in known.absences:
        return ()
    stretch = command.agenda_id, command.start, command.end
    return (AbsenceNoted(command.at, command.absence_id, *stretch, command.plan),)


def plan(command: PlanAbsence, known: Known) -> Events:
    """The same plan again is carried out anew if it left anybody."""
    absence = _standing(known, command.absence_id, command.agenda_id)
    if command.at >= absence.end:
        raise AlreadyOver
    if absence.plan == command.plan and not absence.left:
        return ()
    stretch = absence.agenda_id, absence.start, absence.end
    return (AbsencePlanned(command.at, absence.absence_id, *stretch, command.plan),)


def end(command: EndAbsence, known: Known) -> Events:
    absence = known.absences.get(command.absence_id)
    if absence is None or absence.lifted:
        return ()
    return (AbsenceEnded(command.at, absence.absence_id, absence.agenda_id, absence.start, absence.end),)


def settle(command: SettleAppointment, known: Known) -> Events:
    """None when there is nothing (more) to do: so it may be asked again, by anybody, at any time."""
    absence = known.absences.get(command.absence_id)
    booked = known.appointments.get(command.appointment_id)
    if absence is None or absence.lifted or absence.plan != command.plan or not isinstance(booked, Booked):
        return ()
    if not absence.covers(booked.visit.stretch) or booked.visit.stretch.start <= command.at:
        return ()
    match command.plan:
        case Keep():
            return ()
        case Cancel():
            return tuple(_cancelled(command, each) for each in together(booked, known, command.at))
        case Move() | HandOver():
            if command.visit is None or command.visit.stretch.start <= command.at:
                raise AlreadyOver
            decided = _moved if isinstance(command.plan, Move) else _handed_over
            rules = replace(booked.rules, rooms=command.rooms, capacity=command.capacity)
            return decided(command, booked, _check(booked, command.visit, rules, command, known), rules)
        case _:
            assert_never(command.plan)


def close(command: CloseAbsence, known: Known) -> Events:
    absence = known.absences.get(command.absence_id)
    if absence is None or absence.lifted or absence.plan != command.plan or absence.settled:
        return ()
    ids = absence.absence_id, absence.agenda_id
    return (AbsenceSettled(command.at, *ids, command.plan, tuple(sorted(command.left))),)


def rooms_there(plan: Plan, booked: Booked, colleague: Agenda | None) -> tuple[str, ...]:
    """The rooms that a visit may take where it goes: the colleague's for that motive; without one, as it was booked."""
    visit, rooms = booked.visit, booked.rules.rooms
    if not isinstance(plan, HandOver) or colleague is None:
        return rooms
    motive = next((each for each in colleague.motives if each.id == visit.motive_id), None)
    if motive is not None:
        return motive.rooms_in(visit.mode)
    return rooms if colleague.place_id == visit.place_id else ()


def target(plan: Plan, visit: Visit, colleague: Agenda | None) -> Visit | None:
    """Where a visit goes: to another day at the same time on the place's wall, or to the colleague; None: nowhere."""
    stretch = visit.stretch.of_agenda()
    match plan:
        case Keep() | Cancel():
            return None
        case Move():
            wall = stretch.start.astimezone(ZoneInfo(visit.zone)) + timedelta(days=plan.days)
            start = wall.astimezone(UTC)
            return replace(visit, stretch=replace(stretch, start=start, end=start + (stretch.end - stretch.start)))
        case HandOver():
            if colleague is None or colleague.closed:
                return None
            return replace(
                visit,
                stretch=replace(stretch, agenda_id=colleague.agenda_id),
                practitioner_id=colleague.practitioner_id,
                place_id=colleague.place_id,
                zone=colleague.zone,
            )
        case _:
            assert_never(plan)


def _moved(command: SettleAppointment, booked: Booked, visit: Visit, rules: Rules) -> Events:
    moved = AppointmentMoved(
        at=command.at,
        appointment_id=booked.appointment_id,
        person_id=booked.person_id,
        account_id=booked.account_id,
        visit=visit,
        rules=rules,
        left=booked.visit.stretch,
        version=booked.version + 1,
        by="practice",
        linked_to=booked.linked_to,
    )
    return (moved,)


def _handed_over(command: SettleAppointment, booked: Booked, visit: Visit, rules: Rules) -> Events:
    new = command.new_appointment_id
    whose = booked.person_id, booked.account_id, visit, rules
    return (
        replace(_cancelled(command, booked), replaced_by=new),
        AppointmentBookedByPractice(command.at, new, *whose),
    )


def _check(booked: Booked, visit: Visit, rules: Rules, command: SettleAppointment, known: Known) -> Visit:
    """There is room, and the patient is free; who may book and how often was decided when they booked."""
    if isinstance(command.plan, Move):
        check_apart(booked, visit, known)
    own = frozenset({booked.appointment_id})
    rules = replace(rules, min_days_between=0, max_future_per_patient=None)
    placed = check_room(visit, rules, known, command.at, but=own)
    check_patient(booked.person_id, placed, rules, known, command.at, but=own)
    return placed


def _cancelled(command: SettleAppointment, booked: Booked) -> AppointmentCancelled:
    return AppointmentCancelled(
        at=command.at,
        appointment_id=booked.appointment_id,
        person_id=booked.person_id,
        account_id=booked.account_id,
        visit=booked.visit,
        version=booked.version + 1,
        by="absence",
        linked_to=booked.linked_to,
    )


def _standing(known: Known, absence_id: str, agenda_id: str) -> Absence:
    absence = known.absences.get(absence_id)
    if absence is None or absence.lifted or absence.agenda_id != agenda_id:
        raise NoSuchAbsence
    return absence
