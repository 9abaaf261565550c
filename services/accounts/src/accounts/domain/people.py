"""People: oneself and the relatives that one may book for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from accounts.domain.rejections import InvalidField, NotARelative, TooManyRelatives

Sex = Literal["female", "male", "indeterminate"]
"""Sex at birth, as the national identity service knows it (F, M, I)."""
Relation = Literal["child", "parent", "other"]
Locale = Literal["fr", "en"]

SEXES: tuple[str, ...] = get_args(Sex)
RELATIVES_MAX = 20
NAME_LENGTH_MAX = 80
_AGE_YEARS_MAX = 130
_NAME = re.compile(r"[^\W\d_]+(?:[ '’-]{1,2}[^\W\d_]+)*")


@dataclass(frozen=True)
class Identity:
    """Who somebody is. Built by `identity`, so always well formed."""

    first_name: str
    last_name: str
    birth_date: date
    sex: Sex


def identity(first_name: str, last_name: str, birth_date: date, sex: Sex, today: date) -> Identity:
    """The identity with its names tidied. Raises `InvalidField` for a name that is none or an impossible birth date."""
    return Identity(_name("first_name", first_name), _name("last_name", last_name), _born(birth_date, today), sex)


def may_add_relative(relatives: int) -> None:
    """Raises `TooManyRelatives` when the account with this many may have no more."""
    if relatives >= RELATIVES_MAX:
        raise TooManyRelatives


def may_erase_alone(relation: str) -> None:
    """Raises `NotARelative` for oneself, without whom an account is nobody's."""
    if relation == "self":
        raise NotARelative


def _name(field: Literal["first_name", "last_name"], typed: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(name) > NAME_LENGTH_MAX:
        raise InvalidField(field, "too-long")
    if _NAME.fullmatch(name) is None:
        raise InvalidField(field, "not-a-name")
    return name


def _born(birth_date: date, today: date) -> date:
    if birth_date > today:
        raise InvalidField("birth_date", "in-the-future")
    if today.year - birth_date.year > _AGE_YEARS_MAX:
        raise InvalidField("birth_date", "too-long-ago")
    return birth_date
