"""Who is who: national identifiers, and the opaque ids that the rest of Rendezvous knows."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

RPPS_NAMESPACE: UUID = uuid5(NAMESPACE_URL, "https://rendezvous.example/national-practitioner-id")
PLACE_NAMESPACE: UUID = uuid5(NAMESPACE_URL, "https://rendezvous.example/national-structure-id")
RPPS, ADELI = "8", "0"


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the Luhn key of those before it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def practitioner_id(national_id: str) -> str:
    """`national_id`: `Identification nationale PP`, the type digit and the identifier (`899700000120`)."""
    return str(uuid5(RPPS_NAMESPACE, national_id))


def place_id(structure: str) -> str:
    """`structure`: a structure's key in the national file, or `<practitioner id>/<address>` for one's own place."""
    return str(uuid5(PLACE_NAMESPACE, structure))
