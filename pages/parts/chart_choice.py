"""Which chart suits a result: a first choice from the columns' types, that people then change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mesh_core.services.ports_queries import ResultColumn

Kind = Literal["Bar", "Line", "Scatter", "Histogram"]
Role = Literal["time", "number", "category"]
KINDS: tuple[Kind, ...] = ("Bar", "Line", "Scatter", "Histogram")
NO_COLOUR = "None"
_NUMBERS = ("tinyint", "smallint", "integer", "int", "bigint", "float", "real", "double", "decimal")
_KEY_ENDINGS = ("_id", "_key", "_upc")
_TIME_NAMES = ("year", "quarter", "month", "week", "day", "hour")


@dataclass(frozen=True)
class Choice:
    """A chart: the columns by name; y is "" for a histogram, colour "" for one colour."""

    kind: Kind
    x: str
    y: str = ""
    colour: str = ""


def role(column: ResultColumn) -> Role:
    """How a column reads: numbers that are keys count as categories, a number called week as time."""
    name = column.name.lower()
    if column.type.startswith(("date", "timestamp")):
        return "time"
    if not column.type.startswith(_NUMBERS) or name == "id" or name.endswith(_KEY_ENDINGS):
        return "category"
    return "time" if name in _TIME_NAMES else "number"


def first_choice(columns: Sequence[ResultColumn], names: Sequence[str]) -> Choice | None:
    """The chart to begin with; `names` are the names shown. None when there is no number to draw."""
    by_role: dict[Role, list[str]] = {"time": [], "number": [], "category": []}
    for column, name in zip(columns, names, strict=True):
        by_role[role(column)].append(name)
    times, numbers, categories = by_role["time"], by_role["number"], by_role["category"]
    if times and numbers:
        return Choice("Line", times[0], numbers[-1], categories[0] if categories else "")
    if categories and numbers:
        return Choice("Bar", categories[0], numbers[-1], categories[1] if len(categories) > 1 else "")
    if len(numbers) > 1:
        return Choice("Scatter", numbers[0], numbers[1])
    if numbers or times:
        return Choice("Histogram", (numbers or times)[0])
    return None
