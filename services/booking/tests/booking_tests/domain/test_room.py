"""The peak of visits at once, against an oracle that looks at every minute."""

from booking.domain.room import peak
from hypothesis import given
from hypothesis import strategies as st

from ..given import NINE, minutes, visit

stretches = st.builds(
    lambda at, length, before, after: visit(NINE + minutes(at), length, before=before, after=after).stretch,
    st.integers(0, 60), st.integers(1, 60), st.integers(0, 10), st.integers(0, 10),
)  # fmt: skip


@given(stretches, st.lists(stretches, max_size=8))
def test_the_peak_is_what_a_look_at_every_minute_finds(wanted, others) -> None:  # type: ignore[no-untyped-def]
    at, most = wanted.occupied_from, 0
    while at < wanted.occupied_until:
        most = max(most, sum(other.occupied_from <= at < other.occupied_until for other in others))
        at += minutes(1)
    assert peak(wanted, others) == most
