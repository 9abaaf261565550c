"""Cursors come back as they went or are refused; a version is asked for, and must be the newest."""

import base64
from datetime import UTC, datetime

import pytest
from pydantic import AwareDatetime
from service_kit.editing import check_version, etag
from service_kit.pages import Cursor, read_cursor
from service_kit.problems import Problem

PLACE = {"start": datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "id": "a-1"}


class Place(Cursor):
    start: AwareDatetime
    id: str


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def test_a_cursor_comes_back_as_it_went() -> None:
    assert read_cursor(Place, Place.model_validate(PLACE).text()) == Place.model_validate(PLACE)


@pytest.mark.parametrize(
    "text",
    [
        "", "é", "x", "%", encoded(b"[]"), encoded(b'{"id": "a-1"}'), encoded(b"\xff"),
        encoded(b'{"start": "2027-03-28T01:30:00", "id": "a-1"}'),
        encoded(b'{"start": "2027-03-28T01:30:00Z", "id": 1}'),
        encoded(b'{"start": "2027-03-28T01:30:00Z", "id": "a-1", "more": 1}'),
    ],
)  # fmt: skip
def test_what_is_no_cursor_of_the_list_is_a_field_error(text: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_cursor(Place, text)
    assert (refusal.value.kind.slug, refusal.value.members["errors"][0]["pointer"]) == ("invalid-field", "query/after")


@pytest.mark.parametrize(
    ("if_match", "refused"),
    [
        ('"7"', None), ('"6", "7"', None), ("*", None), (None, "precondition-required"),
        ('"6"', "precondition-failed"), ("7", "precondition-failed"), ('W/"7"', "precondition-failed"),
        ("", "precondition-failed"),
    ],
)  # fmt: skip
def test_an_edit_must_name_the_version_that_there_is(if_match: str | None, refused: str | None) -> None:
    assert etag(7) == '"7"'
    if refused is None:
        check_version(if_match, 7)
        return
    with pytest.raises(Problem) as refusal:
        check_version(if_match, 7)
    assert refusal.value.kind.slug == refused
