"""Rows of notification's tables as what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from booking_events import load
from booking_events.directory import PractitionerRegistered, PractitionerState

from notification.domain.appointment import (
    Appointment,
    Cancelled,
    Confirmed,
    Declined,
    Moved,
    Offer,
    Requested,
    Visit,
    Withdrawn,
)

VISIT = (
    "a.appointment_id, a.version, a.agenda_id, a.practitioner_id, a.place_id, a.person_id, a.account_id, a.motive_id,"
    " a.mode, a.start_at, a.end_at, a.zone"
)
APPOINTMENT = f"{VISIT}, a.changed_at, a.moved_by, a.previous_start, a.cancelled_by, a.request_ended, a.request_waits"

OFFER = (
    "o.offer_id, o.place_id AS offered_place_id, o.mode AS offered_mode, o.start_at AS offered_start,"
    " o.end_at AS offered_end, o.zone AS offered_zone, o.offered_at, o.expires_at"
)


def visit_of(row: Mapping[str, Any]) -> Visit:
    """The visit of a row with the columns `VISIT`."""
    return Visit(
        appointment_id=row["appointment_id"],
        version=row["version"],
        agenda_id=row["agenda_id"],
        practitioner_id=row["practitioner_id"],
        place_id=row["place_id"],
        person_id=row["person_id"],
        account_id=row["account_id"],
        motive_id=row["motive_id"],
        mode=row["mode"],
        start=row["start_at"],
        end=row["end_at"],
        zone=row["zone"],
    )


def appointment_of(row: Mapping[str, Any]) -> Appointment:
    """The appointment of a row with the columns `APPOINTMENT`."""
    visit, at = visit_of(row), row["changed_at"]
    if row["request_ended"] == "withdrawn":
        return Withdrawn(visit, at)
    if row["request_ended"] is not None:
        return Declined(visit, at, lapsed=row["request_ended"] == "lapsed")
    if row["request_waits"]:
        return Requested(visit, at)
    if row["cancelled_by"] is not None:
        return Cancelled(visit, at, row["cancelled_by"])
    if row["moved_by"] is not None:
        return Moved(visit, at, row["moved_by"], row["previous_start"])
    return Confirmed(visit, at)


def offer_of(row: Mapping[str, Any]) -> Offer | None:
    """The offer of a row with the columns `OFFER`, if it tells of one."""
    if row["offer_id"] is None:
        return None
    return Offer(
        offer_id=row["offer_id"],
        appointment_id=row["appointment_id"],
        place_id=row["offered_place_id"],
        mode=row["offered_mode"],
        start=row["offered_start"],
        end=row["offered_end"],
        zone=row["offered_zone"],
        at=row["offered_at"],
        expires_at=row["expires_at"],
    )


def practitioner_of(profile: Mapping[str, Any] | None) -> PractitionerState | None:
    """The practitioner of a stored profile, which another version of this service may have written."""
    if profile is None:
        return None
    state = load(PractitionerRegistered, json.dumps(profile).encode())
    return state if isinstance(state, PractitionerState) else None
