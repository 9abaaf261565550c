"""The oracle: holds what every reader saw and every writer was told against the log, and says what cannot be true.

It knows nothing of SQL. Matching, conditions, requests and order are computed here anew, from the log alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from event_store import Event, RecordedEvent, verify_chain

from .testimony import OUTCOMES, Following, Inquiry, Look, QueryItems, Record, Try, answer_to_keep


def faults(log: Sequence[RecordedEvent], records: Iterable[Record]) -> list[str]:
    """Everything that is wrong; empty when the log explains all that was seen and told."""
    records = list(records)
    tries = [one for one in records if isinstance(one, Try)]
    looks = [one for one in records if isinstance(one, Look)]
    judge = _Judge(log, tries)
    return [
        *judge.of_the_log(),
        *(fault for look in looks for fault in judge.of_a_look(look)),
        *(fault for one in tries for fault in judge.of_a_try(one)),
        *judge.of_strangers(),
        *judge.of_requests([one for one in records if isinstance(one, Inquiry)]),
        *judge.of_order([*looks, *tries]),
        *judge.of_followings([one for one in records if isinstance(one, Following)]),
    ]


class _Judge:
    def __init__(self, log: Sequence[RecordedEvent], tries: list[Try]) -> None:
        self._log = log
        self._tries = tries
        self._places: dict[str, list[int]] = defaultdict(list)  # index in the log of the events of each try
        self._tagged: dict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(log):
            self._places[one.event.data.decode().split("/")[0]].append(index)
            for tag in set(one.event.tags):
                self._tagged[tag].append(index)

    def of_the_log(self) -> Iterator[str]:
        if [one.position for one in self._log] != list(range(1, len(self._log) + 1)):
            yield "positions have gaps"
        if any(later.recorded_at <= earlier.recorded_at for earlier, later in pairwise(self._log)):
            yield "recorded_at does not grow"
        report = verify_chain(self._log)
        if not report.intact:
            yield f"the chain breaks at {report.broken_at}: {report.reason}"

    def of_a_look(self, look: Look) -> Iterator[str]:
        name = f"a read of {look.query} after {look.after}"
        if look.head > len(self._log):
            yield f"{name} saw a head that the log never had"
        elif look.head and datetime.fromisoformat(look.now) < self._log[look.head - 1].recorded_at:
            yield f"{name} was told a time before its last event"
        if look.seen != self._matching(look.query, look.after, look.head)[: look.limit]:
            yield f"{name} saw something else than the log up to {look.head} holds"

    def of_a_try(self, one: Try) -> Iterator[str]:
        places = self._places.get(one.name, [])
        if one.outcome not in OUTCOMES:
            yield f"{one.name} failed with {one.outcome}"
        elif one.outcome == "Appended" or (places and (one.outcome == "Unknown" or _met_itself(one))):
            yield from self._of_what_was_recorded(one, places)
        elif places:
            yield f"{one.name} was told {one.outcome} and is recorded all the same"
        if one.outcome == "Conflict" and not self._is_reason(one):
            yield f"{one.name} was refused without reason"

    def _of_what_was_recorded(self, one: Try, places: list[int]) -> Iterator[str]:
        first = places[0] if places else (one.position or 0)
        if [_content(self._log[index].event) for index in places] != [
            _content(one.event(number)) for number in range(len(one.events))
        ] or places != list(range(first, first + len(one.events))):
            yield f"{one.name} is not recorded as it was given"
        elif one.position is not None and one.position != first + len(one.events):
            yield f"{one.name} is not recorded where it was told"
        if one.after is not None and self._matching(one.query, one.after, first):
            yield f"{one.name} was accepted against its condition"

    def _is_reason(self, one: Try) -> bool:
        assert one.position is not None
        return one.after is not None and one.position in self._matching(one.query, one.after, one.position)

    def of_strangers(self) -> Iterator[str]:
        for name in self._places.keys() - {one.name for one in self._tries}:
            yield f"{name} is in the log and nobody wrote it"

    def of_requests(self, inquiries: list[Inquiry]) -> Iterator[str]:
        by_request: dict[str, list[Try]] = defaultdict(list)
        for one in self._tries:
            if one.request is not None:
                by_request[one.request].append(one)
        for request, tries in by_request.items():
            yield from self._of_one_request(request, tries, [one for one in inquiries if one.request == request])

    def _of_one_request(self, request: str, tries: list[Try], inquiries: list[Inquiry]) -> Iterator[str]:
        done = [one for one in tries if one.outcome == "Appended" or one.name in self._places]
        if len(done) > 1:
            yield f"request {request} had its effect {len(done)} times"
        # Of an append without events whose answer was lost, only what was kept of it tells.
        possible = done or [one for one in tries if one.outcome == "Unknown" or _met_itself(one)]
        kept = {(one.name, answer_to_keep(one.name)): self._reached(one) for one in possible}
        answered = min((one.ended for one in done if one.outcome == "Appended"), default=float("inf"))
        for each in (*tries, *inquiries):
            if each.kept is not None:
                if kept.get(tuple(each.kept), -1) not in (None, each.position):
                    yield f"request {request} was said to be seen as something that it was not"
            elif each.began > answered and getattr(each, "outcome", None) not in ("Refused", "Unknown"):
                yield f"request {request} was forgotten after it was answered"

    def _reached(self, one: Try) -> int | None:
        places = self._places.get(one.name)
        return places[-1] + 1 if places else one.position

    def of_order(self, records: list[Look | Try]) -> Iterator[str]:
        """What anybody was told, everybody who asks later sees, and nothing is put before it."""
        moments = sorted(
            [(one.began, 0, number) for number, one in enumerate(records)]
            + [(one.ended, 1, number) for number, one in enumerate(records)]
        )
        known = 0
        for _, ends, number in moments:
            one = records[number]
            reached = one.head if isinstance(one, Look) else (one.position or 0)
            if ends:
                known = max(known, reached)
            elif isinstance(one, Look) and reached < known:
                yield f"a read saw the head {reached} when {known} was known"
            elif isinstance(one, Try) and one.outcome == "Appended" and reached - len(one.events) < known:
                yield f"{one.name} was put before {known}, which was known"

    def of_followings(self, followings: list[Following]) -> Iterator[str]:
        for following in followings:
            if following.seen != list(range(1, len(following.seen) + 1)):
                yield "a subscriber did not see each position once and in order"

    def _matching(self, query: QueryItems, after: int, until: int) -> list[int]:
        """Positions, found by the index of the log: gaps, if there are any, are a fault of their own."""
        found: set[int] = set()
        for types, tags in query or [([], [])]:
            narrow: Iterable[int] = range(after, min(until, len(self._log)))
            if tags:
                narrow = min((self._tagged.get(tag, []) for tag in tags), key=len)
            for index in narrow:
                event = self._log[index].event
                if after <= index < until and (not types or event.type in types) and set(tags) <= set(event.tags):
                    found.add(index + 1)
        return sorted(found)


def _met_itself(one: Try) -> bool:
    """Its answer was lost, and the store, which sent it again, was told what had been kept of it."""
    return one.kept is not None and one.kept[0] == one.name


def _content(event: Event) -> tuple[str, bytes, list[str]]:
    return event.type, event.data, event.tags
