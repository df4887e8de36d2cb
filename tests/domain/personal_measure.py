"""Recall and precision of a detection of personal data, on the list in personal_columns.csv."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).parent / "personal_columns.csv"
Detect = Callable[[str, str, tuple[str, ...]], bool]


@dataclass(frozen=True)
class Listed:
    """A column of a public schema; label is `personal`, `not` or `arguable`, values are made up in its manner."""

    schema: str
    table: str
    column: str
    type: str
    values: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Figures:
    """What was found of what there is; missed and wrong as `schema.table.column`."""

    found: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Found of all that are personal."""
        return self.found / (self.found + len(self.missed))

    @property
    def precision(self) -> float:
        """Personal of all that were taken for it."""
        return self.found / (self.found + len(self.wrong))


def columns() -> tuple[Listed, ...]:
    """The list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = tuple(csv.DictReader(file))
    return tuple(
        Listed(
            row["schema"],
            row["table"],
            row["column"],
            row["type"],
            tuple(filter(None, row["values"].split("|"))),
            row["label"],
        )
        for row in rows
    )


def measure(detect: Detect, listed: Iterable[Listed], arguable_counts: bool = False) -> Figures:
    """Figures of `detect(name, type, values)`; arguable columns are left out, or count as personal."""
    found, missed, wrong = 0, [], []
    for one in listed:
        if one.label == "arguable" and not arguable_counts:
            continue
        says, name = detect(one.column, one.type, one.values), f"{one.schema}.{one.table}.{one.column}"
        if one.label == "not":
            wrong += [name] if says else []
        elif says:
            found += 1
        else:
            missed.append(name)
    return Figures(found, tuple(missed), tuple(wrong))
