"""Phone numbers: what a person types becomes E.164, if an SMS can reach it."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from accounts.domain.rejections import InvalidField

# A number typed as 06... is tried in metropolitan France first, then overseas (0692123456 is Réunion's).
_HOME = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "NC", "PF", "WF", "BL", "MF")
_NEIGHBOURS = ("AD", "AT", "BE", "CH", "DE", "ES", "GB", "IE", "IT", "LU", "MC", "NL", "PT")
# Elsewhere an SMS is dear enough to make sign-up a target of toll fraud.
_REACHED = frozenset(_HOME + _NEIGHBOURS)
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# ARCEP's mobile block for fiction: possible, never attributed, so never valid outside a demo.
_FICTION = "63998"


def to_e164(typed: str, *, fiction_allowed: bool) -> str:
    """The E.164 form of a mobile number. Raises `InvalidField`; `fiction_allowed` lets 06 39 98 xx xx pass (demo)."""
    number = _parse(typed, fiction_allowed)
    if number is None:
        raise InvalidField("phone", "not-a-phone")
    if not _is_fiction(number):
        if phonenumbers.region_code_for_number(number) not in _REACHED:
            raise InvalidField("phone", "foreign")
        if phonenumbers.number_type(number) not in _MOBILE:
            raise InvalidField("phone", "not-a-mobile")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def last_digits(e164: str) -> str:
    """The last two digits: enough to recognise one's own number by."""
    return e164[-2:]


def _parse(typed: str, fiction_allowed: bool) -> PhoneNumber | None:
    for region in _HOME:
        try:
            number = phonenumbers.parse(typed, region)
        except NumberParseException:
            return None
        if phonenumbers.is_valid_number(number) or (fiction_allowed and _is_fiction(number)):
            return number
    return None


def _is_fiction(number: PhoneNumber) -> bool:
    national = str(number.national_number)
    return number.country_code == 33 and len(national) == 9 and national.startswith(_FICTION)
