"""What staff may be: a role, and whose agendas go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from accounts.domain.rejections import UnfitGrant

Role = Literal["practitioner", "secretary", "auditor", "operator"]
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True)
class Grant:
    """A role with the practitioner that one is, and the places that one works for."""

    role: Role
    practitioner_id: str | None
    practices: tuple[str, ...]


def grant(role: Role, practitioner_id: str | None, practices: tuple[str, ...]) -> Grant:
    """The grant, if its parts fit each other. Raises `UnfitGrant` with the reason."""
    if role == "practitioner" and practitioner_id is None:
        raise UnfitGrant("a practitioner needs --practitioner")
    if role != "practitioner" and practitioner_id is not None:
        raise UnfitGrant("--practitioner is for a practitioner only")
    if role == "secretary" and not practices:
        raise UnfitGrant("a secretary needs at least one --practice")
    if role in ("auditor", "operator") and practices:
        raise UnfitGrant("--practice is for practitioners and secretaries only")
    return Grant(role, practitioner_id, practices)
