"""What stored events are called, which versions of them there were, and the pure steps from each to the next.

Stored bytes never change. What is read is raised, one version at a time, to the one that is written today.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from event_store.events import Event

E_co = TypeVar("E_co", covariant=True)

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""The decoded JSON of version n in, that of version n + 1 out; the same for the same, whenever it is asked."""


class UnknownEvent(Exception):
    """The log holds something that this release does not know: whoever reads it stops, and never guesses."""


class UnknownType(UnknownEvent):
    """No event of this name was ever written by this release or an earlier one."""


class UnknownVersion(UnknownEvent):
    """A newer release wrote this version; only that one or a later one can read it."""


@dataclass(frozen=True)
class StoredType(Generic[E_co]):
    """A stored event type: its name for ever, the version that is written, how that one is decoded.

    `steps[n]` leads from version n to n + 1; there is one for each version before `version`, else ValueError.
    """

    name: str
    version: int
    decode: Callable[[bytes], E_co]
    steps: Mapping[int, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a stored type needs a name")
        if self.version < 1 or set(self.steps) != set(range(1, self.version)):
            raise ValueError(f"{self.name} version {self.version} needs one step from each version before it")


class StoredTypes(Generic[E_co]):
    """Every type that was ever stored. ValueError when two have one name."""

    def __init__(self, types: Iterable[StoredType[E_co]]) -> None:
        self._types: dict[str, StoredType[E_co]] = {}
        for each in types:
            if each.name in self._types:
                raise ValueError(f"{each.name} is the name of two stored types")
            self._types[each.name] = each

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Every (name, version) that may stand in a log: each wants a golden file."""
        return ((each.name, version) for each in self._types.values() for version in range(1, each.version + 1))

    def version(self, name: str) -> int:
        """The version that is written today. UnknownType."""
        return self._type(name).version

    def decode(self, event: Event) -> E_co:
        """The event as this release knows it. UnknownType or UnknownVersion: it stops here."""
        known = self._type(event.type)
        if not 1 <= event.version <= known.version:
            raise UnknownVersion(
                f"{event.type} version {event.version} is not known to this release, which writes {known.version}"
            )
        if event.version == known.version:
            return known.decode(event.data)
        fields = json.loads(event.data)
        for version in range(event.version, known.version):
            fields = known.steps[version](fields)
        return known.decode(json.dumps(fields, ensure_ascii=False).encode())

    def _type(self, name: str) -> StoredType[E_co]:
        try:
            return self._types[name]
        except KeyError:
            raise UnknownType(f"{name} is not a type that this release knows") from None
