"""What accounts says: opaque ids and facts about them, no personal data (topic `accounts.people.v1`)."""

from __future__ import annotations

from typing import ClassVar

from booking_events.base import Id, PublicEvent


class _AboutPerson(PublicEvent):
    topic: ClassVar[str] = "accounts.people.v1"
    key: ClassVar[str] = "person_id"

    person_id: Id


class PersonRegistered(_AboutPerson):
    """Somebody has an account of their own."""

    ce_type: ClassVar[str] = "rendezvous.accounts.PersonRegistered.v1"

    account_id: Id


class RelativeAdded(_AboutPerson):
    """`account_id` may book for this person."""

    ce_type: ClassVar[str] = "rendezvous.accounts.RelativeAdded.v1"

    account_id: Id


class PersonErased(_AboutPerson):
    """Their data and data key are gone; nobody may book for them any more."""

    ce_type: ClassVar[str] = "rendezvous.accounts.PersonErased.v1"
