"""Every refusal of the rules has its answer, and every reason its sentence."""

from __future__ import annotations

from typing import get_args

from availability.domain import rejections
from availability.domain.explanation import Rule
from availability.domain.rejections import MotiveUnknown, Rejection, RoomInUse, RoomUnknown
from availability.entrypoints.problems import SLUGS, problem_of
from availability.entrypoints.reasons import SENTENCES


def test_every_rejection_has_a_status() -> None:
    named = {
        one
        for one in vars(rejections).values()
        if isinstance(one, type) and issubclass(one, Rejection) and one is not Rejection
    }
    assert named == SLUGS.keys()
    for kind in named:
        facts = {MotiveUnknown: ["/place"], RoomUnknown: ["/place"], RoomInUse: [(("a", "b", "c"),)]}.get(kind, [])
        problem = problem_of(kind(*facts))
        assert problem.kind.slug == SLUGS[kind]
        assert 400 <= problem.kind.status < 500


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert SENTENCES.keys() == set(get_args(Rule))
    assert len({text.fr for text in SENTENCES.values()}) >= len(SENTENCES) - 1
    assert all(text.en and text.fr for text in SENTENCES.values())
