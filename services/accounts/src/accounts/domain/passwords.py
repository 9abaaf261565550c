"""Which passwords are taken: long ones that are neither common nor the person's own name or address."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Literal

from accounts.domain.rejections import InvalidField

LENGTH_MIN = 12
LENGTH_MAX = 128
# What heads the published lists, here and elsewhere; compared without the digits and signs around it.
_COMMON = frozenset(
    (
        "motdepasse",
        "monmotdepasse",
        "password",
        "passwordpassword",
        "azertyuiop",
        "azertyuiopqs",
        "qwertyuiop",
        "qwertyuiopas",
        "iloveyou",
        "jetaime",
        "bonjour",
        "rendezvous",
        "administrateur",
        "administrator",
        "changeme",
        "welcome",
        "bienvenue",
    )
)
_ROWS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "azertyuiopqsdfghjklmwxcvbn")
_DIFFERENT_MIN = 5


def check(password: str, personal: Sequence[str], field: Literal["password", "new_password"] = "password") -> str:
    """The password in the one form that is hashed (NFKC). Raises `InvalidField`.

    `personal`: words that anybody who knows the person would try, such as the e-mail's name.
    """
    taken = normalise(password)
    if len(taken) < LENGTH_MIN:
        raise InvalidField(field, "too-short")
    if len(taken) > LENGTH_MAX:
        raise InvalidField(field, "too-long")
    plain = taken.casefold()
    if plain.strip("0123456789!.?*-_ ") in _COMMON or len(set(plain)) < _DIFFERENT_MIN or _is_a_row(plain):
        raise InvalidField(field, "too-common")
    if any(len(word) >= 4 and _rest(plain, word.casefold()) < LENGTH_MIN // 2 for word in personal):
        raise InvalidField(field, "too-personal")
    return taken


def normalise(password: str) -> str:
    """NFKC, so that the same keys on another keyboard give the same password."""
    return unicodedata.normalize("NFKC", password)


def _is_a_row(plain: str) -> bool:
    return any(plain in row for row in _ROWS)


def _rest(plain: str, word: str) -> int:
    """How many characters remain when `word` is taken out."""
    return len(plain.replace(word, ""))
