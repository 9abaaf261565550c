"""Who answers to a question, nearest or soonest first: the words understood, the tables asked, the page made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service_kit.database import Connection, Database

from directory.domain.dictionary import Dictionary, related
from directory.domain.gazetteer import Gazetteer, Point
from directory.domain.notice import Notices, notices_of
from directory.domain.places import guess_spot
from directory.domain.question import Meaning, understand, windows
from directory.domain.seeking import FEW, REACHES_KM, Filters, Seek, Sort
from directory.domain.specialities import SPECIALITIES, Speciality
from directory.views import near, people, practices
from directory.views.cards import Card, cards
from directory.views.near import Found

MANY = 50
_ALL = tuple(one.id for one in SPECIALITIES)


@dataclass(frozen=True, slots=True)
class Cursor:
    """From where the next page goes on. `km`: how far the first page reached; `skip`: of a list of names."""

    km: int | None
    row: Found | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it came. `position`: the reader's own place; `where` says another one."""

    q: str
    where: str
    position: Point | None
    filters: Filters
    sort: Sort | None
    now: datetime
    limit: int
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Results:
    """One page, and what is to be said about it."""

    cards: Sequence[Card]
    next: Cursor | None
    meaning: Meaning
    notices: Notices
    related: Sequence[Speciality]


class Search:
    """Holds the dictionaries; the rest is in the tables."""

    def __init__(self, database: Database, gazetteer: Gazetteer, dictionary: Dictionary) -> None:
        self._database = database
        self._gazetteer = gazetteer
        self._dictionary = dictionary

    async def find(self, asked: Asked) -> Results:
        """A page of results. Whatever was written, there is an answer."""
        async with self._database.connection() as connection:
            borne = await people.known(connection, windows(asked.q))
            meaning = understand(asked.q, asked.where, borne, self._dictionary, self._gazetteer)
            notices = notices_of(meaning)
            if meaning.hopeless:
                notices.add("nothing-found")
                return Results([], None, meaning, notices, [])
            found, following = await self._look_up(connection, asked, meaning, notices)
            shown = await cards(connection, found, asked.filters, asked.now)
        if not shown:
            notices.add("nothing-found")
        return Results(shown, following, meaning, notices, related(meaning.specialities))

    async def _look_up(
        self, connection: Connection, asked: Asked, meaning: Meaning, notices: Notices
    ) -> tuple[list[tuple[int, int | None]], Cursor | None]:
        seek = _seek(asked, meaning)
        if meaning.national_id or meaning.names:
            named = await _named(connection, seek, meaning, notices)
            if named:
                return _page(_within_reach(named, seek, notices), seek, asked.after)
            seek = self._without_names(seek, meaning, notices)
            if not meaning.specialities and seek.centre is None:
                return [], None
        if seek.centre is None and asked.filters.mode == "in_person":
            notices.add("no-place")
        return await _listed(connection, seek, asked.after, notices)

    def _without_names(self, seek: Seek, meaning: Meaning, notices: Notices) -> Seek:
        """Nobody is called so: a misspelt town perhaps; else the rest of the question is answered, and that is said."""
        if meaning.spot is None and (guessed := guess_spot(meaning.names, self._gazetteer)):
            notices.add("guessed-place", guessed.label)
            return replace(seek, centre=guessed.point, sort=seek.sort if seek.centre else "distance")
        notices.add("unknown-words", " ".join(meaning.names))
        return seek


def _seek(asked: Asked, meaning: Meaning) -> Seek:
    centre = meaning.spot.point if meaning.spot else asked.position
    by_distance = centre is not None and asked.filters.mode == "in_person"
    sort: Sort = asked.sort or ("distance" if by_distance else "earliest")
    if centre is None:
        sort = "earliest"
    specs = tuple(one.id for one in meaning.specialities) or _ALL
    return Seek(specs, asked.filters, sort, asked.now, asked.limit, centre)


async def _named(connection: Connection, seek: Seek, meaning: Meaning, notices: Notices) -> list[people.Bearer]:
    given = await near.parameters(connection, seek)
    if meaning.national_id:
        return await practices.numbered(connection, meaning.national_id, given)
    if practices.PRACTICE_WORDS.intersection(meaning.names):
        return await practices.named(connection, meaning.names, given)
    found = await people.find(connection, meaning.names, given)
    if not found:
        return await practices.named(connection, meaning.names, given)
    if found[0].cost >= people.APPROXIMATE_FROM:
        notices.add("approximate-name")
    return found


def _within_reach(found: list[people.Bearer], seek: Seek, notices: Notices) -> list[people.Bearer]:
    """Those of the name who are near, when somebody is."""
    if len(found) > MANY and found[MANY].cost < people.APPROXIMATE_FROM:
        notices.add("many")
    if seek.centre is None:
        return found
    for km in REACHES_KM:
        if within := [one for one in found if one.metres is not None and one.metres <= km * 1000]:
            if km > REACHES_KM[0]:
                notices.widened_to(km)
            return within
    notices.widened_to(None)
    return found


def _page(
    found: list[people.Bearer], seek: Seek, after: Cursor | None
) -> tuple[list[tuple[int, int | None]], Cursor | None]:
    skip = after.skip if after else 0
    shown = found[skip : skip + seek.limit]
    following = Cursor(None, skip=skip + seek.limit) if len(found) > skip + seek.limit else None
    return [(one.offer, _metres(one.metres)) for one in shown], following


async def _listed(
    connection: Connection, seek: Seek, after: Cursor | None, notices: Notices
) -> tuple[list[tuple[int, int | None]], Cursor | None]:
    """By speciality and place. The first page decides how far the search reaches; the cursor carries it on."""
    bounded = seek.centre is not None and seek.filters.mode == "in_person"
    if after is not None:
        km = after.km
        found = await near.find(connection, replace(seek, km=km), after.row)
    elif bounded:
        km, found = await _reaching_out(connection, seek)
    else:
        km, found = None, await near.find(connection, seek, None)
    if bounded and km != REACHES_KM[0]:
        notices.widened_to(km)
    shown, more = found[: seek.limit], len(found) > seek.limit
    following = Cursor(km, row=shown[-1]) if more else None
    return [(one.offer, _metres(one.metres)) for one in shown], following


async def _reaching_out(connection: Connection, seek: Seek) -> tuple[int | None, list[Found]]:
    """The smallest reach with enough results, or else with the most; all of France only when nobody is nearer."""
    best, most = REACHES_KM[0], list[Found]()
    for km in REACHES_KM:
        found = await near.find(connection, replace(seek, km=km), None)
        if len(found) > len(most):
            best, most = km, found
        if len(found) >= FEW:
            break
    return (best, most) if most else (None, await near.find(connection, seek, None))


def _metres(metres: int | None) -> int | None:
    return None if metres is None or metres >= near.FAR_M else metres
