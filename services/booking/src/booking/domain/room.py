"""Whether a stretch still has a place, and which room of the practice it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from booking.domain.facts import Rules, Stretch


def peak(wanted: Stretch, others: Iterable[Stretch]) -> int:
    """The most of `others` that occupy one same instant of `wanted`'s occupied time.

    Capacity counts the visits at once, not the overlaps.
    """
    meeting = [other for other in others if other.occupies_with(wanted)]
    # A peak is always reached where somebody (or `wanted` itself) begins.
    begins = {max(other.occupied_from, wanted.occupied_from) for other in meeting}
    return max((sum(o.occupied_from <= at < o.occupied_until for o in meeting) for at in begins), default=0)


def rooms_for(wanted: Stretch, rules: Rules) -> tuple[str, ...]:
    """The rooms that it may take, in the order in which they are tried: its own, once it has one."""
    return rules.rooms if wanted.room_id is None else (wanted.room_id,)


def free_room(wanted: Stretch, rules: Rules, others: Sequence[Stretch]) -> Stretch | None:
    """`wanted` in the first of its rooms that none of `others` is in; None: each is taken.

    A room is for one visit at a time, whatever the agenda's capacity.
    """
    tried = (replace(wanted, room_id=room_id) for room_id in rooms_for(wanted, rules))
    return next((each for each in tried if not any(each.shares_room_with(other) for other in others)), None)
