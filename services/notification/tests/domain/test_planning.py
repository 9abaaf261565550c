"""When messages are due (`booking-rules.md`, "Messages"): given a booking, then these messages at these local times."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notification.domain.appointment import Cancelled, Confirmed, Moved, Visit
from notification.domain.planning import Planned, change_sms, offer_sms, plan, plan_offer

PARIS = ZoneInfo("Europe/Paris")


def at(local: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))


def by_kind(planned: tuple[Planned, ...]) -> dict[tuple[str, str], Planned]:
    found = {(message.kind, message.channel): message for message in planned}
    assert len(found) == len(planned), "two messages of one kind and channel"
    return found


def local(message: Planned, zone: ZoneInfo = PARIS) -> datetime:
    return message.due_at.astimezone(zone)


def test_a_confirmation_goes_out_by_email_at_once(make_visit) -> None:
    booked = at("2026-12-02T23:41")
    found = by_kind(plan(Confirmed(make_visit("2026-12-20T10:20"), booked)))
    assert found["confirmation", "email"].due_at == booked
    assert ("confirmation", "sms") not in found


def test_booked_more_than_seven_days_ahead_there_are_two_emails_and_an_sms_two_days_before(make_visit) -> None:
    found = by_kind(plan(Confirmed(make_visit("2026-12-18T10:20"), at("2026-12-10T18:00"))))
    week, day = found["reminder_week", "email"], found["reminder_day", "email"]
    sms = found["reminder_sms", "sms"]
    assert local(week).date().isoformat() == "2026-12-11"
    assert local(day).date().isoformat() == "2026-12-17"
    assert local(sms).date().isoformat() == "2026-12-16"
    for message in (week, day):
        assert time(14) <= local(message).time() < time(16)
    assert time(8) <= local(sms).time() < time(20)


def test_booked_seven_days_ahead_or_less_there_is_one_email_and_an_sms_the_day_before(make_visit) -> None:
    found = by_kind(plan(Confirmed(make_visit("2026-12-17T18:00"), at("2026-12-10T09:00"))))
    assert ("reminder_week", "email") not in found
    assert local(found["reminder_day", "email"]).date().isoformat() == "2026-12-16"
    assert local(found["reminder_sms", "sms"]).date().isoformat() == "2026-12-16"


@pytest.mark.parametrize(
    ("booked", "due"),
    [
        ("2026-12-02T09:00", "2026-12-02T09:10"),
        ("2026-12-02T19:49", "2026-12-02T19:59"),
        ("2026-12-02T19:50", "2026-12-03T08:00"),
        ("2026-12-02T22:00", "2026-12-03T08:00"),
        ("2026-12-02T00:30", "2026-12-02T08:00"),
        ("2026-12-03T13:00", "2026-12-03T13:10"),
        ("2026-12-03T15:00", "2026-12-03T15:10"),
    ],
)
def test_booked_late_the_sms_follows_after_ten_minutes_within_civil_hours(make_visit, booked: str, due: str) -> None:
    found = by_kind(plan(Confirmed(make_visit("2026-12-03T18:00"), at(booked))))
    assert found["reminder_sms", "sms"].due_at == at(due)


def test_booked_the_same_morning_there_is_only_the_confirmation(make_visit) -> None:
    found = by_kind(plan(Confirmed(make_visit("2026-12-03T18:00"), at("2026-12-03T12:59"))))
    assert set(found) == {("confirmation", "email")}


def test_an_sms_that_could_only_come_after_the_start_is_not_planned(make_visit) -> None:
    found = by_kind(plan(Confirmed(make_visit("2026-12-03T07:30"), at("2026-12-02T21:00"))))
    assert set(found) == {("confirmation", "email")}


def test_the_day_before_email_is_left_out_once_its_window_has_opened(make_visit) -> None:
    before = by_kind(plan(Confirmed(make_visit("2026-12-03T18:00"), at("2026-12-02T13:59"))))
    after = by_kind(plan(Confirmed(make_visit("2026-12-03T18:00"), at("2026-12-02T14:00"))))
    assert ("reminder_day", "email") in before
    assert ("reminder_day", "email") not in after


def test_times_are_those_of_the_place_across_the_change_of_clocks_and_far_away(make_visit) -> None:
    noumea = ZoneInfo("Pacific/Noumea")
    spring = by_kind(plan(Confirmed(make_visit("2027-03-29T09:00"), at("2027-02-01T09:00"))))
    assert time(14) <= local(spring["reminder_day", "email"]).time() < time(16)
    assert local(spring["reminder_day", "email"]).utcoffset() == timedelta(hours=2)
    far = by_kind(plan(Confirmed(make_visit("2027-03-29T09:00", "Pacific/Noumea"), at("2027-02-01T09:00"))))
    assert local(far["reminder_day", "email"], noumea).date().isoformat() == "2027-03-28"
    assert time(14) <= local(far["reminder_day", "email"], noumea).time() < time(16)


def test_a_reminder_of_the_week_before_is_of_no_use_once_that_of_the_day_before_is_due(make_visit) -> None:
    found = by_kind(plan(Confirmed(make_visit("2026-12-18T10:20"), at("2026-11-10T18:00"))))
    assert found["reminder_week", "email"].useful_until == at("2026-12-17T14:00")
    assert found["reminder_day", "email"].useful_until == at("2026-12-18T10:20")


def test_a_cancellation_by_the_patient_is_confirmed_by_email_only(make_visit) -> None:
    cancelled = Cancelled(make_visit("2026-12-03T10:20", version=2), at("2026-12-02T10:00"), "patient")
    assert set(by_kind(plan(cancelled))) == {("cancellation", "email")}


@pytest.mark.parametrize("by", ["practice", "absence"])
def test_a_cancellation_by_the_practice_within_48_hours_is_told_by_sms_too(make_visit, by) -> None:
    visit = make_visit("2026-12-03T10:20", version=2)
    close = by_kind(plan(Cancelled(visit, at("2026-12-01T21:00"), by)))
    assert close["cancellation", "email"].due_at == at("2026-12-01T21:00")
    assert close["cancellation", "sms"].due_at == at("2026-12-02T08:00")
    early = by_kind(plan(Cancelled(visit, at("2026-12-01T10:19"), by)))
    assert set(early) == {("cancellation", "email")}


def test_nothing_else_follows_a_cancellation(make_visit) -> None:
    cancelled = Cancelled(make_visit("2027-12-03T10:20", version=2), at("2026-12-02T10:00"), "patient")
    assert {message.kind for message in plan(cancelled)} == {"cancellation"}


def moved(visit: Visit, when: str, by: str = "practice", before: str = "2026-12-20T10:20") -> Moved:
    return Moved(visit, at(when), by, at(before))  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["patient", "practice"])
def test_a_move_is_told_by_email_at_once_and_the_new_time_is_reminded_of_like_a_booking(make_visit, by) -> None:
    visit = make_visit("2026-12-18T10:20", version=2)
    booked, found = plan(Confirmed(visit, at("2026-12-10T18:00"))), plan(moved(visit, "2026-12-10T18:00", by))
    assert found[0] == Planned("move", "email", at("2026-12-10T18:00"), visit.end)
    assert found[1:] == booked[1:]
    assert {message.kind for message in booked[1:]} == {"reminder_week", "reminder_day", "reminder_sms"}


@pytest.mark.parametrize(
    ("start", "before", "due"),
    [
        ("2026-12-03T10:20", "2026-12-20T10:20", "2026-12-02T08:00"),  # the new time is close
        ("2026-12-20T10:20", "2026-12-03T10:20", "2026-12-02T08:00"),  # the old one is
        ("2026-12-20T10:20", "2026-12-03T21:01", None),
        ("2026-12-03T21:01", "2026-12-20T10:20", None),
        ("2026-12-02T07:30", "2026-12-20T10:20", None),  # no civil hour is left
    ],
)
def test_a_move_by_the_practice_is_told_by_sms_too_when_either_time_is_within_48_hours(
    make_visit, start: str, before: str, due: str | None
) -> None:
    visit = make_visit(start, version=2)
    sms = [m for m in plan(moved(visit, "2026-12-01T21:00", before=before)) if (m.kind, m.channel) == ("move", "sms")]
    assert sms == ([Planned("move", "sms", at(due), visit.start)] if due else [])


def test_a_move_that_the_patient_made_is_told_by_email_only(make_visit) -> None:
    found = plan(moved(make_visit("2026-12-03T10:20", version=2), "2026-12-02T10:00", "patient"))
    assert [message.channel for message in found if message.kind == "move"] == ["email"]


def test_an_sms_that_has_just_told_the_new_time_is_not_repeated_as_a_reminder_ten_minutes_later(make_visit) -> None:
    visit = make_visit("2026-12-03T10:20", version=2)
    by_practice = by_kind(plan(moved(visit, "2026-12-02T10:00")))
    assert set(by_practice) == {("move", "email"), ("move", "sms"), ("reminder_day", "email")}
    by_patient = by_kind(plan(moved(visit, "2026-12-02T10:00", "patient")))
    assert by_patient["reminder_sms", "sms"].due_at == at("2026-12-02T10:10")


def test_only_what_the_practice_changed_is_told_by_sms_instead_of_an_email(make_visit) -> None:
    visit, early = make_visit("2026-12-20T10:20", version=2), at("2026-12-01T21:00")
    cancelled = Cancelled(visit, early, "practice")
    assert change_sms("move", moved(visit, "2026-12-01T21:00")) == Planned(
        "move", "sms", at("2026-12-02T08:00"), visit.start
    )
    assert change_sms("cancellation", cancelled) == Planned("cancellation", "sms", at("2026-12-02T08:00"), visit.start)
    assert change_sms("move", moved(visit, "2026-12-01T21:00", "patient")) is None
    assert change_sms("reminder_day", moved(visit, "2026-12-01T21:00")) is None
    assert change_sms("confirmation", Confirmed(visit, early)) is None


@given(
    start=st.integers(0, 3 * 366 * 24 * 12).map(lambda steps: at("2026-01-01T00:00") + steps * timedelta(minutes=5)),
    ahead=st.timedeltas(timedelta(minutes=5), timedelta(days=120)),
    zone=st.sampled_from(["Europe/Paris", "Pacific/Noumea", "America/Cayenne", "Indian/Reunion", "America/Miquelon"]),
)
def test_whatever_is_booked_every_message_is_after_the_booking_and_sms_keep_civil_hours(start, ahead, zone) -> None:
    place = ZoneInfo(zone)
    visit = Visit("a", 1, "g", "p", "l", "n", "c", "m", "in_person", start, start + timedelta(minutes=5), zone)
    booked = start - ahead
    for message in plan(Confirmed(visit, booked)):
        assert booked <= message.due_at < message.useful_until
        if message.kind != "confirmation":
            assert message.due_at < start
        if message.channel == "sms":
            assert time(8) <= local(message, place).time() < time(20)
        assert message in plan(Confirmed(visit, booked)), "the same question has the same answer"


def test_an_appointment_that_another_takes_the_place_of_is_told_once_by_the_others_confirmation(make_visit) -> None:
    cancelled = Cancelled(make_visit("2026-12-03T10:20", version=2), at("2026-12-02T10:00"), "absence", replaced=True)
    assert plan(cancelled) == ()


def test_who_knew_of_an_appointment_before_it_came_here_is_reminded_and_not_told_again(make_visit) -> None:
    told = plan(Confirmed(make_visit("2026-12-18T10:20"), at("2026-12-10T18:00")))
    known = plan(Confirmed(make_visit("2026-12-18T10:20"), at("2026-12-10T18:00"), known_before=True))
    assert known == told[1:]
    assert told[0].kind == "confirmation"


@pytest.mark.parametrize(
    ("offered", "start", "due"),
    [
        ("2026-12-01T10:00", "2026-12-03T10:00", "2026-12-01T10:00"),
        ("2026-12-01T10:00", "2026-12-03T10:01", None),  # more than 48 hours ahead
        ("2026-12-01T07:00", "2026-12-02T10:00", "2026-12-01T08:00"),
        ("2026-12-01T06:00", "2026-12-02T10:00", None),  # expired when the civil hours begin
    ],
)
def test_an_offer_goes_out_at_once_by_sms_too_when_it_is_close_and_never_after_it_has_expired(
    make_visit, make_offer, offered: str, start: str, due: str | None
) -> None:
    offer = make_offer(make_visit("2026-12-20T10:20"), start, at(offered))
    email, *sms = plan_offer(offer)
    assert email == Planned("offer", "email", at(offered), at(offered) + timedelta(hours=2), "offer-1")
    assert sms == ([Planned("offer", "sms", at(due), offer.expires_at, "offer-1")] if due else [])


def test_an_offer_that_has_expired_when_it_is_made_is_told_to_nobody(make_visit, make_offer) -> None:
    now = at("2026-12-01T10:00")
    assert plan_offer(make_offer(make_visit("2026-12-20T10:20"), "2026-12-03T10:00", now, expires_at=now)) == ()


def test_where_there_is_no_email_a_distant_offer_goes_by_sms(make_visit, make_offer) -> None:
    offer = make_offer(make_visit("2026-12-20T10:20"), "2026-12-10T10:00", at("2026-12-01T10:00"))
    assert offer_sms(offer) == Planned("offer", "sms", offer.at, offer.expires_at, "offer-1")
