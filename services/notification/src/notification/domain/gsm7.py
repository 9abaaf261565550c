"""What fits into one SMS: the alphabet GSM 03.38, in which a text of 160 septets is one part."""

from __future__ import annotations

import unicodedata

from gsm0338 import Codec

PART_SEPTETS = 160
_CODEC = Codec()
_INSTEAD = {"œ": "oe", "Œ": "OE", "’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-",
            "…": "...", "°": "o", "`": "'"}  # fmt: skip


def to_gsm7(text: str) -> str:
    """`text` in characters of GSM 03.38 on one line: the nearest letter for those outside (ç: c, ê: e, ’: ')."""
    line = " ".join(text.split())
    return "".join(_nearest(character) for character in line)


def septets(text: str) -> int:
    """The length of a GSM-7 text as the network counts it (`€`, `[`, `~` ... take two)."""
    return len(_CODEC.encode(text)[0])


def _nearest(character: str) -> str:
    for candidate in (character, _INSTEAD.get(character, ""), _without_marks(character)):
        if candidate and _is_gsm7(candidate):
            return candidate
    return ""


def _without_marks(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _is_gsm7(text: str) -> bool:
    if any(unicodedata.category(character) == "Cc" for character in text):
        return False
    try:
        _CODEC.encode(text)
    except UnicodeEncodeError:
        return False
    return True
