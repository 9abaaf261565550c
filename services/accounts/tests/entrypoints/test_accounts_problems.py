"""Every refusal has a face: over HTTP in both languages, or as a line of a command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from accounts.domain import rejections as no
from accounts.entrypoints.problems import FAULTS, SLUGS, as_problem

NOW = datetime(2027, 3, 1, tzinfo=UTC)
OF_COMMANDS = {no.UnfitGrant, no.IsAPatient, no.IsStaff, no.PhoneTaken}


def test_every_rejection_has_a_status_or_belongs_to_a_command() -> None:
    assert set(no.Rejection.__subclasses__()) == SLUGS.keys() | OF_COMMANDS
    assert not SLUGS.keys() & OF_COMMANDS


def test_every_fault_of_a_field_has_a_sentence() -> None:
    assert FAULTS.keys() == set(get_args(no.Fault))


@pytest.mark.parametrize("kind", [kind for kind in SLUGS if kind not in (no.InvalidField, no.TooManyTries)])
def test_each_speaks_both_languages(kind: type[no.Rejection]) -> None:
    problem = as_problem(kind(), "fr", NOW)
    assert problem.body("fr") != problem.body("en")


def test_a_limit_says_when_to_come_back_in_whole_seconds() -> None:
    problem = as_problem(no.TooManyTries(NOW.replace(second=1, microsecond=1)), "fr", NOW)
    assert problem.headers["Retry-After"] == "2"
    assert problem.members["retry_at"] == "2027-03-01T00:00:01.000001+00:00"
