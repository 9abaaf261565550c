"""Whether a stretch still has room: capacity counts the visits at once, not the overlaps."""

from __future__ import annotations

from collections.abc import Iterable

from booking.domain.facts import Stretch


def peak(wanted: Stretch, others: Iterable[Stretch]) -> int:
    """The most of `others` that occupy one same instant of `wanted`'s occupied time."""
    meeting = [other for other in others if other.occupies_with(wanted)]
    # A peak is always reached where somebody (or `wanted` itself) begins.
    begins = {max(other.occupied_from, wanted.occupied_from) for other in meeting}
    return max((sum(o.occupied_from <= at < o.occupied_until for o in meeting) for at in begins), default=0)
