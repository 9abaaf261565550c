"""Names as people write them, from registers that write them in capitals; no accent is ever made up."""

from __future__ import annotations

import re

_PARTICLES = frozenset(
    ("de", "du", "des", "d", "von", "van", "der", "den", "del", "della", "di", "da", "do", "dos", "ter", "y", "e", "et")
)
_ARTICLES = frozenset(("la", "le", "les", "l"))
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


def written(name: str) -> str:
    """`DE LA TOUR` -> `de la Tour`, `O'BRIEN` -> `O'Brien`, `LEFEVRE` -> `Lefevre`; mixed case is left as it came."""
    name = " ".join(name.replace("’", "'").split())
    if name != name.upper():
        return name
    words = list(_WORD.finditer(name))
    out, at, before = [], 0, ""
    for index, match in enumerate(words):
        word = match.group().lower()
        last = index == len(words) - 1
        out += [name[at : match.start()], _cased(word, before, name[match.end() : match.end() + 1], last)]
        at, before = match.end(), word
    return "".join([*out, name[at:]])


def _cased(word: str, before: str, after: str, last: bool) -> str:
    if last or after in ("-", ""):
        return _capital(word)
    if word == "d" and after == "'":
        return "D" if not before else "d"
    if after == "'":
        return _capital(word)
    if word in _PARTICLES or (word in _ARTICLES and before in _PARTICLES):
        return word
    return _capital(word)


def _capital(word: str) -> str:
    if len(word) > 4 and word.startswith("mc"):
        return f"Mc{word[2:].capitalize()}"
    return word.capitalize()


def street(text: str) -> str:
    """An address line: small words stay small, the rest is capitalised; mixed case is left as it came."""
    text = " ".join(text.replace("’", "'").split())
    if text != text.upper():
        return text
    small = _PARTICLES | _ARTICLES | {"aux", "au", "a", "sur", "sous", "en"}
    words = [word.lower() for word in text.split(" ")]
    first, *rest = words
    return " ".join([first.capitalize(), *(word if word in small else _street_word(word) for word in rest)])


def _street_word(word: str) -> str:
    if word.startswith(("d'", "l'")):
        return word[:2] + _street_word(word[2:])
    return re.sub(r"(^|[-'(])(\w)", lambda m: m[1] + m[2].upper(), word)
