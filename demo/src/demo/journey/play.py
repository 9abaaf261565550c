"""Plays the path of the issue, step by step, each with its line."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from demo.api import Api
from demo.journey import booking, ending, finding
from demo.journey.stage import Patient, Stage
from demo.say import say

Step = Callable[[Stage], None]
STEPS: tuple[Step, ...] = (
    finding.the_directory,
    finding.the_agendas,
    finding.the_search,
    finding.the_slots,
    booking.hold_as_visitor,
    booking.sign_up,
    booking.claim_and_confirm,
    booking.the_news,
    booking.the_invitation,
    ending.the_reminders,
    ending.cancel,
    ending.no_reminder_any_more,
    ending.audit,
)


def play(
    demo: dict[str, Any],
    before: Callable[[str], None] = lambda _: None,
    steps: Sequence[Step] = STEPS,
    names: Mapping[str, str] | None = None,
) -> Stage:
    """Walk one appointment through the path, or its first steps; `before` hears the name of each.

    `demo` is what demo.json holds, `names` are the patient's where they are to be others. StepFailed says what failed.
    """
    api = Api(demo["services"])
    stage = Stage(api, demo, replace(_somebody(api), **(names or {})), say)
    for step in steps:
        before(step.__name__)
        step(stage)
    return stage


def _somebody(api: Api) -> Patient:
    """A patient who has never been here: an e-mail and a phone that the mailbox does not know."""
    while True:
        number = secrets.randbelow(9_000) + 1_000
        phone, email = f"+3363998{number}", f"apolline.quatresaisons.{number}@patients.example"
        if not any(api.get("mailbox", "/messages", to=to) for to in (phone, email)):
            return Patient(
                email=email,
                phone=phone,
                password=secrets.token_urlsafe(18),
                first_name="Apolline",
                last_name="Quatresaisons",
                relative_first_name="Barnabé",
                answer="Depuis la fête des vendanges, sur le coude gauche.",
            )
