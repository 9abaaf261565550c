"""Distances on the globe and the grid of cells that makes "within so many kilometres" an index scan."""

from __future__ import annotations

import math

from directory.domain.gazetteer import Point

EARTH_KM = 6371.0
LAT_STEP, LON_STEP = 0.05, 0.0675
_LON_CELLS = math.ceil(360 / LON_STEP)
NOWHERE = -1
"""The cell of an offer without a point: no circle touches it."""

RINGS_KM = (2, 6, 20, 50, 100)


def cell_of(point: Point | None) -> int:
    """The cell of a point: rows of 0.05 degrees of latitude, columns of 0.0675 of longitude."""
    if point is None:
        return NOWHERE
    return _row(point[0]) * _LON_CELLS + _column(point[1])


def _row(lat: float) -> int:
    return math.floor((lat + 90) / LAT_STEP)


def _column(lon: float) -> int:
    return math.floor((lon + 180) / LON_STEP) % _LON_CELLS


def distance_m(a: Point, b: Point) -> int:
    """Haversine, metres."""
    lat_a, lat_b = math.radians(a[0]), math.radians(b[0])
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b[1] - a[1]) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return round(2 * EARTH_KM * 1000 * math.asin(min(1.0, math.sqrt(h))))


def cells_within(centre: Point, km: float) -> list[int]:
    """The cells that a circle touches (a few more at the corners)."""
    lat, lon = centre
    spread = math.degrees(km / EARTH_KM)
    widest = max(math.cos(math.radians(min(89.0, abs(lat) + spread))), 0.01)
    around = spread / widest
    first, last = _row(max(-90.0, lat - spread)), _row(min(90.0, lat + spread))
    columns = min(
        math.floor((lon + around + 180) / LON_STEP) - math.floor((lon - around + 180) / LON_STEP), _LON_CELLS - 1
    )
    left = math.floor((lon - around + 180) / LON_STEP)
    return [
        row * _LON_CELLS + (left + step) % _LON_CELLS for row in range(first, last + 1) for step in range(columns + 1)
    ]
