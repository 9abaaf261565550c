"""Under which keys a name is found: as written, as it sounds in French, and with one letter less."""

from __future__ import annotations

import re

EXACT, SOUND, SHORTER = 0, 1, 2
"""Kinds of key (column `lex_key.kind`)."""

LETTERS_MIN = 4
"""Shorter words get no approximate keys: everything would be near everything."""

# In order; each sees what the ones before it left. Capitals stand for one sound: S=ch, N=gn, I=in, A=an, O=on.
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"sch|sh|ch(?=[^rln])|ch$", "S"), (r"ph", "f"), (r"h", ""), (r"y", "i"),
        (r"bv", "v"), (r"mc|mac(?=k)", "mak"),
        (r"eaux?|aul(?=[tdx])|au", "o"), (r"oeu|oe|eu(?!x$)", "e"), (r"ou", "u"), (r"gn", "N"), (r"qu|ck|cq|q", "k"),
        (r"gu(?=[ei])", "g"),
        (r"(?<!n)g(?=[ei])", "j"), (r"sc(?=[eiy])|c(?=[eiy])", "s"), (r"c", "k"), (r"w", "v"),
        (r"([a-z])\1+", r"\1"),
        (r"(?:ain|ein|aim|in|im|un|um)(?![aeiounm])", "I"), (r"(?:ien)(?![aeiounm])", "iI"),
        (r"(?:an|am|en|em)(?![aeiounm])", "A"), (r"(?:on|om)(?![aeiounm])", "O"),
        (r"ai|ei", "e"), (r"(er|ez|et)$", "e"), (r"[tdsxzp]+$", ""), (r"e+s?$", ""), (r"[tdsxzp]+$", ""),
        (r"[zx]", "s"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


def sound(word: str) -> str:
    """How a normalised name (`joined`) sounds: `dupond` = `dupont`, `gauthier` = `gautier`, `nguien` = `nguyen`."""
    key = word
    for pattern, replacement in _RULES:
        key = pattern.sub(replacement, key)
    return key or word


def shorter(word: str) -> set[str]:
    """`word` less any one letter; empty for short words."""
    if len(word) < LETTERS_MIN:
        return set()
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def keys_of(word: str) -> list[tuple[str, int]]:
    """Every (key, kind) under which `word` is stored."""
    approximate = [(sound(word), SOUND)] if len(word) >= LETTERS_MIN else []
    return [(word, EXACT), *approximate, *((key, SHORTER) for key in sorted(shorter(word)))]


def edits(left: str, right: str) -> int:
    """Edit distance with neighbours swapped counting as one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(right, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, above[j - 2] + 1)
            row.append(best)
    return row[-1]


_PLACE_NOISE = frozenset(
    ("cabinet", "centre", "maison", "medical", "medicale", "medicaux", "sante", "de", "du", "des", "la", "le", "les",
     "l", "d", "et", "en", "a", "au", "aux", "dr", "docteur", "docteurs", "scm", "selarl", "sel", "scp", "msp", "sarl",
     "sas", "societe", "groupe", "pole")
)  # fmt: skip


def name_parts(name: str) -> tuple[str, ...]:
    """Under which keys a bearer of `name` (already `plain`) stands: the whole first, then parts of a double name."""
    words = name.split()
    whole = "".join(words)
    long = [word for word in words if len(word) > 2 and word not in _PLACE_NOISE]
    return (whole, *(word for word in long if word != whole)) if whole else ()


def place_name_words(name: str) -> frozenset[str]:
    """The words of a practice's name (already `plain`) that tell it from others; all of them when none does."""
    words = frozenset(name.split())
    return words - _PLACE_NOISE or words
