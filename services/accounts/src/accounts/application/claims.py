"""The claims of the tokens that this service signs; the shape that `service_kit.tokens` checks everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service_kit.tokens import AUDIENCE

from accounts.domain.sessions import ACCESS_SECONDS, SERVICE_SECONDS, VISITOR_SECONDS


@dataclass(frozen=True)
class Issue:
    """The facts of one signature: who signs, when, and the token's own id."""

    issuer: str
    at: datetime
    token_id: str


@dataclass(frozen=True)
class Holder:
    """Whose session it is."""

    account_id: str
    roles: Sequence[str]
    practitioner_id: str | None
    practices: Sequence[str]


def account_claims(issue: Issue, holder: Holder, session_id: str) -> dict[str, Any]:
    """An account's access token, for one session."""
    return {
        **_common(issue, holder.account_id, ACCESS_SECONDS),
        "kind": "account",
        "roles": list(holder.roles),
        "practitioner_id": holder.practitioner_id,
        "practices": list(holder.practices),
        "sid": session_id,
    }


def visitor_claims(issue: Issue, visitor_id: str) -> dict[str, Any]:
    """Somebody who has not logged in: may hold one slot, nothing else."""
    return {**_common(issue, visitor_id, VISITOR_SECONDS), **_nobody("visitor", [])}


def service_claims(issue: Issue, client_id: str) -> dict[str, Any]:
    """Another service of the house."""
    return {**_common(issue, client_id, SERVICE_SECONDS), **_nobody("service", ["service"])}


def _common(issue: Issue, subject: str, seconds: int) -> dict[str, Any]:
    at = int(issue.at.timestamp())
    return {
        "iss": issue.issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": at,
        "exp": at + seconds,
        "jti": issue.token_id,
    }


def _nobody(kind: str, roles: list[str]) -> dict[str, Any]:
    return {"kind": kind, "roles": roles, "practitioner_id": None, "practices": [], "sid": None}
