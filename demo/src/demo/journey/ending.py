"""Steps 5 to 7: the clock moves and reminders go out, the patient cancels, the auditor looks back."""

import time
from datetime import datetime, timedelta
from typing import Any

from demo.api import eventually
from demo.journey.booking import planned_kinds
from demo.journey.finding import offered
from demo.journey.stage import MAIL_SECONDS_MAX, Stage, at_local, calendar_of, require
from demo.journey.topic import find_events

_QUIET_SECONDS = 2.0
_LAST_OF_A_WINDOW = 5


def the_reminders(stage: Stage) -> None:
    """A week before by e-mail, two days before by SMS."""
    if not stage.api.clock_moves:
        stage.say("5. the clock is the real one: the reminders are days away")
        return
    start, zone = _start(stage), stage.facts["zone"]
    before = len(stage.messages(stage.patient.email, "email"))
    stage.move_clock_to(at_local(start - timedelta(days=7), 16, _LAST_OF_A_WINDOW, zone))
    _wait_for_one_more(stage, stage.patient.email, "email", before)
    stage.say(f"5. clock moved to {stage.now():%Y-%m-%d %H:%M} UTC: the e-mail reminder is in the mailbox")
    before = len(stage.messages(stage.patient.phone, "sms"))
    stage.move_clock_to(at_local(start - timedelta(days=2), 14, _LAST_OF_A_WINDOW, zone))
    _wait_for_one_more(stage, stage.patient.phone, "sms", before)
    stage.say(f"5. clock moved to {stage.now():%Y-%m-%d %H:%M} UTC: the SMS reminder is in the mailbox")


def cancel(stage: Stage) -> None:
    """Cancelled once, however often; the slot is offered again; the second e-mail says METHOD:CANCEL."""
    path = f"/v1/appointments/{stage.facts['appointment']['id']}/cancel"
    me = stage.as_patient()
    answer = me.call("POST", "booking", path, body={})
    again = me.call("POST", "booking", path, body={})
    for one in (answer, again):
        require(one.body["state"] == "cancelled" and one.body["version"] == 2, "The appointment is not cancelled once.")
    require(offered(stage, position=answer.headers["Position"]), "The cancelled slot is not offered again.")
    find_events(stage.demo["kafka"], {("AppointmentCancelled", stage.facts["appointment"]["id"])})
    message = stage.message(
        stage.patient.email, "email", "the cancellation", lambda one: "METHOD:CANCEL" in calendar_of(one)
    )
    require("SEQUENCE:1" in calendar_of(message), "The cancellation does not follow the invitation.")
    stage.say("6. cancelled: the slot is offered again, AppointmentCancelled on Kafka, e-mail with METHOD:CANCEL")


def no_reminder_any_more(stage: Stage) -> None:
    """The reminder of the day before stays away."""
    before = _count(stage)
    if stage.api.clock_moves:
        stage.move_clock_to(at_local(_start(stage) - timedelta(days=1), 16, _LAST_OF_A_WINDOW, stage.facts["zone"]))
    time.sleep(_QUIET_SECONDS)
    require(not planned_kinds(stage, "planned"), "A message is still planned after the cancellation.")
    require("reminder_day" in planned_kinds(stage, "dropped"), "The last reminder was not dropped.")
    require(_count(stage) == before, "A message went out after the cancellation.")
    stage.say(f"6. clock at {stage.now():%Y-%m-%d %H:%M} UTC: no reminder any more")


def audit(stage: Stage) -> None:
    """The history, the log replayed to three positions, the hash chain."""
    auditor, id_ = stage.log_in("auditor"), stage.facts["appointment"]["id"]
    items = auditor.get("booking", f"/v1/audit/appointments/{id_}")["items"]
    kinds = [item["type"] for item in items]
    for kind in ("SlotHeld", "AppointmentConfirmed", "AppointmentCancelled"):
        require(kinds.count(kind) == 1, f"The history has {kinds.count(kind)} of {kind}.")
    told = ", ".join(f"{item['position']} {item['type']}" for item in items)
    stage.say(f"7. audit: {told}")
    states = []
    for kind in ("SlotHeld", "AppointmentConfirmed", "AppointmentCancelled"):
        position = items[kinds.index(kind)]["position"]
        state = auditor.get("booking", "/v1/audit/state", appointment=id_, position=position)
        states.append((position, _state(state)))
    require([state for _, state in states] == ["None", "Booked", "Cancelled"], f"The replay differs: {states}.")
    stage.say(f"7. replayed: {', '.join(f'at {position} {state}' for position, state in states)}")
    chain = auditor.get("booking", "/v1/audit/chain")
    require(chain["intact"], f"The hash chain is broken at {chain['broken_at']}.")
    stage.say(f"7. hash chain verified: {chain['verified']} events up to {chain['head']['hash'][:16]}...")


def _wait_for_one_more(stage: Stage, to: str, channel: str, before: int) -> None:
    def is_there() -> bool:
        return len(stage.messages(to, channel)) > before

    eventually(f"the reminder by {channel} goes out", is_there, MAIL_SECONDS_MAX)


def _start(stage: Stage) -> datetime:
    return datetime.fromisoformat(stage.facts["slot"]["start"])


def _count(stage: Stage) -> int:
    return len(stage.messages(stage.patient.email, "email")) + len(stage.messages(stage.patient.phone, "sms"))


def _state(found: dict[str, Any]) -> str:
    appointment = found["appointment"]
    return "None" if appointment is None else str(appointment["state"])
