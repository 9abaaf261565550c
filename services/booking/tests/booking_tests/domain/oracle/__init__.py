"""The rules of booking once more, slow and obvious: plain records, a look at every minute, a calendar asked each time.

It shares nothing with the domain but the words of the facts. For each thing asked it says all the reasons against it;
the domain must name one of them, or do it when there is none. What must hold whatever is asked is in `invariants`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .absences import Absences
from .patients import Patients
from .practice import Practice
from .records import Who
from .waiting import WaitingList

__all__ = ["Oracle", "Who"]


@dataclass
class Oracle(Patients, Practice, Absences, WaitingList):
    """All that may be asked."""
