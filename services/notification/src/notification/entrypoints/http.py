"""The operations of notification over HTTP: what was or will be sent about an appointment, when, and why not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from service_kit.http import AtLeast, Caller, positions
from service_kit.pages import After, Cursor, Limit, read_cursor
from service_kit.problems import Problem
from service_kit.tokens import Principal

from notification.domain.planning import Kind
from notification.views.deliveries import Delivery, Owned

ID = r"^[A-Za-z0-9._:-]+$"


class DeliveryBody(BaseModel):
    """One message. Instants carry the offset of the place; `reason` is a slug that the service's README explains."""

    id: str
    appointment_id: str
    appointment_version: int
    kind: Kind
    channel: Literal["email", "sms"]
    state: Literal["planned", "sending", "sent", "failed", "unknown", "dropped"]
    reason: str | None
    due_at: datetime
    next_try_at: datetime | None = Field(description="of a planned message only")
    settled_at: datetime | None = Field(description="when it was sent, given up or dropped")
    attempts: int
    joined_to: str | None = Field(description="the SMS of that day in which this one was told")
    zone: str


class DeliveryList(BaseModel):
    """A page of messages, in the order in which they were due."""

    items: list[DeliveryBody]
    next: str | None


class Place(Cursor):
    """The message after which a page begins."""

    message_id: Annotated[str, Field(max_length=64, pattern=ID)]


class Deliveries(Protocol):
    """The view behind the operation."""

    async def of(self, appointment_id: str, after: str | None, limit: int) -> Owned | None: ...


def router(deliveries: Deliveries) -> APIRouter:
    """The operations."""
    routes = APIRouter(prefix="/v1", tags=["deliveries"])

    @routes.get("/deliveries", response_model=DeliveryList)
    async def list_deliveries(
        request: Request,
        response: Response,
        caller: Caller,
        at_least: AtLeast,
        appointment: Annotated[str, Query(min_length=1, max_length=64, pattern=ID, description="an appointment's id")],
        after: After = None,
        limit: Limit = 50,
    ) -> DeliveryList:
        """What was or will be sent about an appointment, when, and why not. For the practice's staff and operators."""
        caller.require("operator", "practitioner", "secretary")
        response.headers.update(await positions(request))
        since = read_cursor(Place, after).message_id if after else None
        owned = await deliveries.of(appointment, since, limit + 1)
        if owned is None or not _may_see(caller, owned):
            raise Problem("not-found")
        page = owned.deliveries[:limit]
        following = Place(message_id=page[-1].message_id).text() if len(owned.deliveries) > limit else None
        return DeliveryList(items=[_body(each, owned) for each in page], next=following)

    return routes


def _may_see(caller: Principal, owned: Owned) -> bool:
    return "operator" in caller.roles or caller.manages(owned.practitioner_id, owned.place_id)


def _body(delivery: Delivery, owned: Owned) -> DeliveryBody:
    def here(at: datetime | None) -> datetime | None:
        return at.astimezone(owned.zone) if at else None

    return DeliveryBody(
        id=delivery.message_id,
        appointment_id=owned.appointment_id,
        appointment_version=delivery.version,
        kind=delivery.kind,
        channel=delivery.channel,
        state=delivery.state,
        reason=delivery.reason,
        due_at=delivery.due_at.astimezone(owned.zone),
        next_try_at=here(delivery.try_at) if delivery.state == "planned" else None,
        settled_at=here(delivery.settled_at),
        attempts=delivery.attempts,
        joined_to=delivery.joined_to,
        zone=owned.zone.key,
    )
