"""The face of each rejection over HTTP: one table of slugs, statuses and sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fastapi import Request
from service_kit.http import context_of
from service_kit.limiting import Standing, tell
from service_kit.problems import Problem, Text, language_of, register, too_many_requests

from directory.domain import rejections as no
from directory.domain.recommending import A_DAY_MAX, day_after

for _slug, _status, _en, _fr in (
    ("already-claimed", 409, "This practitioner is already registered.", "Ce praticien est déjà inscrit."),
    ("not-registered", 409, "Claim this page first.", "Revendiquez d'abord cette page."),
):
    register(_slug, _status, Text(_en, _fr))

SLUGS: dict[type[no.Rejection], str] = {
    no.NotFound: "not-found",
    no.AlreadyRegistered: "already-claimed",
    no.NotRegistered: "not-registered",
    no.InvalidField: "invalid-field",
    no.TooManyRecommendations: "too-many-requests",
}

FAULTS: dict[str, Text] = {
    "missing": Text("This is needed for a new place.", "Ce champ est requis pour un nouveau lieu."),
    "unknown-place": Text("There is no such place on the page.", "La page ne comporte pas ce lieu."),
    "twice": Text("This place stands here twice.", "Ce lieu figure deux fois."),
    "not-a-phone": Text("This is not a phone number.", "Ce n'est pas un numéro de téléphone."),
    "unknown-postcode": Text("This postal code is not known.", "Ce code postal est inconnu."),
    "not-in-town": Text("This point is far from the town.", "Ce point est loin de la commune."),
    "unknown-city": Text("This town is not known.", "Cette commune est inconnue."),
}


@contextmanager
def as_problems(request: Request) -> Iterator[None]:
    """Turn a rejection into its problem, where the chassis must see it (inside a change)."""
    try:
        yield
    except no.Rejection as rejection:
        raise _problem(request, rejection) from None


def standing(left: int, now: datetime) -> Standing:
    """Where an address stands that may recommend so many more that day."""
    seconds = math.ceil((day_after(now) - now).total_seconds())
    return Standing("recommendations", A_DAY_MAX, 86_400, left, seconds)


def _problem(request: Request, rejection: no.Rejection) -> Problem:
    slug = SLUGS[type(rejection)]
    match rejection:
        case no.InvalidField(field=field, fault=fault):
            detail = FAULTS[fault]
            language = language_of(request.headers.get("accept-language"))
            errors = [{"pointer": f"/{field}", "detail": detail.in_language(language), "fault": fault}]
            return Problem(slug, detail, errors=errors)
        case no.TooManyRecommendations(retry_at=retry_at):
            now = context_of(request).clock.now()
            tell(request, [standing(0, now)])
            return too_many_requests(retry_at, now)
        case _:
            return Problem(slug)
