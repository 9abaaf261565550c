"""One way to compare words: no accents, no case, no punctuation; the same for names, places and queries."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l"})


def plain(text: str) -> str:
    """Lower case ASCII words parted by one space: `L'Haÿ-les-Roses` -> `l hay les roses`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    ascii_only = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", ascii_only.lower()).strip()


def joined(text: str) -> str:
    """The key of a name: `plain` without its spaces (`De La Tour` -> `delatour`)."""
    return plain(text).replace(" ", "")


def slug(text: str) -> str:
    """A column header's key: words joined by `_`."""
    return plain(text).replace(" ", "_")


def place_words(text: str) -> str:
    """`plain` with the abbreviations of place names written out: `St-Étienne` -> `saint etienne`."""
    full = {"st": "saint", "ste": "sainte"}
    return " ".join(full.get(word, word) for word in plain(text).split())
