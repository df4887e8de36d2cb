"""Two answers to one statement, side by side: which columns, rows and cells differ. Pure.

Rows carry no key, so equal rows are matched first, in any order; what is left is paired by its first common column, and
in a pair the cells that differ are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Row = Sequence[str | None]
ONLY_HERE = "only here"


@dataclass(frozen=True)
class Answer:
    """Column names and rows, as Athena's text."""

    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Side:
    """What one answer has that the other lacks.

    extra  its columns that the other hasn't
    marks  for each row "" (the other has it too), ONLY_HERE, or `differs: a, b`
    """

    extra: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Both sides, in the order in which they were given."""

    left: Side
    right: Side

    @property
    def is_equal(self) -> bool:
        """Whether both give the same columns and, in whatever order, the same rows."""
        return not any(side.extra or any(side.marks) for side in (self.left, self.right))


def compare(left: Answer, right: Answer) -> Comparison:
    """What differs between two answers."""
    common = [name for name in dict.fromkeys(left.columns) if name in right.columns]
    mine, theirs = _projected(left, common), _projected(right, common)
    spare_left, spare_right = _unmatched(mine, theirs), _unmatched(theirs, mine)
    marks_left, marks_right = [""] * len(mine), [""] * len(theirs)
    by_key: dict[str | None, list[int]] = {}
    for at in spare_right:
        marks_right[at] = ONLY_HERE
        by_key.setdefault(theirs[at][0] if common else None, []).append(at)
    for at in spare_left:
        partners = by_key.get(mine[at][0]) if len(common) > 1 else None
        if partners:
            partner = partners.pop(0)
            marks_left[at] = marks_right[partner] = _differing(common, mine[at], theirs[partner])
        else:
            marks_left[at] = ONLY_HERE
    return Comparison(
        Side(tuple(name for name in left.columns if name not in common), tuple(marks_left)),
        Side(tuple(name for name in right.columns if name not in common), tuple(marks_right)),
    )


def _projected(answer: Answer, names: Iterable[str]) -> list[tuple[str | None, ...]]:
    at = [list(answer.columns).index(name) for name in names]
    return [tuple(row[i] for i in at) for row in answer.rows]


def _unmatched(rows: Sequence[tuple[str | None, ...]], others: Iterable[tuple[str | None, ...]]) -> list[int]:
    left = Counter(others)
    found = []
    for at, row in enumerate(rows):
        if left[row]:
            left[row] -= 1
        else:
            found.append(at)
    return found


def _differing(names: Sequence[str], row: Row, other: Row) -> str:
    return "differs: " + ", ".join(n for n, a, b in zip(names, row, other, strict=True) if a != b)
