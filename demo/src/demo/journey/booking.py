"""Steps 4 and 5: a visitor holds a slot, becomes a patient, confirms for a relative; the news of it on Kafka."""

import re
from typing import Any

from demo.api import eventually
from demo.journey.finding import offered
from demo.journey.stage import MAIL_SECONDS_MAX, Stage, calendar_of, read, require
from demo.journey.topic import find_events


def hold_as_visitor(stage: Stage) -> None:
    """Who has not logged in holds the slot; others no longer see it."""
    visitor = stage.api.as_(stage.api.post("accounts", "/v1/visitors")["access_token"])
    wish = {"offer": stage.facts["offer"], "start": stage.facts["slot"]["start"]}
    answer = visitor.call("POST", "booking", "/v1/holds", body=wish, expect=201)
    position = answer.headers["Position"]
    require(not offered(stage, position=position), "The held slot is still offered to others.")
    mine = offered(stage, visitor, position)
    require(mine and mine.get("held_by_you"), "Its holder does not see the slot as theirs.")
    stage.facts |= {"hold": answer.body, "visitor_token": visitor.token}
    stage.say(f"4. a visitor holds {answer.body['start']} until {answer.body['expires_at']}; others see it taken")


def sign_up(stage: Stage) -> None:
    """Phone code, e-mail link, password, log-in."""
    patient = stage.patient
    stage.api.post("accounts", "/v1/sign-up/phone-code", {"phone": patient.phone}, expect=202)
    code = _number(stage.message(patient.phone, "sms", "the code", lambda one: bool(_number(one))))
    form = {
        "phone": patient.phone,
        "code": code,
        "email": patient.email,
        "password": patient.password,
        "terms_version": "2026-11",
        "locale": "fr",
        "first_name": patient.first_name,
        "last_name": patient.last_name,
        "birth_date": "1988-04-17",
        "sex": "female",
    }
    stage.api.post("accounts", "/v1/sign-up", form, expect=202)
    link = _link(stage.message(patient.email, "email", "the link", lambda one: bool(_link(one))))
    person_id = stage.api.post("accounts", "/v1/sign-up/confirm", {"token": link})["person_id"]
    stage.facts["self"] = person_id
    stage.say("4. signed up: code by SMS, link by e-mail; logged in")


def claim_and_confirm(stage: Stage) -> None:
    """The hold becomes the account's; a relative is added; the visit is confirmed for them."""
    me, facts = stage.as_patient(), stage.facts
    hold = f"/v1/holds/{facts['hold']['id']}"
    claimed = me.call("POST", "booking", f"{hold}/claim", body={"visitor_token": facts["visitor_token"]})
    mine = offered(stage, me, claimed.headers["Position"])
    require(mine and mine.get("held_by_you"), "After the log-in the hold is not the account's.")
    relative = {
        "relation": "child",
        "first_name": stage.patient.relative_first_name,
        "last_name": stage.patient.last_name,
        "birth_date": "2016-09-03",
        "sex": "male",
    }
    added = me.call("POST", "accounts", "/v1/me/people", body=relative, expect=201)
    question = claimed.body["questions"][0]["id"]
    body = {"person_id": added.body["id"], "consulted_before": False, "answers": {question: stage.patient.answer}}
    missing = {**body, "answers": {}}
    wait = read(added.headers["Position"])
    refused = me.call("POST", "booking", f"{hold}/confirm", body=missing, headers=wait, expect=422)
    require(refused.problem == "answer-missing", "The motive's question can be left out.")
    answer = me.call("POST", "booking", f"{hold}/confirm", body=body, headers=wait, expect=201)
    facts |= {"appointment": answer.body, "position": answer.headers["Position"], "relative": added.body["id"]}
    stage.say(f"4. claimed, answered, confirmed for a relative: appointment {answer.body['id']}")


def the_news(stage: Stage) -> None:
    """SlotHeld and AppointmentConfirmed on Kafka; the slot is gone from the offers."""
    facts = stage.facts
    wanted = {("SlotHeld", facts["hold"]["id"]), ("AppointmentConfirmed", facts["appointment"]["id"])}
    seen = find_events(stage.demo["kafka"], wanted)
    require(not offered(stage, position=facts["position"]), "The booked slot is still offered.")
    stage.say(f"5. Kafka: {', '.join(f'{name} at position {seen[name]}' for name in sorted(seen))}; slot gone")


def the_invitation(stage: Stage) -> None:
    """The e-mail at once, with the calendar invitation; the reminders planned."""
    message = stage.message(
        stage.patient.email, "email", "the invitation", lambda one: "METHOD:REQUEST" in calendar_of(one)
    )
    uid = f"UID:{stage.facts['appointment']['id']}@rendezvous.example"
    require(uid in calendar_of(message), "The invitation has another UID than the appointment's.")
    planned = eventually("the reminders are planned", lambda: planned_kinds(stage, "planned"), MAIL_SECONDS_MAX)
    stage.say(f"5. e-mail with the invitation (METHOD:REQUEST); planned: {', '.join(planned)}")


def planned_kinds(stage: Stage, state: str) -> list[str]:
    """The kinds of the appointment's messages in a state, as the operator sees them."""
    query = {"appointment": stage.facts["appointment"]["id"]}
    answer = stage.log_in("operator").call("GET", "notification", "/v1/deliveries", query=query, expect=(200, 404))
    items: list[dict[str, Any]] = answer.body["items"] if answer.status == 200 else []
    return [item["kind"] for item in items if item["state"] == state]


def _number(message: dict[str, Any]) -> str:
    found = re.search(r"\b\d{6}\b", message["text"])
    return found.group() if found else ""


def _link(message: dict[str, Any]) -> str:
    found = re.search(r"/sign-up/confirm\?token=([\w.~-]+)", message["text"])
    return found.group(1) if found else ""
