"""Appointments and practitioners to test with; all invented."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from booking_events.directory import Place, Position, PractitionerRegistered, PractitionerState
from notification.domain.appointment import Visit

MakeVisit = Callable[..., Visit]
MakePractitioner = Callable[..., PractitionerState]


@pytest.fixture(scope="session")
def make_visit() -> MakeVisit:
    """A visit at a local time: `make_visit("2026-12-03T10:20")`; the other fields by name."""

    def make(start: str = "2026-12-03T10:20", zone: str = "Europe/Paris", **changes: Any) -> Visit:
        at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
        fields: dict[str, Any] = {
            "appointment_id": "7f3c2a9e-1111-4222-8333-123456789abc",
            "version": 1,
            "agenda_id": "agenda-1",
            "practitioner_id": "practitioner-1",
            "place_id": "place-1",
            "person_id": "person-1",
            "account_id": "account-1",
            "motive_id": "motive-1",
            "mode": "in_person",
            "start": at,
            "end": at + timedelta(minutes=15),
            "zone": zone,
        }
        return Visit(**fields | changes)

    return make


@pytest.fixture(scope="session")
def make_practitioner() -> MakePractitioner:
    def make(**changes: Any) -> PractitionerState:
        place = Place(
            id="place-1",
            name="Cabinet de dermatologie Imaginaire",
            address="12 rue Imaginaire",
            postcode="49000",
            city="Angers",
            position=Position(lat=47.4738, lon=-0.5478),
            zone="Europe/Paris",
            phone="+33261910001",
            access=("2e étage, code 1234", "Ascenseur"),
        )
        fields: dict[str, Any] = {
            "practitioner_id": "practitioner-1",
            "status": "registered",
            "title": "Dr",
            "first_name": "Jeanne",
            "last_name": "Lefèvre",
            "speciality": "Dermatologue",
            "places": (place,),
            "carte_vitale": True,
            "payment_means": ("card", "cheque"),
        }
        return PractitionerRegistered(**fields | changes)

    return make
