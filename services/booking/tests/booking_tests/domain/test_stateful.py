"""Any story of patients and practices: the domain does what a slow and obvious oracle of the rules says.

`ORACLE_STORIES` tells more of them.
"""

import ast
import os
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from . import oracle
from .story import SEEN, STEPS, Story
from .story.telling import AGENDAS, MOTIVES

STORIES = int(os.environ.get("ORACLE_STORIES", "40"))
OFTEN = ["time_passes", "hold", "hold_and_confirm", "confirm", "move", "attend"]
OPENINGS = [
    None, "two_visits_pass", "a_queue_forms", "away_where_somebody_is_booked", "a_room_is_asked_for_again",
    "a_room_is_given_up", "a_visit_leaves_its_room_for_an_absence", "two_visits_need_rooms",
]  # fmt: skip
SHARED = {
    "motive": ["scan", "care"], "agenda": ["agenda-1", "agenda-2"], "first": ["two-scans"], "second": ["care"],
    "wanted": ["scan", "care"], "day": [0, 1, 2], "cell": [3, 6, 9], "passed": [0, 1, 5, 9, 10, 60],
}  # fmt: skip
"""Two agendas that want the same rooms at much the same time."""
REACHED = {
    "SlotHeld", "HoldReleased", "HoldExpired", "HoldExtended", "HoldClaimed", "AppointmentConfirmed",
    "AppointmentMoved", "AppointmentCancelled", "AppointmentHonoured", "AppointmentMissed", "PatientMarkedKnown",
    "PatientUnmarkedKnown", "OnlineBookingStopped", "OnlineBookingResumed", "AppointmentBookedByPractice",
    "AppointmentBookedOverRules", "AppointmentImported", "AppointmentRequested", "RequestApproved", "RequestEnded",
    "AbsenceNoted", "AbsencePlanned", "AbsenceEnded", "AbsenceSettled", "WaitingListJoined", "WaitingListLeft",
    "EarlierSlotOffered", "FreedSlotClosed",
    "SlotTaken", "SlotHeldByOthers", "NoRoomFree", "NoticeTooShort", "BeyondHorizon", "DayFull", "WeekFull",
    "HoldHasExpired", "HoldWasReleased", "HoldWasConfirmed", "AlreadyExtended", "NoSuchHold", "NoSuchAppointment",
    "PersonBusy", "LimitReached", "VisitTooClose", "KnownPatientsOnly", "BookingStopped", "AnswerMissing", "TooLate",
    "AlreadyOver", "SecondVisitMissing", "SecondVisitUnfit", "AnotherVisit", "AppointmentChanged", "WasCancelled",
    "NotBegun", "ReasonMissing", "NotRepeatedlyAbsent", "OffTheGrid", "ImportedOtherwise", "NoSuchRequest",
    "RequestPending", "RequestAnswered", "PractitionerAbsent", "NoSuchAbsence", "TooNearToWait", "NoSuchEarlierSlot",
    "EarlierSlotExpired",
}  # fmt: skip


def test_whatever_is_asked_the_domain_does_what_the_oracle_says() -> None:
    told = settings(
        max_examples=STORIES, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Story, settings=told)  # type: ignore[arg-type]


def test_a_long_walk_without_a_plan_agrees_as_well_and_meets_every_outcome() -> None:
    """A generator that shrinks well prefers the plain: this one takes everything alike, and says what it came to."""
    SEEN.clear()
    chance = Random(7)
    for number in range(STORIES * 5):
        story = Story()
        # Each story has few motives, one agenda and few things to ask, or their limits would hardly be felt.
        few = {"motive": chance.sample(list(MOTIVES), 2), "agenda": [chance.choice(list(AGENDAS))]}
        few = SHARED if number % 3 == 0 else few
        names = [*chance.sample(list(STEPS), 8) * 2, *OFTEN]
        for name in [chance.choice(OPENINGS), *chance.choices(names, k=49)]:
            if name is None:
                continue
            choices = STEPS[name]
            getattr(story, name)(**{what: chance.choice(few.get(what, among)) for what, among in choices.items()})
            story.both_know_the_same()
    assert {name for name in REACHED if not SEEN[name]} == set()


def test_the_oracle_decides_for_itself() -> None:
    """It has the words of the facts from the domain, and nothing that decides."""
    taken = set()
    for path in Path(str(oracle.__file__)).parent.glob("*.py"):
        if path.stem == "invariants":
            continue
        taken |= {
            node.module
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("booking")
        }
    assert taken == {"booking.domain.facts", "booking.domain.events_absences"}
