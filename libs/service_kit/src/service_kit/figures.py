"""What relays and consumers tell of themselves as OpenTelemetry instruments: how far, how far behind, how old."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

meter = get_meter("service_kit")
Seen = tuple[float, Mapping[str, str]]


def gauge(name: str, unit: str, description: str, see: Callable[[], Iterable[Seen]]) -> None:
    """A figure that `see` tells whenever somebody asks: values with their attributes."""

    def observe(_: CallbackOptions) -> Iterator[Observation]:
        for value, attributes in see():
            yield Observation(value, attributes)

    meter.create_observable_gauge(name, [observe], unit=unit, description=description)


def age(since: float | None) -> float:
    """Seconds since an instant (seconds since the epoch); 0 without one, and never less."""
    return 0.0 if since is None else max(0.0, time.time() - since)
