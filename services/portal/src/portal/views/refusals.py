"""What a refusal means for the reader: a sentence of our own, else the service's, which is in the same language."""

from __future__ import annotations

from portal.application.refusals import Refused
from portal.views.words import Words


def sentence(words: Words, refusal: Refused, *before: str) -> str:
    """One kind sentence. `before`: names under which a page has words of its own for some refusals."""
    for name in (*before, "problem"):
        if words.has(f"{name}.{refusal.slug}"):
            return words(f"{name}.{refusal.slug}")
    return refusal.detail or words("problem.other")
