"""The values that a projection gives a partition key: of an enumeration, a range of integers or dates, or a query."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from mesh_core.localaws.athena.failures import QueryFailure, failure
from mesh_core.localaws.athena.partition_values import Condition, may_satisfy
from mesh_core.localaws.athena.projection_dates import UNITS, DatePattern, DateRange, bound
from mesh_core.localaws.athena.types import INTEGERS, TEXTS, Type

MOST_PARTITIONS = 1_000_000
_LONG = 2**63


class Value(NamedTuple):
    """A key's value: as a location writes it, and as the column's text."""

    path: str
    text: str


class TooManyError(Exception):
    """A projection has more than a million values."""


@dataclass(frozen=True)
class Projection(ABC):
    """One key's values. `shape`: what a location may have in its place, as a regular expression."""

    name: str
    of: Type

    @property
    def shape(self) -> str:
        """A pattern for the value in a location."""
        return r"[^/]+?"

    def values(self, conditions: Sequence[Condition]) -> list[Value]:
        """Those that can satisfy the comparisons. TooManyError."""
        found: list[Value] = []
        for each in self._candidates(conditions):
            if all(may_satisfy(each.text, self.of, one) for one in conditions):
                found.append(each)
                if len(found) > MOST_PARTITIONS:
                    raise TooManyError
        return list(dict.fromkeys(found))

    @abstractmethod
    def _candidates(self, conditions: Sequence[Condition]) -> Iterable[Value]: ...

    def _asked(self, conditions: Sequence[Condition]) -> list[str] | None:
        """The texts that an equality allows; None where there is none."""
        wanted = [each[1] for each in conditions if each[0] in ("=", "in")]
        texts = [[str(value) for value in each] for each in wanted]
        return None if not texts else [each for each in texts[0] if all(each in other for other in texts[1:])]


@dataclass(frozen=True)
class Enumerated(Projection):
    """projection.k.values."""

    listed: tuple[str, ...]

    @property
    def shape(self) -> str:
        """One of the values."""
        return "|".join(re.escape(each) for each in sorted(self.listed, key=len, reverse=True))

    def _candidates(self, conditions: Sequence[Condition]) -> Iterable[Value]:
        return (Value(each, each) for each in self.listed)


@dataclass(frozen=True)
class Whole(Projection):
    """projection.k.range of integers."""

    first: int
    last: int
    interval: int
    digits: int

    @property
    def shape(self) -> str:
        """Digits."""
        return r"-?\d+"

    def _candidates(self, conditions: Sequence[Condition]) -> Iterable[Value]:
        asked = self._asked(conditions)
        if asked is not None:
            found = [self._value(int(each)) for each in asked if re.fullmatch(r"-?\d+", each) and self._has(int(each))]
            return found if self.of.name in INTEGERS else [each for each in found if each.text in asked]
        first, last = self._narrowed(conditions) if self.of.name in INTEGERS else (self.first, self.last)
        if (last - first) // self.interval >= MOST_PARTITIONS:
            raise TooManyError
        return (self._value(each) for each in range(first, last + 1, self.interval))

    def _has(self, number: int) -> bool:
        return self.first <= number <= self.last and (number - self.first) % self.interval == 0

    def _narrowed(self, conditions: Sequence[Condition]) -> tuple[int, int]:
        first, last = self.first, self.last
        for symbol, (wanted, *_) in conditions:
            if isinstance(wanted, int) and symbol in (">", ">="):
                behind = max(0, wanted + (symbol == ">") - first)
                first += -(-behind // self.interval) * self.interval
            if isinstance(wanted, int) and symbol in ("<", "<="):
                last = min(last, wanted - (symbol == "<"))
        return first, last

    def _value(self, number: int) -> Value:
        # as Java's %0Nd: the sign counts as a digit
        path = f"{number:0{self.digits}}" if self.digits else str(number)
        return Value(path, str(number) if self.of.name in INTEGERS else path)


@dataclass(frozen=True)
class Dated(Projection):
    """projection.k.range of dates."""

    pattern: DatePattern
    range: DateRange

    @property
    def shape(self) -> str:
        """The date's pattern."""
        return self.pattern.shape

    def _candidates(self, conditions: Sequence[Condition]) -> Iterable[Value]:
        asked = self._asked(conditions)
        if asked is not None and self.of.name in (*TEXTS, "date"):
            read = date_of if self.of.name == "date" else self.pattern.read
            moments = [(each, read(each)) for each in asked]
            found = [self._value(at) for _, at in moments if at is not None and self.range.has(self.pattern.cut(at))]
            return found if self.of.name == "date" else [each for each in found if each.path in asked]
        return map(self._value, self.range.moments())

    def _value(self, at: datetime) -> Value:
        path = self.pattern.write(at)
        match self.of.name:
            case "date":
                return Value(path, at.date().isoformat())
            case "timestamp":
                return Value(path, at.replace(tzinfo=None).isoformat(" "))
            case _:
                return Value(path, path)


def date_of(text: str) -> datetime | None:
    """A date's first moment."""
    try:
        return datetime.fromisoformat(f"{date.fromisoformat(text).isoformat()}T00:00:00+00:00")
    except ValueError:
        return None


@dataclass(frozen=True)
class Injected(Projection):
    """Whatever a query names."""

    def _candidates(self, conditions: Sequence[Condition]) -> Iterable[Value]:
        asked = self._asked(conditions)
        if asked is None or any(symbol not in ("=", "in") for symbol, _ in conditions):
            raise failure(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {self.name}, the WHERE clause must contain only static "
                f"equality conditions, and at least one such condition must be present.",
            )
        return (Value(each, each) for each in asked)


class Properties:
    """The properties `projection.<key>.*` of one key."""

    def __init__(self, name: str, of: Type, given: dict[str, str], now: datetime) -> None:
        self.name, self.of, self.now = name, of, now
        self._given = given

    def projection(self) -> Projection:
        """QueryFailure INVALID_TABLE_PROPERTY for properties that Athena would not take."""
        match self._required("type").lower():
            case "enum":
                return Enumerated(self.name, self.of, tuple(self._required("values").split(",")))
            case "integer":
                self._allow({*INTEGERS, *TEXTS})
                return self._whole()
            case "date":
                self._allow({*TEXTS, "date", "timestamp"})
                return self._dated()
            case "injected":
                self._allow(TEXTS)
                return Injected(self.name, self.of)
            case other:
                raise self._wrong("type", other, "enum, integer, date or injected")

    def _allow(self, names: set[str]) -> None:
        if self.of.name not in names:
            raise self._wrong("type", self._required("type"), f"a type for a column of type {self.of}")

    def _get(self, name: str) -> str | None:
        return self._given.get(f"projection.{self.name}.{name}")

    def _required(self, name: str) -> str:
        value = self._get(name)
        if not value:
            raise failure(
                "INVALID_TABLE_PROPERTY",
                f"Partition projection of column '{self.name}' needs the table property "
                f"'projection.{self.name}.{name}'",
            )
        return value

    def _wrong(self, name: str, value: str, wanted: str) -> QueryFailure:
        return failure(
            "INVALID_TABLE_PROPERTY",
            f"The table property 'projection.{self.name}.{name}' must be {wanted}, and is '{value}'",
        )

    def _count(self, name: str, default: int) -> int:
        text = self._get(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d+", text.strip()) or int(text) < 1:
            raise self._wrong(name, text, "a positive integer")
        return int(text)

    def _range(self) -> tuple[str, str]:
        parts = [each.strip() for each in self._required("range").split(",")]
        if len(parts) != 2:
            raise self._wrong("range", self._required("range"), "two values with a comma between them")
        return parts[0], parts[1]

    def _whole(self) -> Projection:
        parts = self._range()
        if not all(re.fullmatch(r"-?\d+", each) and -_LONG <= int(each) < _LONG for each in parts):
            raise self._wrong("range", self._required("range"), "two integers with a comma between them")
        first, last = map(int, parts)
        return Whole(self.name, self.of, first, last, self._count("interval", 1), self._count("digits", 0))

    def _dated(self) -> Projection:
        pattern = DatePattern(self._required("format"))
        first, last = (bound(each, pattern, self.now) for each in self._range())
        if first is None or last is None:
            wanted = f"two dates of the format '{pattern.text}', or NOW with or without an offset such as -3YEARS"
            raise self._wrong("range", self._required("range"), wanted)
        unit = (self._get("interval.unit") or self._usual_unit(pattern)).strip().upper()
        if unit not in UNITS:
            raise self._wrong("interval.unit", unit, f"one of {', '.join(UNITS)}")
        return Dated(self.name, self.of, pattern, DateRange(first, last, self._count("interval", 1), unit))

    def _usual_unit(self, pattern: DatePattern) -> str:
        """A day or a month, where the pattern is as fine as that; else the table must say it."""
        fine = set(pattern.letters) & set("HmsS")
        if fine or not set(pattern.letters) & set("MLdD"):
            return self._required("interval.unit")
        return "DAYS" if set(pattern.letters) & set("dD") else "MONTHS"
