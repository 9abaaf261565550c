"""Bookkeeping of absences. It never refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from booking.domain.events_absences import AbsenceEnded, AbsenceEvent, AbsenceNoted, AbsencePlanned, AbsenceSettled
from booking.domain.states import Known
from booking.domain.states_practice import Absence


def absence(known: Known, event: AbsenceEvent) -> Known:
    match event:
        case AbsenceNoted() | AbsencePlanned():
            # A plan repeats the absence's facts, and begins anew.
            stretch = event.agenda_id, event.start, event.end
            return known.with_absence(Absence(event.absence_id, *stretch, event.plan))
        case AbsenceEnded():
            before = known.absences.get(event.absence_id)
            return known if before is None else known.with_absence(replace(before, lifted=True))
        case AbsenceSettled():
            before = known.absences.get(event.absence_id)
            return known if before is None else known.with_absence(replace(before, settled=True, left=event.left))
        case _:
            assert_never(event)
