"""The whole meaning of the store in a list and a dictionary, and what of it a run has met."""

from collections import Counter
from uuid import UUID

from event_store import AlreadySeen, Appended, DCBAppendCondition, DCBQuery, DCBQueryItem, Event, Request


class Model:
    """What the store should answer. `met` counts the cases, so that a run can be asked what it has proved."""

    def __init__(self, met: Counter[str]) -> None:
        self.log: list[Event] = []
        self.seen: dict[UUID, AlreadySeen] = {}
        self._met = met

    def read(self, query: DCBQuery, after: int, limit: int | None) -> list[int]:
        """The positions that a read is answered with."""
        found = self._matching(query, after)
        self._met["a read that its limit cut short"] += limit is not None and 0 < limit < len(found)
        self._met["a read of nothing, limit 0"] += limit == 0 and bool(found)
        self._met["a read that began behind something that matches"] += self._matching(query, 0) != found != []
        self._met["a read of the whole log"] += not query.items and bool(found)
        return found[: None if limit is None else max(0, limit)]

    def find(self, request_id: UUID) -> AlreadySeen | None:
        """What was kept of a request."""
        self._met["a request that was found" if request_id in self.seen else "a request that was not found"] += 1
        return self.seen.get(request_id)

    def append(
        self, events: list[Event], condition: DCBAppendCondition | None, request: Request | None, *, group_began: int
    ) -> Appended | AlreadySeen | list[int]:
        """The answer; of a conflict, the positions of which any may be named. The group began after `group_began`."""
        if request is not None and request.id in self.seen:
            seen = self.seen[request.id]
            self._met[
                "a request seen in its own group" if seen.position > group_began else "a request seen before"
            ] += 1
            return seen
        if condition is not None:
            query, after = condition.fail_if_events_match, condition.after or 0
            against = self._matching(query, after)
            if against:
                self._count_conflict(query, after, against, group_began)
                return against
            self._met["a condition that binds only what is new"] += bool(self._matching(query, 0))
        self.log += events
        self._met["an append of several events"] += len(events) > 1
        if request is not None:
            self._met["an answer kept without an event"] += not events
            self.seen[request.id] = AlreadySeen(len(self.log), request.fingerprint, request.answer)
        return Appended(len(self.log))

    def _count_conflict(self, query: DCBQuery, after: int, against: list[int], group_began: int) -> None:
        self._met["a conflict"] += 1
        self._met["a conflict with the same group only"] += min(against) > group_began
        self._met["a conflict right behind the condition's position"] += after > 0 and against[0] == after + 1
        self._met["a conflict that the first item does not see"] += len(query.items) > 1 and not self._matching(
            DCBQuery(query.items[:1]), after
        )

    def _matching(self, query: DCBQuery, after: int) -> list[int]:
        items = query.items or [DCBQueryItem()]
        found = []
        for position, event in enumerate(self.log, start=1):
            if position > after:
                number = sum(self._matches(item, event) for item in items)
                self._met["an event that two items match"] += number > 1
                found += [position] if number else []
        return found

    def _matches(self, item: DCBQueryItem, event: Event) -> bool:
        tags, types = set(item.tags) <= set(event.tags), not item.types or event.type in item.types
        self._met["an event of another type"] += tags and not types
        self._met["an event of one of two types"] += tags and types and len(set(item.types)) > 1
        self._met["an event with only some of the tags"] += types and not tags and bool({*item.tags} & {*event.tags})
        self._met["an event with all of two tags and more"] += (
            types and len({*item.tags}) > 1 and {*item.tags} < {*event.tags}
        )
        return tags and types
