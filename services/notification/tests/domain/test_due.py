"""What is decided when a message's time has come, before anybody is asked for an address."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from notification.domain.appointment import Confirmed
from notification.domain.due import ATTEMPTS_AT_A_BAD_RECORD_MAX, KEY_KNOWN_FOR, Due, after_an_error, not_now
from notification.domain.outcome import Dropped, Failed, Postponed, TryLater, Unknown

PARIS = ZoneInfo("Europe/Paris")


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=PARIS)


@pytest.fixture
def due(make_visit: Any, make_practitioner: Any) -> Any:
    def make(**changes: Any) -> Due:
        fields: dict[str, Any] = {
            "message_id": "m1", "kind": "reminder_day", "channel": "email", "useful_until": at("2026-12-03T10:20"),
            "reason": None, "open_since": None, "appointment": Confirmed(make_visit(), at("2026-11-23T09:00")),
            "practitioner": make_practitioner(),
        }  # fmt: skip
        return Due(**fields | changes)

    return make


def test_a_message_goes_out_until_it_is_of_no_use(due: Any) -> None:
    assert not_now(due(), at("2026-12-03T10:19")) is None
    assert not_now(due(), at("2026-12-03T10:20")) == Dropped("too_late")


def test_one_that_could_not_be_sent_in_time_has_failed_for_the_last_reason(due: Any) -> None:
    assert not_now(due(reason="smtp_away"), at("2026-12-03T10:20")) == Failed("smtp_away")


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-12-02T07:59", Postponed(at("2026-12-02T08:00"))),
        ("2026-12-02T08:00", None),
        ("2026-12-02T19:59", None),
        ("2026-12-02T20:00", Postponed(at("2026-12-03T08:00"))),
    ],
)
def test_an_sms_that_was_held_up_waits_for_civil_hours(due: Any, now: str, wanted: Any) -> None:
    assert not_now(due(channel="sms"), at(now)) == wanted


def test_an_sms_whose_next_civil_hour_is_too_late_is_dropped(due: Any) -> None:
    assert not_now(due(channel="sms", useful_until=at("2026-12-03T07:30")), at("2026-12-02T21:00")) == Dropped(
        "too_late"
    )


def test_an_sms_that_may_be_out_is_repeated_only_while_the_gateway_knows_its_key(due: Any) -> None:
    since = at("2026-12-01T08:30")
    open_one = due(channel="sms", open_since=since, reason="sms_silence")
    assert not_now(open_one, since + timedelta(hours=1)) is None
    assert not_now(open_one, since + KEY_KNOWN_FOR) == Unknown("sms_silence")


def test_a_message_that_cannot_be_written_is_tried_a_few_times(due: Any) -> None:
    assert after_an_error(1, "KeyError") == TryLater("error:KeyError")
    assert after_an_error(ATTEMPTS_AT_A_BAD_RECORD_MAX, "KeyError") == Failed("error:KeyError")
