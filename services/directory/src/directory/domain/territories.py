"""What the departement decides: the time zone and whose public holidays are kept."""

from __future__ import annotations

_ZONES = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/St_Barthelemy", "978": "America/Marigot",
    "984": "Indian/Kerguelen", "986": "Pacific/Wallis", "987": "Pacific/Tahiti", "988": "Pacific/Noumea",
}  # fmt: skip
# Alsace and Moselle keep two more holidays than the rest of the mainland.
_OWN_HOLIDAYS = frozenset(_ZONES) | {"57", "67", "68"}
# Communes of French Polynesia that keep another time than Tahiti.
_MARQUESAS = frozenset(("98718", "98723", "98731", "98746", "98756", "98757"))
_GAMBIER = "98719"


def departement_of(commune: str) -> str:
    """The departement of a commune's INSEE code: `2A`, `49`, `974`."""
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def zone_of(departement: str, commune: str = "") -> str:
    """IANA name."""
    if commune in _MARQUESAS:
        return "Pacific/Marquesas"
    if commune == _GAMBIER:
        return "Pacific/Gambier"
    return _ZONES.get(departement, "Europe/Paris")


def holidays_of(departement: str) -> str:
    """The territory in the words of the published events: `FR`, `57`, `971`, ..."""
    return departement if departement in _OWN_HOLIDAYS else "FR"
