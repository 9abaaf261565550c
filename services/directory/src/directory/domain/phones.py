"""Phone numbers of practices, from the many ways in which registers write them, to E.164."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_FORMAT = phonenumbers.PhoneNumberFormat
# `0692...` is a number of La Réunion and no number of the mainland: France first, then overseas.
_REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "NC", "PF", "WF")
_REGION_OF = {"971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT", "977": "GP", "978": "GP",
              "986": "WF", "987": "PF", "988": "NC"}  # fmt: skip
# Kept by the regulator (ARCEP) for fiction; the library knows it as possible, not as valid.
_FICTION_MOBILE = re.compile(r"^\+3363998\d{4}$")


@lru_cache(maxsize=4096)
def e164(text: str, departement: str = "") -> str | None:
    """`02.61.91.00.01`, `+33 2...`, `0033...`, `0692...` -> E.164; None for what is no number (8-digit relics too).

    `departement`: where the practice is; it decides between overseas regions that share a form.
    """
    digits = re.sub(r"[^\d+]", "", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    own = _REGION_OF.get(departement)
    for region in (own, *_REGIONS) if own else _REGIONS:
        if number := _parsed(digits, region):
            return number
    return None


def _parsed(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, _FORMAT.E164)
    return written if phonenumbers.is_valid_number(number) or _FICTION_MOBILE.match(written) else None


def for_people(number: str) -> str:
    """E.164 -> how a French reader writes it (`02 61 91 00 01`)."""
    return phonenumbers.format_number(phonenumbers.parse(number, None), _FORMAT.NATIONAL)
