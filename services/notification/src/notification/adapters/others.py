"""Accounts and availability, asked at the moment of sending; nothing of the answers is kept."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict
from service_kit.outside import ServiceClient

from notification.application.ports import Contact, Unavailable
from notification.domain.letter import Motive
from notification.domain.words import language_of, one_line

PURPOSE = "appointment-message"


class _Open(BaseModel):
    """Another service's answer: open to what it adds."""

    model_config = ConfigDict(extra="ignore")


class _Contact(_Open):
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    phone: str | None = None
    locale: str | None = None


class _Money(_Open):
    amount: str
    currency: str = "EUR"


class _Motive(_Open):
    id: str
    name: str = ""
    price: _Money | str | None = None
    currency: str = "EUR"
    instructions_before: str | None = None
    instructions: str | None = None
    cancel_until_minutes: int = 0


class _Motives(_Open):
    items: list[_Motive]


class AccountsPeople:
    """`GET /v1/people/{id}/contact?purpose=`, with this service's token; accounts records who asked and why."""

    def __init__(self, accounts: ServiceClient) -> None:
        self._accounts = accounts

    async def contact(self, person_id: str) -> Contact | None:
        """None when there is no such person any more. Raises `Unavailable`."""
        answer = await _ask(
            self._accounts, "accounts", f"/v1/people/{quote(person_id, safe='')}/contact", {"purpose": PURPOSE}
        )
        if answer is None:
            return None
        found = _Contact.model_validate_json(answer)
        patient = one_line(f"{found.first_name} {found.last_name}")
        return Contact(patient, found.email or None, found.phone or None, language_of(found.locale))


class AvailabilityMotives:
    """`GET /v1/agendas/{id}/motives`."""

    def __init__(self, availability: ServiceClient) -> None:
        self._availability = availability

    async def motive(self, agenda_id: str, motive_id: str) -> Motive | None:
        """None when the agenda does not have it any more. Raises `Unavailable`."""
        answer = await _ask(self._availability, "availability", f"/v1/agendas/{quote(agenda_id, safe='')}/motives")
        if answer is None:
            return None
        found = next((motive for motive in _Motives.model_validate_json(answer).items if motive.id == motive_id), None)
        if found is None:
            return None
        price = found.price if isinstance(found.price, _Money | None) else _Money(amount=found.price)
        return Motive(
            name=found.name,
            amount=price.amount if price else None,
            currency=price.currency if price else found.currency,
            instructions=found.instructions_before or found.instructions or "",
            cancel_until_minutes=found.cancel_until_minutes,
        )


async def _ask(client: ServiceClient, who: str, path: str, params: dict[str, str] | None = None) -> bytes | None:
    """The body of a 200, None for a service's own 404 (a stranger's, at a wrong address, says nothing of anybody).

    Everything else may pass.
    """
    try:
        answer = await client.get(path, params)
    except httpx.HTTPStatusError as refusal:
        raise Unavailable(f"{who}_token_{refusal.response.status_code}", of_all=True) from None
    except httpx.HTTPError:
        raise Unavailable(f"{who}_away", of_all=True) from None
    its_own = answer.headers.get("content-type", "").startswith("application/problem+json")
    if answer.status_code == httpx.codes.NOT_FOUND and its_own:
        return None
    if answer.status_code != httpx.codes.OK:
        raise Unavailable(f"{who}_{answer.status_code}", of_all=answer.status_code >= 500)
    return answer.content
