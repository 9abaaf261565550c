"""What people type as their number, and what becomes of it."""

import pytest
from accounts.domain.phones import last_digits, to_e164
from accounts.domain.rejections import InvalidField


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("06 39 98 12 34", "+33639981234"),
        ("+33 6 39 98 12 34", "+33639981234"),
        ("0033639981234", "+33639981234"),
        ("06.12.34.56.78", "+33612345678"),
        ("0692 12 34 56", "+262692123456"),
        ("+32 470 12 34 56", "+32470123456"),
    ],
)
def test_a_mobile_number_becomes_e164_however_it_is_typed(typed: str, stored: str) -> None:
    assert to_e164(typed, fiction_allowed=True) == stored


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "not-a-phone"),
        ("12", "not-a-phone"),
        ("call me", "not-a-phone"),
        ("+33 6 39 98 12 3", "not-a-phone"),
        ("02 61 91 12 34", "not-a-mobile"),
        ("+1 202 555 0123", "foreign"),
    ],
)
def test_a_number_that_an_sms_cannot_reach_is_refused_with_its_fault(typed: str, fault: str) -> None:
    with pytest.raises(InvalidField) as refused:
        to_e164(typed, fiction_allowed=True)
    assert (refused.value.field, refused.value.fault) == ("phone", fault)


def test_numbers_of_fiction_are_refused_outside_a_demo() -> None:
    with pytest.raises(InvalidField):
        to_e164("06 39 98 12 34", fiction_allowed=False)


def test_two_digits_are_enough_to_recognise_ones_number() -> None:
    assert last_digits("+33639981234") == "34"
