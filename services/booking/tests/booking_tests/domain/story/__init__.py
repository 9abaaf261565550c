"""A story: whatever may be asked of booking, told to the domain and to the oracle, which must agree.

Nights, midnights and the change of the clock of 28 March 2027, three agendas in two zones, two of
which share rooms, four people. Each decision
is taken on its boundary alone and on the whole log, which must come to the same.
"""

from __future__ import annotations

from hypothesis.stateful import invariant

from ..oracle.invariants import broken
from .likeness import told_alike
from .rooms import RoomSteps
from .telling import SEEN, STEPS

__all__ = ["SEEN", "STEPS", "Story"]


class Story(RoomSteps):
    @invariant()
    def both_know_the_same(self) -> None:
        if self.looked_at == (len(self.log), self.at):
            return
        self.looked_at = len(self.log), self.at
        mine, theirs = told_alike(self.known(), self.oracle)
        assert mine == theirs
        assert broken(self.log, self.at) == []
