"""Refusals over HTTP: RFC 9457 problem+json with stable types, in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from starlette.responses import Response

TYPE_BASE = "https://rendezvous.example/problems/"


@dataclass(frozen=True)
class Text:
    """One sentence in the two languages of the interface."""

    en: str
    fr: str

    def in_language(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Kind:
    """A registered type of problem; `slug` is for ever."""

    slug: str
    status: int
    title: Text
    detail: Text


REGISTRY: dict[str, Kind] = {}


def register(slug: str, status: int, title: Text, detail: Text | None = None) -> None:
    """Make `slug` known once. A second, different registration is an error of the programmer (ValueError)."""
    kind = Kind(slug, status, title, detail or title)
    if REGISTRY.setdefault(slug, kind) != kind:
        raise ValueError(f"the problem {slug!r} is registered twice, differently")


class Problem(Exception):
    """A refusal that becomes problem+json at the edge. `members`: what the slug promises (`retry_at`, ...)."""

    def __init__(
        self,
        slug: str,
        detail: Text | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(slug)
        self.kind = REGISTRY[slug]
        self.detail = detail or self.kind.detail
        self.headers = dict(headers or {})
        self.members = members

    def body(self, language: str) -> bytes:
        return orjson.dumps(
            {
                "type": TYPE_BASE + self.kind.slug,
                "title": self.kind.title.in_language(language),
                "status": self.kind.status,
                "detail": self.detail.in_language(language),
                **self.members,
            }
        )

    def response(self, language: str) -> Response:
        return Response(
            self.body(language),
            self.kind.status,
            {"Content-Language": language, **self.headers},
            media_type="application/problem+json",
        )


def too_many_requests(retry_at: datetime, now: datetime, detail: Text | None = None) -> Problem:
    """429 with the instant from which another try may succeed, and the seconds until then."""
    seconds = max(1, math.ceil((retry_at - now).total_seconds()))
    after = {"Retry-After": str(seconds)}
    return Problem("too-many-requests", detail, headers=after, retry_at=retry_at.isoformat())


def language_of(accept_language: str | None) -> str:
    """`fr` or `en`: the first of the two that Accept-Language names (by weight); French where neither is."""
    best, weight = "fr", 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.split("-")[0].lower()
        if language not in ("fr", "en"):
            continue
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                continue
        if quality > weight:
            best, weight = language, quality
    return best


for _slug, _status, _en, _fr in (
    ("malformed", 400, "The request cannot be read.", "La demande est illisible."),
    ("unauthenticated", 401, "Log in first.", "Connectez-vous d'abord."),
    ("forbidden", 403, "This needs a role that you do not have.", "Cela demande un rôle que vous n'avez pas."),
    ("not-found", 404, "There is nothing here.", "Il n'y a rien ici."),
    ("method-not-allowed", 405, "This cannot be done here.", "Cela ne peut pas se faire ici."),
    ("request-timeout", 408, "The request took too long to come.", "La demande a mis trop de temps à arriver."),
    ("idempotency-key-in-use", 409, "The same request is still running.", "La même demande est en cours."),
    ("precondition-failed", 412, "It has changed since you read it.", "Cela a changé depuis votre lecture."),
    ("payload-too-large", 413, "The request is too large.", "La demande est trop volumineuse."),
    ("unsupported-media-type", 415, "Send JSON.", "Envoyez du JSON."),
    ("invalid-field", 422, "A field is missing or wrong.", "Un champ manque ou est incorrect."),
    (
        "idempotency-key-reused",
        422,
        "This Idempotency-Key was used for another request.",
        "Cette Idempotency-Key a servi à une autre demande.",
    ),
    ("precondition-required", 428, "Send If-Match with the ETag that you read.", "Envoyez If-Match avec l'ETag lu."),
    ("too-many-requests", 429, "Too many requests; try again later.", "Trop de demandes ; réessayez plus tard."),
    ("internal", 500, "Something went wrong on our side.", "Une erreur est survenue de notre côté."),
    ("not-yet", 503, "That position is not reflected yet.", "Cette position n'est pas encore prise en compte."),
    ("unavailable", 503, "A part of the service is away; try again.", "Une partie du service est absente ; réessayez."),
):
    register(_slug, _status, Text(_en, _fr))
