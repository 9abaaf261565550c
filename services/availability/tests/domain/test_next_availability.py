"""What is skipped is skipped rightly: a change that is said not to move the first slots does not move them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from availability.domain.agenda import Acceptance, Stretch
from availability.domain.next_availability import due, moved_by_added, moved_by_removed
from availability.domain.slots import Occupation, next_starts
from availability.domain.span import instant_of
from hypothesis import given, settings
from hypothesis import strategies as st

from .samples import agenda, at, extra, visit, weekly

NOW = instant_of(at("2027-03-26 07:00"))
BOTH = frozenset({"in_person", "video"})
MOTIVES = (
    visit(30, before_minutes=5, horizon_days=5),
    visit(
        45, id_="long", after_minutes=15, notice_minutes=120, horizon_days=5, modes=frozenset({"in_person", "video"})
    ),
)
OPENED = agenda(
    weekly("09:00", "12:00", accepts=Acceptance(modes=BOTH)),
    weekly("10:00", "11:30", capacity=2),
    extras=(extra("2027-03-28", "01:30", "04:00"),),
    motives=MOTIVES,
)

times = st.builds(
    lambda cell, cells: Stretch(at("2027-03-26 07:00") + 5 * cell, at("2027-03-26 07:00") + 5 * (cell + cells)),
    st.integers(-12, 80),
    st.integers(1, 18),
)
visits = st.lists(times, max_size=12)


def test_an_added_or_removed_visit_that_is_skipped_moves_nothing() -> None:
    skipped = {"added": 0, "removed": 0}

    @settings(max_examples=1500, deadline=None)
    @given(busy=visits, new=times)
    def probe(busy: list[Stretch], new: Stretch) -> None:
        without, with_it = Occupation(busy), Occupation([*busy, new])
        before, after = next_starts(OPENED, without, NOW), next_starts(OPENED, with_it, NOW)
        if not moved_by_added(OPENED, before, new):
            skipped["added"] += 1
            assert after == before
        if not moved_by_removed(OPENED, after, new):
            skipped["removed"] += 1
            assert after == before

    probe()
    assert min(skipped.values()) > 100  # a rule that never skips would pass the rest


@settings(max_examples=500, deadline=None)
@given(busy=visits, holds=visits, minutes=st.integers(0, 3 * 1440))
def test_nothing_moves_before_its_due_time(busy: list[Stretch], holds: list[Stretch], minutes: int) -> None:
    """Each hold expires after a time of its own; until the due time the first slots are as they were."""
    ends = [NOW + timedelta(minutes=7 * place + 3) for place in range(len(holds))]

    def first(now_minutes: int) -> dict[tuple[str, str], int | None]:
        now = NOW + timedelta(minutes=now_minutes)
        live = [hold for hold, end in zip(holds, ends, strict=True) if end > now]
        return next_starts(OPENED, Occupation([*busy, *live]), now)

    published = first(0)
    until = due(OPENED, published, ends, NOW)
    assert until is not None
    if NOW + timedelta(minutes=minutes) < until:
        assert first(minutes) == published


def test_the_midnight_that_moves_the_horizon_is_the_place_s() -> None:
    shut = agenda(motives=MOTIVES, zone="Indian/Reunion")
    instant = due(shut, next_starts(shut, Occupation(), NOW), [], NOW)
    assert instant is not None
    assert instant.astimezone(ZoneInfo("Indian/Reunion")).strftime("%d %H:%M") == "27 00:00"


def test_an_agenda_without_motives_is_never_due() -> None:
    assert due(agenda(), {}, [], NOW) is None
