"""Decisions on appointments that a practice brings with it: each becomes one of ours, once, where there is room."""

from __future__ import annotations

from dataclasses import replace

from booking.domain.checks import check_room
from booking.domain.commands_practice import ImportVisit
from booking.domain.events import Event
from booking.domain.events_practice import AppointmentImported
from booking.domain.facts import CELL_SECONDS
from booking.domain.patients import check_patient
from booking.domain.rejections import AlreadyOver, ImportedOtherwise, OffTheGrid
from booking.domain.states import Appointment, Known


def import_visit(command: ImportVisit, known: Known) -> tuple[Event, ...]:
    """What was agreed elsewhere is bound by no rule of online booking, only by what cannot be at once."""
    before = known.appointments.get(command.appointment_id)
    if before is not None:
        _check_same(command, before)
        return ()
    stretch = command.visit.stretch
    if stretch.start <= command.at:
        raise AlreadyOver
    cells = stretch.start.timestamp() % CELL_SECONDS, stretch.end.timestamp() % CELL_SECONDS
    if any(cells) or stretch.end <= stretch.start:
        raise OffTheGrid
    unlimited = replace(
        command.rules, max_per_day=None, max_per_week=None, max_future_per_patient=None, min_days_between=0
    )
    visit = check_room(command.visit, unlimited, known, command.at, but=frozenset())
    check_patient(command.person_id, command.visit, unlimited, known, command.at)
    facts = command.appointment_id, command.person_id, command.account_id, visit, command.rules
    return (AppointmentImported(command.at, *facts),)


def _check_same(command: ImportVisit, before: Appointment) -> None:
    """What has become of it here since counts. Its length does not: a motive may take another time by now."""
    told, had = command.visit, before.visit
    same = (told.stretch.start, told.motive_id, told.mode) == (had.stretch.start, had.motive_id, had.mode)
    if before.version == 1 and not (same and command.person_id == before.person_id):
        raise ImportedOtherwise
