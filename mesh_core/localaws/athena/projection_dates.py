"""Projected dates: patterns of Java's DateTimeFormatter, bounds relative to NOW, steps of calendar units."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mesh_core.localaws.athena.failures import unsupported

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = tuple(calendar.month_name)[1:]
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
# each field's pattern, how it is read into the parts of a datetime, and how it is written
_Field = tuple[str, Callable[[str], dict[str, int]], Callable[[datetime], str]]


def _number(name: str, width: int) -> _Field:
    def read(text: str) -> dict[str, int]:
        return {name: int(text)}

    return rf"\d{{{width}}}" if width > 1 else r"\d+", read, lambda at: f"{getattr(at, name):0{width}}"


def _year(width: int) -> _Field:
    if width == 2:
        return r"\d{2}", lambda text: {"year": 2000 + int(text)}, lambda at: f"{at.year % 100:02}"
    return rf"\d{{{max(4, width)}}}", lambda text: {"year": int(text)}, lambda at: f"{at.year:0{max(4, width)}}"


def _month(width: int) -> _Field:
    if width < 3:
        return _number("month", width)
    names = [each if width > 3 else each[:3] for each in _MONTHS]
    return "|".join(names), lambda text: {"month": names.index(text) + 1}, lambda at: names[at.month - 1]


def _day_of_year(width: int) -> _Field:
    shape = rf"\d{{{width}}}" if width > 1 else r"\d+"
    return shape, lambda text: {"day_of_year": int(text)}, lambda at: f"{at.timetuple().tm_yday:0{width}}"


def _fraction(width: int) -> _Field:
    shape = rf"\d{{{width}}}"
    return (
        shape,
        lambda text: {"microsecond": int(text[:6].ljust(6, "0"))},
        lambda at: f"{at.microsecond:06}".ljust(width, "0")[:width],
    )


_LETTERS: dict[str, Callable[[int], _Field]] = {
    "y": _year,
    "u": _year,
    "M": _month,
    "L": _month,
    "d": lambda width: _number("day", width),
    "D": _day_of_year,
    "H": lambda width: _number("hour", width),
    "m": lambda width: _number("minute", width),
    "s": lambda width: _number("second", width),
    "S": _fraction,
}


class DatePattern:
    """A pattern: writes moments, and reads them back strictly."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.letters = ""
        self._parts: list[str | _Field] = []
        for found in _TOKEN.finditer(text):
            self._parts.append(self._part(found))
        self.shape = self._shape("(?:")
        self._groups = re.compile(self._shape("("))

    def _shape(self, opening: str) -> str:
        texts = [re.escape(each) if isinstance(each, str) else f"{opening}{each[0]})" for each in self._parts]
        return "".join(texts)

    def _part(self, found: re.Match[str]) -> str | _Field:
        if found[1] is not None:
            return found[1].replace("''", "'") or "'"
        if found[2] is None:
            return found[0]
        if found[2] not in _LETTERS:
            raise unsupported(f"The letter '{found[2]}' in a projection's date format")
        self.letters += found[2]
        return _LETTERS[found[2]](len(found[0]))

    def write(self, at: datetime) -> str:
        """A moment as text."""
        return "".join(each if isinstance(each, str) else each[2](at) for each in self._parts)

    def read(self, text: str) -> datetime | None:
        """The moment of a text, the earliest that it can mean; None for one that does not fit."""
        found = self._groups.fullmatch(text)
        if found is None:
            return None
        values: dict[str, int] = {}
        fields = [each for each in self._parts if not isinstance(each, str)]
        for field, part in zip(fields, found.groups(), strict=True):
            values |= field[1](part)
        day_of_year = values.pop("day_of_year", None)
        try:
            moment = datetime(**{"year": 1970, "month": 1, "day": 1, "tzinfo": UTC, **values})  # type: ignore[arg-type]
            return moment if day_of_year is None else moment + timedelta(day_of_year - 1)
        except (ValueError, OverflowError):
            return None

    def cut(self, at: datetime) -> datetime:
        """A moment without what the pattern does not say."""
        return self.read(self.write(at)) or at


_NOW = re.compile(
    r"\s*NOW\s*(?:([+-])\s*(\d+)\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?)\s*)?", re.IGNORECASE
)
_FIXED_S = {"WEEKS": 604_800, "DAYS": 86_400, "HOURS": 3600, "MINUTES": 60, "SECONDS": 1, "MILLIS": 0.001}
UNITS = (*_FIXED_S, "MONTHS", "YEARS")


def moved(at: datetime, count: int, unit: str) -> datetime:
    """A moment later by so many units; the last day of a month stands for those that it lacks. OverflowError."""
    if unit in _FIXED_S:
        return at + timedelta(seconds=count * _FIXED_S[unit])
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "YEARS" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"year {year}")
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def bound(text: str, pattern: DatePattern, now: datetime) -> datetime | None:
    """A bound of a range: NOW, NOW-3YEARS, or a date in the pattern; None for anything else."""
    if found := _NOW.fullmatch(text):
        if found[1] is None:
            return pattern.cut(now)
        unit = found[3].upper().rstrip("S") + "S"
        return pattern.cut(moved(now, int(found[1] + found[2]), unit))
    return pattern.read(text)


@dataclass(frozen=True)
class DateRange:
    """Moments from the first to the last, so many units apart."""

    first: datetime
    last: datetime
    interval: int
    unit: str

    def moments(self) -> Iterator[datetime]:
        """All of them."""
        at = self.first
        while at <= self.last:
            yield at
            try:
                at = moved(at, self.interval, self.unit)
            except OverflowError:
                return

    def has(self, at: datetime) -> bool:
        """Whether a moment is one of them."""
        if not self.first <= at <= self.last:
            return False
        if self.unit in _FIXED_S:
            step = timedelta(seconds=self.interval * _FIXED_S[self.unit])
            return (at - self.first) % step == timedelta(0)
        months = (at.year - self.first.year) * 12 + at.month - self.first.month
        step_months = self.interval * (12 if self.unit == "YEARS" else 1)
        return months % step_months == 0 and moved(self.first, months, "MONTHS") == at
