"""What each reader needs of each event: the fields that its handler truly reads, by their paths, and nothing else."""

from __future__ import annotations


def _fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLACES = _fields("practitioner_id status speciality places places[].id places[].zone places[].territory")
_LETTER = _fields(
    "practitioner_id status speciality title first_name last_name carte_vitale payment_means places places[].id"
    " places[].name places[].address places[].postcode places[].city places[].zone places[].phone places[].access"
    " places[].position places[].position.lat places[].position.lon"
)
_TIME = _fields("agenda_id start end mode motive_id room_id buffer_before_minutes buffer_after_minutes")
_VISIT = _fields(
    "appointment_id version agenda_id practitioner_id place_id person_id account_id motive_id mode start end zone"
)
_OPENING = _fields("motive_ids modes capacity start end")
_WEEKLY = _OPENING | _fields("weekdays valid_from valid_until every_weeks except_dates")
_AGENDA = (
    _fields("agenda_id version zone affected_from affected_until practitioner_id place_id motives motives[].questions")
    | _fields("motives[].questions[].id motives[].questions[].required opening_ranges extra_openings")
    | {f"opening_ranges[].{name}" for name in _WEEKLY}
    | {f"extra_openings[].{name}" for name in _OPENING | _fields("on")}
    | {
        f"motives[].{name}"
        for name in _fields(
            "id speciality duration_minutes modes booking buffer_before_minutes buffer_after_minutes"
            " cancel_until_minutes move_until_minutes max_future_per_patient min_days_between max_per_day max_per_week"
            " rooms notice_minutes on_request"
        )
    }
)
_ABSENCE = _fields("agenda_id version absence_id start end")

PACTS: dict[tuple[str, str], dict[str, frozenset[str]]] = {
    ("availability", "directory"): {
        "PractitionerListed.v1": _PLACES,
        "PractitionerRegistered.v1": _PLACES,
        "PractitionerProfileChanged.v1": _PLACES,
        "PractitionerWithdrawn.v1": _fields("practitioner_id"),
    },
    ("notification", "directory"): {
        "PractitionerListed.v1": _LETTER,
        "PractitionerRegistered.v1": _LETTER,
        "PractitionerProfileChanged.v1": _LETTER,
    },
    ("booking", "availability"): {
        "AgendaOpened.v1": _AGENDA,
        "AgendaChanged.v1": _AGENDA,
        "AbsenceDeclared.v1": _ABSENCE | _fields("cancels_appointments"),
        "AbsenceLifted.v1": _ABSENCE,
        "AgendaClosed.v1": _fields("agenda_id version"),
    },
    ("directory", "availability"): {
        "NextAvailabilityChanged.v1": _fields(
            "agenda_id practitioner_id place_id as_of items items[].motive_id items[].mode items[].start"
        ),
    },
    ("availability", "booking"): {
        "SlotHeld.v1": _TIME | _fields("hold_id held_by expires_at"),
        "HoldReleased.v1": _fields("agenda_id hold_id"),
        "HoldExpired.v1": _fields("agenda_id hold_id"),
        "HoldExtended.v1": _fields("agenda_id hold_id held_by expires_at"),
        "AppointmentConfirmed.v1": _TIME | _fields("appointment_id hold_id"),
        "AppointmentMoved.v1": _TIME | _fields("appointment_id"),
        "AppointmentCancelled.v1": _fields("agenda_id appointment_id"),
    },
    ("notification", "booking"): {
        "AppointmentConfirmed.v1": _VISIT | _fields("confirmed_at imported"),
        "AppointmentMoved.v1": _VISIT | _fields("moved_at by previous_start"),
        "AppointmentCancelled.v1": _VISIT | _fields("cancelled_at by replaced_by"),
        "AppointmentRequested.v1": _VISIT - _fields("appointment_id version") | _fields("request_id requested_at"),
        "AppointmentRequestEnded.v1": _VISIT - _fields("appointment_id version")
        | _fields("request_id outcome ended_at"),
        "EarlierSlotOffered.v1": _fields("offer_id appointment_id place_id mode start end zone offered_at expires_at"),
    },
    ("booking", "accounts"): {
        "PersonRegistered.v1": _fields("person_id account_id"),
        "RelativeAdded.v1": _fields("person_id account_id"),
        "PersonErased.v1": _fields("person_id"),
    },
}
"""By (consumer, provider). What a consumer passes over is not here."""
