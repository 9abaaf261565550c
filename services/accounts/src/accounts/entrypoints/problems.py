"""The face of each rejection over HTTP: one table of slugs, statuses and sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fastapi import Request
from service_kit.http import context_of
from service_kit.problems import Problem, Text, language_of, register, too_many_requests
from starlette.responses import Response

from accounts.domain import rejections as no
from accounts.domain.passwords import LENGTH_MAX, LENGTH_MIN

for _slug, _status, _en, _fr in (
    (
        "wrong-code",
        422,
        "The code is wrong or no longer valid. After 5 tries, ask for a new one.",
        "Le code est incorrect ou n'est plus valable. Après 5 essais, demandez-en un nouveau.",
    ),
    (
        "link-dead",
        410,
        "This link is no longer valid; sign up again.",
        "Ce lien n'est plus valable ; recommencez l'inscription.",
    ),
    ("already-registered", 409, "You already have an account; log in.", "Vous avez déjà un compte ; connectez-vous."),
    (
        "wrong-credentials",
        401,
        "The e-mail or the password is wrong.",
        "L'adresse e-mail ou le mot de passe est incorrect.",
    ),
    ("session-over", 401, "Your session is over; log in again.", "Votre session est terminée ; reconnectez-vous."),
    ("password-wrong", 422, "The current password is wrong.", "Le mot de passe actuel est incorrect."),
    (
        "too-many-relatives",
        422,
        "This account has as many people as it may have.",
        "Ce compte a autant de proches qu'il peut en avoir.",
    ),
    (
        "not-a-relative",
        422,
        "You are erased together with your account only.",
        "Vos propres données s'effacent avec votre compte seulement.",
    ),
):
    register(_slug, _status, Text(_en, _fr))

SLUGS: dict[type[no.Rejection], str] = {
    no.InvalidField: "invalid-field",
    no.WrongCode: "wrong-code",
    no.LinkDead: "link-dead",
    no.AlreadyRegistered: "already-registered",
    no.WrongCredentials: "wrong-credentials",
    no.SessionOver: "session-over",
    no.PasswordWrong: "password-wrong",
    no.TooManyRelatives: "too-many-relatives",
    no.NotARelative: "not-a-relative",
    no.NotFound: "not-found",
    no.Stale: "precondition-failed",
    no.TooManyTries: "too-many-requests",
}

FAULTS: dict[str, Text] = {
    "not-a-phone": Text("This is not a phone number.", "Ce n'est pas un numéro de téléphone."),
    "not-a-mobile": Text("An SMS cannot reach this number.", "Ce numéro ne reçoit pas de SMS."),
    "foreign": Text("We do not send SMS to this country yet.", "Nous n'envoyons pas encore de SMS dans ce pays."),
    "not-an-email": Text("This is not an e-mail address.", "Ce n'est pas une adresse e-mail."),
    "too-short": Text(f"At least {LENGTH_MIN} characters.", f"Au moins {LENGTH_MIN} caractères."),
    "too-long": Text("Too long.", "Trop long."),
    "too-common": Text("This password is too easy to guess.", "Ce mot de passe est trop facile à deviner."),
    "too-personal": Text(
        f"Not your own name or address (at most {LENGTH_MAX} characters).",
        f"Pas votre nom ni votre adresse (au plus {LENGTH_MAX} caractères).",
    ),
    "not-a-name": Text(
        "Letters, spaces, hyphens and apostrophes only.", "Seulement des lettres, espaces, tirets et apostrophes."
    ),
    "in-the-future": Text("This date is in the future.", "Cette date est dans le futur."),
    "too-long-ago": Text("This date is too long ago.", "Cette date est trop ancienne."),
}


def as_problem(rejection: no.Rejection, language: str, now: datetime) -> Problem:
    """The refusal as the reader sees it."""
    slug = SLUGS[type(rejection)]
    match rejection:
        case no.InvalidField(field=field, fault=fault):
            detail = FAULTS[fault]
            errors = [{"pointer": f"/{field}", "detail": detail.in_language(language), "fault": fault}]
            return Problem(slug, detail, errors=errors)
        case no.TooManyTries(retry_at=retry_at):
            return too_many_requests(retry_at, now)
        case no.WrongCredentials() | no.SessionOver():
            return Problem(slug, headers={"WWW-Authenticate": "Bearer"})
        case _:
            return Problem(slug)


@contextmanager
def as_problems(request: Request) -> Iterator[None]:
    """Turn a rejection into its problem where the chassis must see it (inside a change)."""
    try:
        yield
    except no.Rejection as rejection:
        raise _problem(request, rejection) from None


async def on_rejection(request: Request, rejection: Exception) -> Response:
    """The exception handler of the application."""
    assert isinstance(rejection, no.Rejection)  # noqa: S101 (registered for it only)
    return _problem(request, rejection).response(language_of(request.headers.get("accept-language")))


def _problem(request: Request, rejection: no.Rejection) -> Problem:
    language = language_of(request.headers.get("accept-language"))
    return as_problem(rejection, language, context_of(request).clock.now())
