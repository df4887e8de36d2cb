"""Time zones: their names as Trino normalises them, and wall clocks <-> instants.

A `timestamp with time zone` has its zone in its type, or, where rows differ (zone None), beside each instant.
"""

from __future__ import annotations

import re
from functools import cache

from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import ZONED, Type, literal

_UTC = {
    "utc", "z", "ut", "uct", "gmt", "gmt0", "greenwich", "universal", "zulu", "etc/utc", "etc/uct", "etc/gmt",
    "etc/gmt0", "etc/gmt+0", "etc/gmt-0", "etc/greenwich", "etc/universal", "etc/zulu", "gmt+0", "gmt-0",
}  # fmt: skip
_OFFSET = re.compile(r"(Etc/GMT|Etc/UTC|GMT|UTC|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")
FURTHEST_MINUTES = 14 * 60


@cache
def _names() -> frozenset[str]:
    import pytz  # type: ignore[import-untyped]

    return frozenset(pytz.all_timezones)


def normalised(text: str) -> str | None:
    """A zone's name as Trino shows it (`UTC`, `+07:09`, `Asia/Tokyo`); None when there is no such zone."""
    if text.lower() in _UTC:
        return "UTC"
    if found := _OFFSET.fullmatch(text):
        prefix, sign, hours, minutes = found[1], found[2], int(found[3]), int(found[4] or 0)
        if minutes > 59 or hours * 60 + minutes > FURTHEST_MINUTES:
            return None
        if not hours and not minutes:
            return "UTC"
        if prefix == "Etc/GMT":
            sign = "-" if sign == "+" else "+"
        return f"{sign}{hours:02}:{minutes:02}"
    return text if text in _names() else None


def local(sql: str, zone: str | None) -> str:
    """The wall-clock timestamp of an instant in a zone (None: in its own)."""
    if zone is None:
        return f"athena_wall(({sql}).t, ({sql}).z)"
    if (minutes := _minutes(zone)) is not None:
        return f"(timezone('UTC', {sql}) + to_minutes({minutes}))"
    return f"timezone({literal(zone)}, {sql})"


def instant(wall: str, zone: str) -> str:
    """The instant at which a zone's wall clock shows a timestamp."""
    if (minutes := _minutes(zone)) is not None:
        return f"timezone('UTC', {wall} - to_minutes({minutes}))"
    return f"timezone({literal(zone)}, {wall})"


def _minutes(zone: str) -> int | None:
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone)
    return int(found[1] + "1") * (int(found[2]) * 60 + int(found[3])) if found else None


def at_wall(wall: str, like: Typed) -> str:
    """The value that shows a wall clock in the zone of another value."""
    zone = like.type.args[1]
    if zone is not None:
        return instant(wall, zone)
    return carried(f"athena_unwall({wall}, ({like.sql}).z)", f"({like.sql}).z")


def carried(moment: str, zone: str) -> str:
    """An instant together with the name of its zone; NULL for no instant."""
    return f"CASE WHEN {moment} IS NOT NULL THEN struct_pack(t := {moment}, z := {zone}) END"


def moment(sql: str, of: Type) -> str:
    """The bare instant of a timestamp with time zone; any other value as it is."""
    return f"({sql}).t" if of.name == ZONED and of.args[1] is None else sql


def zone_text(sql: str, of: Type) -> str:
    """The name of a value's zone, as text."""
    return f"({sql}).z" if of.args[1] is None else literal(of.args[1])


def rezoned(sql: str, source: Type, target: Type) -> str:
    """A value of one zoned type as another: the instant stays; its zone comes along when the target carries it."""
    if source.args[1] == target.args[1] or target.args[1] is not None:
        return sql if source.args[1] is not None else f"({sql}).t"
    return carried(sql, literal(source.args[1]))
