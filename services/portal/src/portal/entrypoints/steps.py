"""The steps between a held slot and its confirmation: account, patient, questions. Each keeps what was typed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Refused
from portal.application.session import Draft
from portal.application.shapes import Person
from portal.entrypoints.forms import Form, read_form
from portal.entrypoints.held import Held, held
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.refusals import sentence
from portal.views.words import Words

router = APIRouter(prefix="/book/{hold_id}")

# What is typed travels in a cookie, and a cookie is small.
_ANSWERS_BYTES_MAX = 1_800


@router.get("")
async def identify(visit: Coming, hold_id: str) -> Response:
    """Who has logged in goes on; who has not chooses between logging in and signing up."""
    found = await held(visit, hold_id)
    if visit.logged_in:
        return visit.go(f"/book/{quoted(hold_id)}/who")
    return visit.page("identify.html", held=found)


@router.post("/extend")
async def extend(visit: Coming, request: Request, hold_id: str) -> Response:
    """More time, once."""
    form = await read_form(request)
    asker = await visit.asker(as_visitor=True)
    try:
        await visit.house.booking.extend(asker, hold_id, idempotency_key("extend", {"hold": hold_id}))
    except Refused as refusal:
        if refusal.slug != "already-extended":
            raise
        visit.flash("extend.no", "bad")
    else:
        visit.flash("extend.done")
    step = form["step"] if form["step"] in ("who", "questions", "check") else ""
    return visit.go(f"/book/{quoted(hold_id)}" + (f"/{step}" if step else ""))


@router.post("/release")
async def release(visit: Coming, request: Request, hold_id: str) -> Response:
    """Let the slot go and choose another; or, with `then` = leave, go."""
    form = await read_form(request)
    found = await held(visit, hold_id)
    asker = await visit.asker(as_visitor=True)
    await visit.house.booking.release(asker, hold_id)
    visit.changed(asker)
    visit.session.booking = None
    if form["then"] == "leave":
        visit.flash("resume.given-up")
        return visit.go("/appointments" if visit.logged_in else "/")
    return visit.go(found.other_times)


@router.get("/who")
async def who(visit: Coming, hold_id: str) -> Response:
    found = await held(visit, hold_id)
    if not visit.logged_in:
        return visit.go(f"/book/{quoted(hold_id)}")
    return await who_page(visit, found)


@router.post("/who")
async def choose_who(visit: Coming, request: Request, hold_id: str) -> Response:
    form = await read_form(request)
    visit.draft.person_id = form["person_id"]
    found = await held(visit, hold_id)
    if not visit.logged_in:
        return visit.go(f"/book/{quoted(hold_id)}")
    words = visit.house.pages.words[visit.language]
    form.require(words, "person_id")
    if form.errors:
        return await who_page(visit, found, form.errors)
    return visit.go(f"/book/{quoted(hold_id)}/questions")


async def who_page(
    visit: Visit, found: Held, errors: dict[str, str] | None = None, refusal: Refused | None = None
) -> Response:
    """The people that the account may book for; `refusal`: why the one chosen before will not do."""
    people = await visit.house.accounts.people(await visit.account())
    chosen = visit.draft.person_id
    if chosen not in {person.id for person in people}:
        chosen = people[0].id if len(people) == 1 else ""
    text = sentence(visit.house.pages.words[visit.language], refusal) if refusal else ""
    status = refusal.status if refusal else 422 if errors else 200
    return visit.page(
        "who.html", status, held=found, people=people, chosen=chosen, errors=errors or {}, refusal_text=text
    )


@router.get("/questions")
async def questions(visit: Coming, hold_id: str) -> Response:
    found = await held(visit, hold_id)
    if not visit.logged_in:
        return visit.go(f"/book/{quoted(hold_id)}")
    person = await chosen_person(visit)
    if person is None:
        return visit.go(f"/book/{quoted(hold_id)}/who")
    return questions_page(visit, found, person, _as_typed(visit.draft))


@router.post("/questions")
async def answer(visit: Coming, request: Request, hold_id: str) -> Response:
    form = await read_form(request)
    words = visit.house.pages.words[visit.language]
    found = await held(visit, hold_id)
    _keep(visit.draft, form)
    _check(words, form, found)
    if form.errors.get("answers") is not None:
        visit.draft.answers = {}
    if not visit.logged_in:
        return visit.go(f"/book/{quoted(hold_id)}")
    person = await chosen_person(visit)
    if person is None:
        return visit.go(f"/book/{quoted(hold_id)}/who")
    if form.errors:
        return questions_page(visit, found, person, form, status=422)
    return visit.go(f"/book/{quoted(hold_id)}/check")


def questions_page(
    visit: Visit, found: Held, person: Person, form: Form, *, status: int = 200, refusal_text: str = ""
) -> Response:
    return visit.page("questions.html", status, held=found, person=person, form=form, refusal_text=refusal_text)


async def chosen_person(visit: Visit) -> Person | None:
    people = await visit.house.accounts.people(await visit.account())
    return next((person for person in people if person.id == visit.draft.person_id), None)


def missing_answers(words: Words, found: Held, draft: Draft) -> Form:
    """The form of the questions as it stands in the draft, with what is still missing."""
    form = _as_typed(draft)
    _check(words, form, found)
    return form


def _as_typed(draft: Draft) -> Form:
    before = {True: "yes", False: "no", None: ""}[draft.consulted_before]
    return Form({"consulted_before": before, **{f"answer.{id_}": text for id_, text in draft.answers.items()}})


def _keep(draft: Draft, form: Form) -> None:
    draft.consulted_before = {"yes": True, "no": False}.get(form["consulted_before"])
    prefix = "answer."
    typed = {name.removeprefix(prefix): text for name, text in form.values.items() if name.startswith(prefix)}
    draft.answers = {id_: text for id_, text in typed.items() if text}


def _check(words: Words, form: Form, found: Held) -> None:
    if form["consulted_before"] not in ("yes", "no"):
        form.errors["consulted_before"] = words("field.consulted_before.missing")
    for question in found.motive.questions if found.motive else ():
        name = f"answer.{question.id}"
        if question.required and not form[name]:
            form.errors[name] = words("field.answer.missing")
    size = sum(len(text.encode()) for name, text in form.values.items() if name.startswith("answer."))
    if size > _ANSWERS_BYTES_MAX:
        form.errors["answers"] = words("field.answers.too-long")
