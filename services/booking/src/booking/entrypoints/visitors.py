"""Whoever has no account holds within the quota of their network address; others have an account's one live hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from service_kit import limiting
from service_kit.http import context_of
from service_kit.problems import Text, too_many_requests
from service_kit.tokens import Principal
from starlette.responses import Response

from booking.application.handle import Outcome, Task
from booking.application.ports import Answer, Seat
from booking.entrypoints.requests import answer, parts_of, refuse_for_now

WINDOW_SECONDS = 3600
ENOUGH = Text(
    "Many times are already kept from your network. Log in to choose one, or try again later.",
    "Trop de créneaux sont déjà gardés depuis votre réseau. Connectez-vous pour en choisir un, ou réessayez plus tard.",
)


async def begin_hold(
    request: Request, caller: Principal, hold_id: str, task: Task, success: Callable[[Outcome], Answer]
) -> Response:
    """Decide `task`, which begins the hold. A repetition, or what is refused, counts for nothing."""
    if caller.kind != "visitor":
        return await answer(request, caller, task, success)
    quota, now = parts_of(request).quota, context_of(request).clock.now()
    seat = await quota.take(limiting.network_of(request), hold_id, now)
    if quota.hourly_max:
        limiting.tell(request, [_standing(seat, quota.hourly_max, now)])
    if seat.retry_at is not None:
        return await refuse_for_now(request, caller, too_many_requests(seat.retry_at, now, ENOUGH))
    begun = False
    try:
        done = await answer(request, caller, task, success)
        begun = done.status_code == 201 and "idempotency-replayed" not in done.headers
        return done
    finally:
        if not begun:
            await quota.give_back(hold_id)


def _standing(seat: Seat, hourly_max: int, now: datetime) -> limiting.Standing:
    seconds = math.ceil((seat.resets_at - now).total_seconds())
    return limiting.Standing("visitor-holds", hourly_max, WINDOW_SECONDS, max(hourly_max - seat.begun, 0), seconds)
