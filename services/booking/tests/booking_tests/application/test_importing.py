"""A practice's file becomes rows: CSV and iCalendar, each bad row with its reason."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from booking.application.importing import BadRow, Row, Unreadable, read_csv, read_icalendar, reason_of
from booking.domain.rejections import SlotTaken

PARIS = ZoneInfo("Europe/Paris")
EIGHT = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "start",
    ["2027-03-01 09:00", "2027-03-01T09:00", "01/03/2027 09:00", "2027-03-01T08:00:00Z", "2027-03-01T09:00+01:00"],
)
def test_a_line_of_csv_is_a_row_whatever_the_form_of_its_time(start: str) -> None:
    for text in (
        f"\ufeffReference;person_id;motive_id;start\r\nr1;anna;m;{start}\r\n",
        f"start,motive_id,person_id,reference,note\n{start},m,anna,r1,x\n",
    ):
        assert list(read_csv(text, PARIS)) == [Row(2, "r1", "anna", "m", "in_person", EIGHT, None)]


def test_end_and_mode_are_read_when_they_are_there() -> None:
    text = "reference;person_id;motive_id;start;end;mode\nr1;anna;m;2027-03-01 09:00;2027-03-01 09:20;video\n"
    (row,) = read_csv(text, PARIS)
    assert row == Row(2, "r1", "anna", "m", "video", EIGHT, EIGHT.replace(minute=20))


def test_a_bad_line_is_named_and_the_others_are_read() -> None:
    text = (
        "reference;person_id;motive_id;start;mode\n;anna;m;2027-03-01 09:00;\nr2;anna;m;tomorrow;\n"
        "r3;anna;m;2027-03-01 09:00;phone\nr4;anna;m;2027-03-01 09:00;\n"
    )
    rows = list(read_csv(text, PARIS))
    assert rows[:3] == [BadRow(2, "field-missing"), BadRow(3, "time-unreadable"), BadRow(4, "mode-unknown")]
    assert isinstance(rows[3], Row)


def test_a_time_in_the_hour_that_is_left_out_is_a_bad_row_and_the_first_of_the_doubled_hour_is_meant() -> None:
    text = "reference;person_id;motive_id;start\nr1;anna;m;2027-03-28 02:30\nr2;anna;m;2027-10-31 02:30\n"
    left_out, doubled = read_csv(text, PARIS)
    assert left_out == BadRow(2, "time-unreadable")
    assert isinstance(doubled, Row)
    assert doubled.start == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    zoned = event("UID:r1", *WHO, "DTSTART;TZID=Europe/Paris:20270328T023000")
    file = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{zoned}\r\nEND:VCALENDAR\r\n"
    assert list(read_icalendar(file, ZoneInfo("America/Martinique"))) == [BadRow(1, "time-unreadable")]


@pytest.mark.parametrize("start", ["01/01/0001 00:00", "9999-12-31 23:59", "9999-12-31T23:50-05:00"])
def test_a_time_at_the_ends_of_the_calendar_is_a_bad_row(start: str) -> None:
    text = f"reference;person_id;motive_id;start\nr1;anna;m;{start}\n"
    assert list(read_csv(text, PARIS)) == [BadRow(2, "time-unreadable")]


@pytest.mark.parametrize("times", [("DTSTART:00010101T000000",), ("DTSTART:20270301T080000Z", "DURATION:P999999999D")])
def test_an_event_at_the_ends_of_the_calendar_is_a_bad_row(times: tuple[str, ...]) -> None:
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event('UID:r1', *WHO, *times)}\r\nEND:VCALENDAR\r\n"
    assert list(read_icalendar(text, PARIS)) == [BadRow(1, "time-unreadable")]


def test_a_file_whose_quotes_do_not_end_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="CSV"):
        list(read_csv('reference;person_id;motive_id;start\n"' + "x" * 200_000, PARIS))


def test_a_file_without_its_columns_is_unreadable() -> None:
    for text in ("", "a;b\n1;2\n", "reference;person_id;motive_id\n"):
        with pytest.raises(Unreadable, match="header lacks"):
            list(read_csv(text, PARIS))


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", "DTSTAMP:20270101T000000Z", *lines, "END:VEVENT"))


WHO = ("ATTENDEE:urn:uuid:anna", "CATEGORIES:m")


@pytest.mark.parametrize(
    "times",
    [
        ("DTSTART:20270301T080000Z", "DTEND:20270301T082000Z"),
        ("DTSTART;TZID=Europe/Paris:20270301T090000", "DURATION:PT20M"),
        ("DTSTART:20270301T090000", "DTEND:20270301T092000"),
    ],
)
def test_an_event_is_a_row_in_utc_in_a_zone_or_on_the_wall(times: tuple[str, ...]) -> None:
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event('UID:r1', *WHO, *times)}\r\nEND:VCALENDAR\r\n"
    assert list(read_icalendar(text, PARIS)) == [
        Row(1, "r1", "anna", "m", "in_person", EIGHT, EIGHT.replace(minute=20))
    ]


def test_an_event_that_is_no_appointment_is_named() -> None:
    start = "DTSTART:20270301T080000Z"
    events = [
        event("UID:r1", *WHO, start, "RRULE:FREQ=WEEKLY"),
        event("UID:r2", *WHO, start, "STATUS:CANCELLED"),
        event("UID:r3", "CATEGORIES:m", start),
        event("UID:r4", *WHO, "DTSTART;VALUE=DATE:20270301"),
        event(*WHO, start),
        event("UID:r6", WHO[0], "CATEGORIES:m,n", start),
    ]
    text = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", ""))
    reasons = ["recurring", "cancelled", "field-missing", "time-unreadable", "field-missing", "field-missing"]
    assert list(read_icalendar(text, PARIS)) == [BadRow(n, reason) for n, reason in enumerate(reasons, 1)]
    with pytest.raises(Unreadable):
        list(read_icalendar("no calendar", PARIS))


def test_a_refusal_is_named_in_the_report_as_in_http() -> None:
    assert reason_of(SlotTaken()) == "slot-taken"
