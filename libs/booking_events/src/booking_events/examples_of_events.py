"""One example of each event, with every field shown. Everybody and everything in it is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from booking_events import accounts, availability, booking, directory, notification
from booking_events.base import PublicEvent

PRACTITIONER, PLACE = "11111111-0000-5000-8000-000000000001", "22222222-0000-5000-8000-000000000001"
AGENDA, MOTIVE = "33333333-0000-4000-8000-000000000001", "44444444-0000-4000-8000-000000000001"
SECOND = "44444444-0000-4000-8000-000000000002"
PERSON, ACCOUNT = "55555555-0000-4000-8000-000000000001", "66666666-0000-4000-8000-000000000001"
HOLD, APPOINTMENT = "77777777-0000-4000-8000-000000000001", "88888888-0000-4000-8000-000000000001"
REPLACEMENT = "88888888-0000-4000-8000-000000000002"
ROOM = "cccccccc-0000-4000-8000-000000000001"
REQUEST = "dddddddd-0000-4000-8000-000000000001"
OFFER = "bbbbbbbb-0000-4000-8000-000000000001"
ABSENCE, MESSAGE = "99999999-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000001"
START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
END = START + timedelta(minutes=20)
NOW = datetime(2027, 2, 26, 9, 30, tzinfo=UTC)

_place = directory.Place(
    id=PLACE,
    name="Cabinet de la Place-Exemple",
    address="1 place de l'Exemple",
    postcode="49000",
    city="Angers",
    commune="49007",
    position=directory.Position(lat=47.4736, lon=-0.5541),
    zone="Europe/Paris",
    territory="FR",
    phone="+33261910001",
    access=("step_free", "lift"),
)
_practitioner = {
    "practitioner_id": PRACTITIONER,
    "title": "Dr",
    "first_name": "Ariane",
    "last_name": "Exemple",
    "speciality": "dermatology",
    "places": (_place,),
    "sector": "1",
    "carte_vitale": True,
    "payment_means": ("card", "cheque"),
    "languages": ("fr", "en"),
    "fees": (directory.Fee(label="Consultation", amount="30.00", currency="EUR"),),
    "modes": ("in_person", "video"),
    "presentation": "Dermatologie générale.",
}
_agenda = {
    "agenda_id": AGENDA,
    "practitioner_id": PRACTITIONER,
    "place_id": PLACE,
    "speciality": "dermatology",
    "zone": "Europe/Paris",
    "territory": "FR",
    "holidays_closed": True,
    "opening_ranges": (
        availability.OpeningRange(
            weekdays=(1, 2, 4),
            start="09:00",
            end="12:30",
            valid_from=date(2027, 1, 4),
            valid_until=date(2027, 12, 31),
            every_weeks=2,
            except_dates=(date(2027, 3, 8),),
            motive_ids=(MOTIVE,),
            modes=("in_person", "video"),
            capacity=2,
        ),
    ),
    "extra_openings": (
        availability.ExtraOpening(
            on=date(2027, 3, 6), start="09:00", end="11:00", motive_ids=(MOTIVE,), modes=("video",), capacity=1
        ),
    ),
    "motives": (
        availability.MotiveRules(
            id=MOTIVE,
            name="Première consultation",
            speciality="dermatology",
            duration_minutes=20,
            modes=("in_person", "video"),
            price="30.00",
            currency="EUR",
            booking="everyone",
            instructions_before="Apportez vos ordonnances.",
            instructions_after="Évitez le soleil.",
            questions=(availability.Question(id="q1", text="Depuis quand ?", required=True),),
            buffer_before_minutes=5,
            buffer_after_minutes=5,
            notice_minutes=60,
            horizon_days=90,
            cancel_until_minutes=120,
            max_future_per_patient=2,
            move_until_minutes=720,
            min_days_between=6,
            max_per_day=8,
            max_per_week=30,
            second_visit=availability.SecondVisit(motive_id=SECOND, days_min=21, days_max=28, together=True),
            rooms=(ROOM,),
        ),
    ),
    "affected_from": date(2027, 3, 1),
    "affected_until": date(2027, 6, 30),
}
_visit = {
    "agenda_id": AGENDA,
    "start": START,
    "end": END,
    "practitioner_id": PRACTITIONER,
    "place_id": PLACE,
    "zone": "Europe/Paris",
    "motive_id": MOTIVE,
    "mode": "in_person",
    "buffer_before_minutes": 5,
    "buffer_after_minutes": 5,
    "room_id": ROOM,
}
_span = {"agenda_id": AGENDA, "start": START, "end": END}
_attendance = {
    "appointment_id": APPOINTMENT,
    "person_id": PERSON,
    "account_id": ACCOUNT,
    "recorded_at": END + timedelta(minutes=5),
}
_message = {
    "appointment_id": APPOINTMENT,
    "message_id": MESSAGE,
    "appointment_version": 1,
    "kind": "confirmation",
    "channel": "email",
}
_absence = {"agenda_id": AGENDA, "version": 4, "absence_id": ABSENCE, "start": START, "end": START + timedelta(days=5)}

EXAMPLES: tuple[PublicEvent, ...] = (
    directory.PractitionerListed.model_validate(_practitioner | {"status": "listed"}),
    directory.PractitionerRegistered.model_validate(_practitioner | {"status": "registered"}),
    directory.PractitionerProfileChanged.model_validate(_practitioner | {"status": "registered"}),
    directory.PractitionerWithdrawn(practitioner_id=PRACTITIONER, reason="gone-from-the-national-directory"),
    availability.AgendaOpened.model_validate(_agenda | {"version": 1}),
    availability.AgendaChanged.model_validate(_agenda | {"version": 2}),
    availability.AbsenceDeclared.model_validate(_absence | {"cancels_appointments": True}),
    availability.AbsenceLifted.model_validate(_absence),
    availability.AgendaClosed(agenda_id=AGENDA, version=9),
    availability.NextAvailabilityChanged(
        agenda_id=AGENDA,
        practitioner_id=PRACTITIONER,
        place_id=PLACE,
        zone="Europe/Paris",
        items=(
            availability.NextSlot(motive_id=MOTIVE, mode="in_person", start=START),
            availability.NextSlot(motive_id=MOTIVE, mode="video", start=None),
        ),
        as_of=NOW,
    ),
    booking.SlotHeld.model_validate(
        _visit | {"hold_id": HOLD, "held_by": ACCOUNT, "expires_at": NOW + timedelta(minutes=10)}
    ),
    booking.HoldReleased.model_validate(_span | {"hold_id": HOLD, "reason": "released"}),
    booking.HoldExpired.model_validate(_span | {"hold_id": HOLD}),
    booking.HoldExtended.model_validate(
        _span | {"hold_id": HOLD, "held_by": ACCOUNT, "expires_at": NOW + timedelta(minutes=20)}
    ),
    booking.AppointmentConfirmed.model_validate(
        _visit
        | {"appointment_id": APPOINTMENT, "hold_id": HOLD, "person_id": PERSON, "account_id": ACCOUNT}
        | {"version": 1, "confirmed_at": NOW}
    ),
    booking.AppointmentCancelled.model_validate(
        _visit
        | {"appointment_id": APPOINTMENT, "person_id": PERSON, "account_id": ACCOUNT, "version": 2}
        | {"by": "patient", "cancelled_at": NOW + timedelta(hours=1), "replaced_by": REPLACEMENT}
    ),
    notification.MessageSent.model_validate(_message | {"sent_at": NOW}),
    notification.MessageFailed.model_validate(_message | {"outcome": "unknown", "reason": "connection-lost"}),
    accounts.PersonRegistered(person_id=PERSON, account_id=ACCOUNT),
    accounts.RelativeAdded(person_id="55555555-0000-4000-8000-000000000002", account_id=ACCOUNT),
    accounts.PersonErased(person_id=PERSON),
    # A new one stands last: each is numbered by its place.
    booking.AppointmentHonoured.model_validate(_visit | _attendance | {"version": 2}),
    booking.AppointmentMissed.model_validate(
        _visit | _attendance | {"version": 3, "excused": True, "correction": True}
    ),
    booking.AppointmentMoved.model_validate(
        _visit
        | {"appointment_id": APPOINTMENT, "person_id": PERSON, "account_id": ACCOUNT, "version": 2, "by": "patient"}
        | {"previous_start": START - timedelta(days=7), "previous_end": END - timedelta(days=7)}
        | {"moved_at": NOW + timedelta(hours=1)}
    ),
    booking.WaitingListJoined.model_validate(
        _visit | {"appointment_id": APPOINTMENT, "person_id": PERSON, "account_id": ACCOUNT, "joined_at": NOW}
    ),
    booking.EarlierSlotOffered.model_validate(
        _visit
        | {"offer_id": OFFER, "appointment_id": APPOINTMENT, "person_id": PERSON, "account_id": ACCOUNT}
        | {"expires_at": NOW + timedelta(hours=2), "offered_at": NOW}
    ),
    booking.AppointmentRequestEnded.model_validate(
        _visit
        | {"request_id": REQUEST, "person_id": PERSON, "account_id": ACCOUNT, "outcome": "declined", "ended_at": NOW}
    ),
    booking.AppointmentRequested.model_validate(
        _visit | {"request_id": REQUEST, "person_id": PERSON, "account_id": ACCOUNT, "requested_at": NOW}
    ),
)
