"""What a refusal means for the reader: a sentence of our own, else the service's, which is in the same language."""

from __future__ import annotations

from portal.application.refusals import Refused
from portal.views.words import Words


def sentence(words: Words, refusal: Refused) -> str:
    """One kind sentence."""
    key = f"problem.{refusal.slug}"
    if words.has(key):
        return words(key)
    return refusal.detail or words("problem.other")
