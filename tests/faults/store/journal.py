"""What a client wrote down of its attempts and answers; the process may be killed between any two lines."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

FREELY = -1
ACKNOWLEDGED = ("Appended", "AlreadySeen")


class Journal:
    """Lines that are with the kernel before the client goes on: a killed process loses none that it had written."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, name: str, word: str, number: int = 0) -> None:
        """`try` (number: its condition's `after`, or FREELY), an answer with its position, `unknown` or `nothing`."""
        os.write(self._descriptor, f"{time.monotonic():.6f} {name} {word} {number}\n".encode())


@dataclass(frozen=True)
class Line:
    """One line; the moment is of the clock that all processes of the machine share."""

    moment: float
    name: str
    word: str
    number: int


@dataclass
class Story:
    """All that is known of one request, from one journal or from several."""

    name: str
    lines: list[Line] = field(default_factory=list)

    @property
    def afters(self) -> list[int]:
        """The `after` of each attempt."""
        return [line.number for line in self.lines if line.word == "try"]

    @property
    def answers(self) -> list[Line]:
        """The lines that acknowledge it."""
        return [line for line in self.lines if line.word in ACKNOWLEDGED]

    @property
    def refused(self) -> bool:
        """Whether the store said that nothing was recorded, and the client left it at that."""
        return not self.answers and self.lines[-1].word == "nothing"

    @property
    def open(self) -> bool:
        """Whether an attempt was begun and nothing certain has been heard of it."""
        return self.lines[-1].word in ("try", "unknown", "uncommitted")

    def in_flight(self, moment: float) -> bool:
        """Whether the client waited for an answer to it at that moment."""
        before = [line for line in self.lines if line.moment <= moment]
        return bool(before) and before[-1].word in ("try", "unknown", "uncommitted")

    def waits(self) -> list[tuple[float, float]]:
        """From when till when each attempt waited for whatever answer."""
        ordered = zip(self.lines, self.lines[1:], strict=False)
        return [(line.moment, after.moment) for line, after in ordered if line.word == "try"]


def lines_of(file: Path) -> list[Line]:
    """The whole lines of a journal, also of one that is being written; what stands after the last line end is not."""
    if not file.exists():
        return []
    whole = file.read_text().rpartition("\n")[0]
    words = (line.split(" ") for line in whole.splitlines())
    return [Line(float(moment), name, word, int(number)) for moment, name, word, number in words]


def stories(files: Iterable[Path]) -> dict[str, Story]:
    """The requests by name, told together from all the journals in the order of time."""
    told: dict[str, Story] = {}
    for line in sorted((line for file in files for line in lines_of(file)), key=lambda line: line.moment):
        told.setdefault(line.name, Story(line.name)).lines.append(line)
    return told
