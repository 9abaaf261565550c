"""What a refusal means for the reader: a sentence of our own, else the service's, which is in the same language."""

from __future__ import annotations

from portal.application.refusals import Refused
from portal.views.words import Words


def sentence(words: Words, refusal: Refused, *before: str) -> str:
    """One kind sentence, for its very reason where there is one.

    `before`: names under which a page has words of its own for some refusals.
    """
    of_its_reason = f"{refusal.slug}.{refusal.members.get('reason')}"
    for name in (*before, "problem"):
        for slug in (of_its_reason, refusal.slug):
            if words.has(f"{name}.{slug}"):
                return words(f"{name}.{slug}")
    return refusal.detail or words("problem.other")
