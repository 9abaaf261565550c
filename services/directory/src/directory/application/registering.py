"""A practice claims its page or edits it: the page as it is then, and the fact that others hear."""

from __future__ import annotations

from booking_events import PublicEvent

from directory.application import publish
from directory.domain import registration
from directory.domain.gazetteer import Gazetteer
from directory.domain.practitioner import Practitioner
from directory.domain.registration import Edit

Outcome = tuple[Practitioner, PublicEvent | None]
"""The page and its fact; None when nothing that can be seen has changed."""


def claim(page: Practitioner, edit: Edit, gazetteer: Gazetteer) -> Outcome:
    """The practitioner registers. Raises the rejections of `registration.claimed`."""
    now = registration.claimed(page, edit, gazetteer)
    return now, publish.registered(now)


def edit(page: Practitioner, changes: Edit, gazetteer: Gazetteer) -> Outcome:
    """The page is changed. Raises the rejections of `registration.changed`."""
    now = registration.changed(page, changes, gazetteer)
    return now, publish.profile_changed(now) if now != page else None
