"""How a short message is counted: the alphabet that it needs and the number of parts that it is sent in."""

from dataclasses import dataclass
from typing import Literal

# GSM 03.38: the basic alphabet takes one septet a character, the extension two.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class SmsSize:
    """The encoding and the number of parts of a text."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int


def measure(text: str) -> SmsSize:
    """GSM-7 in parts of 160 (153 when several), or UCS-2 in parts of 70 (67) as soon as one character needs it."""
    if all(character in _BASIC or character in _EXTENSION for character in text):
        septets = sum(2 if character in _EXTENSION else 1 for character in text)
        return SmsSize("GSM-7", _parts(septets, single=160, several=153))
    return SmsSize("UCS-2", _parts(len(text.encode("utf-16-be")) // 2, single=70, several=67))


def _parts(units: int, single: int, several: int) -> int:
    return 1 if units <= single else -(-units // several)
