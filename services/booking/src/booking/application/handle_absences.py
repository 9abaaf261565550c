"""Absences as tasks: which boundary to read, and the command that meets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from booking.application.handle import Task
from booking.domain import tags
from booking.domain.agenda import Agenda
from booking.domain.commands_absences import CloseAbsence, EndAbsence, NoteAbsence, PlanAbsence, SettleAppointment
from booking.domain.decide_absences import rooms_there, target
from booking.domain.events_absences import Plan
from booking.domain.states import Booked


def note(absence_id: str, agenda_id: str, start: datetime, end: datetime, plan: Plan) -> Task:
    """Whoever books there at the same time reads `away:` and finds it; who was before is settled."""
    absence = tags.absence(absence_id)
    return Task(absence, (absence,), lambda at: NoteAbsence(at, absence_id, agenda_id, start, end, plan))


def plan_for(absence_id: str, agenda_id: str, plan: Plan) -> Task:
    absence = tags.absence(absence_id)
    return Task(absence, (absence,), lambda at: PlanAbsence(at, absence_id, agenda_id, plan))


def end(absence_id: str) -> Task:
    absence = tags.absence(absence_id)
    return Task(absence, (absence,), lambda at: EndAbsence(at, absence_id))


def settle(absence_id: str, booked: Booked, plan: Plan, new_id: str, there: Agenda | None) -> Task:
    """The absence, the appointment, and the time that it goes to, if any; `there`: the agenda that it goes to."""
    about: tags.Tags = (tags.absence(absence_id), tags.appointment(booked.appointment_id))
    visit, rooms = target(plan, booked.visit, there), rooms_there(plan, booked, there)
    capacity = 1
    if visit is not None:
        if there is not None:
            capacity = there.capacity(visit.motive_id, visit.mode, visit.stretch.start)
        about += (tags.person(booked.person_id), *tags.around(visit, replace(booked.rules, rooms=rooms)))
    return Task(
        tags.appointment(booked.appointment_id),
        about,
        lambda at: SettleAppointment(at, absence_id, booked.appointment_id, plan, visit, new_id, rooms, capacity),
    )


def close(absence_id: str, plan: Plan, left: tuple[str, ...]) -> Task:
    absence = tags.absence(absence_id)
    return Task(absence, (absence,), lambda at: CloseAbsence(at, absence_id, plan, left))
