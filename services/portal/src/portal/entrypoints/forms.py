"""Forms as they come in: plain fields, and what is wrong with each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from fastapi import Request
from starlette.exceptions import HTTPException

from portal.application.refusals import Refused
from portal.views.words import Words

VALUE_LENGTH_MAX = 500


@dataclass
class Form:
    """`values`: what was typed, trimmed (passwords are not). `errors`: field -> sentence, in the order of the page."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def require(self, words: Words, *names: str) -> None:
        """A sentence for each field of `names` that is empty."""
        for name in names:
            if not self[name]:
                self.errors[name] = words.first_of(f"field.{name}.missing", "field.missing")

    def arrange(self, *names: str) -> None:
        """The errors in the order of the fields on the page."""
        self.errors = dict(sorted(self.errors.items(), key=lambda error: names.index(error[0])))

    def refuse(self, words: Words, refusal: Refused, *names: str) -> bool:
        """Put the refusal of a service beside the fields it names; False where it names none of this form's."""
        found = {name: detail for name, detail in refusal.fields.items() if name in names}
        for name, detail in found.items():
            key = f"field.{name}.wrong"
            self.errors[name] = detail or words.first_of(key, "field.wrong")
        return bool(found)


async def read_form(request: Request, keep_spaces: tuple[str, ...] = ()) -> Form:
    """The form of a POST; every value a string of bounded length."""
    try:
        sent = await request.form(max_files=0, max_fields=60)
    except HTTPException:
        raise
    except ValueError:
        raise HTTPException(400) from None
    values = {}
    for name, value in sent.items():
        if isinstance(value, str):
            # The sheet of offers is long by nature; whatever a person types is not.
            bound = 60_000 if name == "offer" else VALUE_LENGTH_MAX
            values[name] = value[:bound] if name in keep_spaces else value.strip()[:bound]
    return Form(values)


def birth_date(form: Form, words: Words) -> str:
    """The three boxes day, month, year as an ISO date; "" and an error when there is no such day."""
    try:
        return date(int(form["birth_year"]), int(form["birth_month"]), int(form["birth_day"])).isoformat()
    except (ValueError, OverflowError):
        form.errors["birth_date"] = words("field.birth_date.wrong")
        return ""


def instant(text: str) -> datetime:
    """The value of the button of a free time. Raises 400 for what is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise HTTPException(400) from None
    if at.tzinfo is None:
        raise HTTPException(400)
    return at
