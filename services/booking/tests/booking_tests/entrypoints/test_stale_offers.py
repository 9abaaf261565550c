"""What was offered before the agenda changed is refused with the reason, and nothing is written, whoever asks how."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from booking.application.react import AgendaTouched
from booking.domain.agenda import Agenda, Motive

from ..house import ALWAYS, House, position_of, slug_of
from .test_http_moves import move
from .test_http_staff import book
from .test_import import HEADER, run
from .test_two_steps_http import hold_two
from .test_waiting_list import free, offered, offers, waiting

Asking = Callable[[], Awaitable[httpx.Response]]
MOTIVE = Motive("motive-1", "dermatologie", 15, ("in_person",), "everyone")
FACTS = {"practitioner_id": "practitioner-1", "place_id": "place-1", "zone": "Europe/Paris"}
MONTH_MINUTES = 30 * 24 * 60


def motives(**changes: Any) -> dict[str, Any]:
    same = {"id": "motive-1", "speciality": "dermatologie", "minutes": 15, "modes": ("in_person",)}
    return {"motives": (Motive(**same | {"booking": "everyone"} | changes),)}


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("agenda-changed", {}),
    ("notice-raised", motives(notice_minutes=MONTH_MINUTES)),
    ("motive-withdrawn", {"motives": ()}),
    ("motive-withdrawn", motives(booking="staff")),
    ("motive-withdrawn", motives(modes=("video",))),
    ("agenda-closed", {"closed": True}),
]


async def change(house: House, agenda: str, version: int = 2, **changes: Any) -> None:
    """Availability says a new state that touches every time."""
    said = Agenda(agenda, version, **{"motives": (MOTIVE,), "openings": (ALWAYS,)} | FACTS | changes)
    await house.tell(AgendaTouched(agenda, version, None, None, said))


async def holding(house: House, agenda: str) -> Asking:
    token = house.token(await house.somebody())
    return lambda: house.hold(token, agenda)


async def replacing(house: House, agenda: str) -> Asking:
    """The account has a live hold, which a new one would replace."""
    token = house.token(await house.somebody())
    assert (await house.hold(token)).status_code == 201
    return lambda: house.hold(token, agenda)


async def any_of(house: House, agenda: str) -> Asking:
    token, start = house.token(await house.somebody()), house.start_in()
    sheets = [house.offer(agenda, [start]), house.offer(agenda, [start])]
    body = {"offers": [{"offer": sheet, "start": start.isoformat()} for sheet in sheets]}
    return lambda: house.post("/v1/holds/any-of", token, body)


async def in_two_steps(house: House, agenda: str) -> Asking:
    token = house.token(await house.somebody())
    return lambda: hold_two(house, token, agenda, house.start_in(), house.start_in(days=10))


async def moving(house: House, agenda: str) -> Asking:
    who = await house.somebody()
    made = await house.appointment(who, agenda_id=agenda)
    return lambda: move(house, house.token(who), made, house.start_in(days=4))


async def moved_by_staff(house: House, agenda: str) -> Asking:
    made = await house.appointment(await house.somebody(), agenda_id=agenda)
    return lambda: move(house, house.secretary(), made, house.start_in(days=4))


async def accepting(house: House, agenda: str) -> Asking:
    ((who, id_),) = await waiting(house, agenda, 1)
    await offered(house, await free(house, agenda))
    ((offer,)) = await offers(house, who, id_)
    return lambda: house.post(f"/v1/earlier-slots/{offer['id']}/accept", house.token(who))


@pytest.mark.parametrize(
    "path",
    [holding, replacing, any_of, in_two_steps, moving, moved_by_staff, accepting],
    ids=lambda path: path.__name__,
)
async def test_a_stale_offer_is_refused_with_the_reason_and_no_event(
    house: House, path: Callable[[House, str], Awaitable[Asking]]
) -> None:
    said = set()
    for reason, changes in CHANGES:
        agenda = await house.agenda()
        ask = await path(house, agenda)
        await change(house, agenda, **changes)
        head = await house.parts.ledger.head()
        refused = await ask()
        assert (refused.status_code, slug_of(refused)) == (409, "offer-stale")
        assert (refused.json()["reason"], refused.json()["agenda_version"]) == (reason, 2)
        assert await house.parts.ledger.head() == head
        said.add(refused.json()["detail"])
    assert len(said) == 4


async def test_a_hold_that_was_taken_before_the_change_can_still_be_confirmed(house: House) -> None:
    """The patient was promised that time; an absence ends the promise, other changes bind the next."""
    who, agenda = await house.somebody(), await house.agenda()
    held = (await house.hold(house.token(who), agenda)).json()
    await change(house, agenda, motives=())
    made = await house.post(f"/v1/holds/{held['id']}/confirm", house.token(who), {"person_id": who.people[0]})
    assert made.status_code == 201


async def test_a_second_visit_that_is_stale_keeps_the_first_from_being_held(house: House) -> None:
    token, agenda, then = house.token(await house.somebody()), await house.agenda(), house.start_in(days=10)
    await house.touch(agenda, 2, then - timedelta(hours=1), then + timedelta(hours=1))
    refused = await hold_two(house, token, agenda, house.start_in(), then)
    assert (refused.status_code, slug_of(refused)) == (409, "offer-stale")
    assert await house.events(f"agenda:{agenda}") == []


async def test_notice_that_was_raised_and_leaves_enough_is_a_change_like_any_other(house: House) -> None:
    agenda = await house.agenda()
    await change(house, agenda, **motives(notice_minutes=60))
    refused = await house.hold(house.token(await house.somebody()), agenda)
    assert refused.json()["reason"] == "agenda-changed"
    again = await house.hold(house.token(await house.somebody()), agenda, agenda_version=2, notice_minutes=60)
    assert again.status_code == 201


@pytest.mark.parametrize(
    ("changes", "slug", "name"),
    [
        ({"closed": True}, "agenda-closed", "agenda-closed"),
        ({"motives": ()}, "motive-unknown", "no-such-motive"),
    ],
)
async def test_staff_requests_and_imports_meet_the_same_without_an_offer(
    house: House, tmp_path: Path, changes: dict[str, Any], slug: str, name: str
) -> None:
    """Notice binds patients only, and staff book on the agenda as it is."""
    asked = Motive("asked", "dermatologie", 15, ("in_person",), "staff", on_request=True)
    agenda, who, start = await house.agenda(motives=(MOTIVE, asked)), await house.somebody(people=2), house.start_in()
    wish = {"person_id": who.people[0], "motive_id": "asked", "start": start.isoformat()}
    path, token = f"/v1/agendas/{agenda}/requests", house.token(who)
    pending = (await house.post(path, token, wish)).json()
    file = tmp_path / "appointments.csv"
    file.write_text(f"{HEADER}r;{who.people[0]};motive-1;{start.isoformat()}\n")
    await change(house, agenda, **changes)
    head = await house.parts.ledger.head()
    for refused in (
        await book(house, agenda, who),
        await house.post(path, token, {**wish, "person_id": who.people[1]}),
        await house.post(f"/v1/requests/{pending['id']}/approve", house.secretary()),
    ):
        assert slug_of(refused) == slug
    code, report = await run(agenda, str(file), "--go")
    assert (code, [row["outcome"] for row in report["rows"]]) == (1, [name])
    assert await house.parts.ledger.head() == head


async def test_what_is_freed_after_a_change_is_offered_as_of_then_and_may_be_had(house: House) -> None:
    agenda = await house.agenda()
    ((who, id_),) = await waiting(house, agenda, 1)
    leaver = await house.somebody()
    made = await house.appointment(leaver, agenda_id=agenda, start=house.start_in(days=2))
    await change(house, agenda)
    gone = await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(leaver))
    await offered(house, position_of(gone))
    ((offer,)) = await offers(house, who, id_)
    accepted = await house.post(f"/v1/earlier-slots/{offer['id']}/accept", house.token(who))
    assert (accepted.status_code, accepted.json()["version"]) == (200, 2)
    await change(house, agenda, 3, closed=True)
    again = await house.post(f"/v1/earlier-slots/{offer['id']}/accept", house.token(who))
    assert (again.status_code, again.json()["version"]) == (200, 2)


async def test_what_is_freed_of_a_withdrawn_motive_is_offered_to_nobody(house: House) -> None:
    agenda = await house.agenda()
    ((who, id_),) = await waiting(house, agenda, 1)
    leaver = await house.somebody()
    made = await house.appointment(leaver, agenda_id=agenda, start=house.start_in(days=2))
    await change(house, agenda, motives=())
    gone = await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(leaver))
    await offered(house, position_of(gone))
    assert await offers(house, who, id_) == []
    assert (await house.events(f"agenda:{agenda}"))[-1] == "FreedSlotClosed"
