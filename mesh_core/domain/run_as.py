"""What a role gets of a product, now and after a planned change, put side by side with the differences marked. Pure.

Both halves are the first rows in the same order, so that they can be merged: a row that only one half has appears or
disappears, unless the other half ended before it for being too long (`unknown`). Values that the viewer may not read
himself stand for themselves as WITHHELD: a preview is no way round one's own rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Literal

from mesh_core.domain.opened import Opened

Cell = str | None
Cells = tuple[Cell, ...]
ColumnMark = Literal["same", "appears", "disappears"]
RowMark = Literal["same", "changed", "appears", "disappears", "unknown"]
HalfState = Literal["read", "refused", "absent", "withheld", "failed"]
WITHHELD = "not yours to see"
_NUMBERS = ("tinyint", "smallint", "integer", "int", "bigint", "real", "float", "double", "decimal")
_UNORDERED = ("array", "map", "struct", "row", "binary", "varbinary", "json")


@dataclass(frozen=True)
class Half:
    """What a role gets, at one moment.

    columns      what it gets, in the order shown, each with its Athena type ("" where nothing was read)
    rows         Athena's text, None for NULL, WITHHELD for what the viewer may not read
    read_as      the role whose credentials read it, "" when nothing was read
    by_decision  the portal's decision was read with the viewer's rights, not the role's own answer
    truncated    there are more rows
    state        read; refused: the role gets nothing; absent: there is no such product then; withheld: the viewer may
                 read none of these columns; failed: it is not known what the role gets
    words        why there are no rows, or what to know about them; Athena's own words where it refused
    """

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[Cells, ...] = ()
    read_as: str = ""
    by_decision: bool = False
    truncated: bool = False
    state: HalfState = "read"
    words: str = ""
    query_id: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)


@dataclass(frozen=True)
class Line:
    """One row of both halves; None where a half doesn't have it. `cells`: names of columns whose cell differs."""

    mark: RowMark
    now: Cells | None
    after: Cells | None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Now, and after the planned change (None when none was planned).

    columns    the union of both, in table order, each with its mark
    lines      the rows of both; of `now` alone, all of them the same, when there is nothing to compare with
    compared   whether rows could be told apart; else `lines` pairs nothing and `words` says why
    words      one sentence: what the change does to what the role gets
    """

    role: str
    product: str
    now: Half
    after: Half | None
    columns: tuple[tuple[str, ColumnMark], ...]
    lines: tuple[Line, ...]
    compared: bool = True
    words: str = ""

    def count(self, mark: RowMark) -> int:
        """How many lines bear a mark."""
        return sum(line.mark == mark for line in self.lines)


@dataclass(frozen=True)
class View:
    """What is needed to compare: what is opened now and after, and what the viewer may read himself."""

    order: tuple[tuple[str, str], ...]
    now: Opened
    after: Opened | None
    viewer: Opened

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns by which rows are ordered and told apart: whole on both sides, orderable, the viewer's own."""
        seen = set(self.readable)
        for half in (self.now, self.after):
            if half is not None and half.columns:
                seen &= set(half.whole)
        return tuple(name for name, hive in self.order if name in seen and is_ordered(hive))

    @property
    def readable(self) -> frozenset[str]:
        """The columns whose every value the viewer may read."""
        if self.viewer.below:
            return frozenset()
        return frozenset(name for name, conditions in self.viewer.columns.items() if not conditions)


def is_ordered(hive_type: str) -> bool:
    """Whether values of a type can be put in order."""
    return not hive_type.lower().startswith(_UNORDERED)


def withhold(half: Half, readable: Iterable[str]) -> Half:
    """The half without the values of columns that the viewer may not read."""
    seen = set(readable)
    masked = {at for at, name in enumerate(half.names) if name not in seen}
    rows = tuple(tuple(WITHHELD if at in masked else cell for at, cell in enumerate(row)) for row in half.rows)
    return replace(half, rows=rows)


def compare(role: str, product: str, view: View, now: Half, after: Half | None) -> Comparison:
    """The halves side by side."""
    columns = _columns(view, now, after or now)
    if after is None:
        return Comparison(role, product, now, None, columns, tuple(Line("same", row, None) for row in now.rows))
    compared = _can_pair(view, now, after)
    lines = _merged(now, after, view.keys) if compared else _unpaired(now, after)
    words = _words(role, columns, lines, view, compared)
    return Comparison(role, product, now, after, columns, lines, compared, words)


def _can_pair(view: View, now: Half, after: Half) -> bool:
    """Rows are told apart by columns that both halves have, and only where each half shows all that the role gets."""
    known = ("read", "refused", "absent")
    if view.viewer.narrowed or now.state not in known or after.state not in known:
        return False
    halves = [half for half in (now, after) if half.rows]
    return len(halves) < 2 or (bool(view.keys) and all(set(view.keys) <= set(half.names) for half in halves))


def _columns(view: View, now: Half, after: Half) -> tuple[tuple[str, ColumnMark], ...]:
    return tuple(
        (name, _mark(name in now.names, name in after.names))
        for name, _ in view.order
        if name in now.names or name in after.names
    )


def _mark(before: bool, then: bool) -> ColumnMark:
    if before and then:
        return "same"
    return "disappears" if before else "appears"


def _unpaired(now: Half, after: Half) -> tuple[Line, ...]:
    count = max(len(now.rows), len(after.rows))
    return tuple(
        Line(
            "unknown",
            now.rows[at] if at < len(now.rows) else None,
            after.rows[at] if at < len(after.rows) else None,
        )
        for at in range(count)
    )


def _merged(now: Half, after: Half, keys: Sequence[str]) -> tuple[Line, ...]:
    """A merge of two ordered lists."""
    left, right = _ordered(now, keys), _ordered(after, keys)
    lines: list[Line] = []
    at = to = 0
    while at < len(left) or to < len(right):
        if to == len(right) or (at < len(left) and left[at][0] < right[to][0]):
            beyond = to == len(right) and after.truncated
            lines.append(Line("unknown" if beyond else "disappears", left[at][1], None))
            at += 1
        elif at == len(left) or right[to][0] < left[at][0]:
            beyond = at == len(left) and now.truncated
            lines.append(Line("unknown" if beyond else "appears", None, right[to][1]))
            to += 1
        else:
            lines.append(_pair(now, after, left[at][1], right[to][1]))
            at, to = at + 1, to + 1
    return tuple(lines)


def _pair(now: Half, after: Half, left: Cells, right: Cells) -> Line:
    before = dict(zip(now.names, left, strict=True))
    then = dict(zip(after.names, right, strict=True))
    cells = tuple(
        name
        for name in before
        if name in then and before[name] != then[name] and WITHHELD not in (before[name], then[name])
    )
    return Line("changed" if cells else "same", left, right, cells)


def _ordered(half: Half, keys: Sequence[str]) -> list[tuple[tuple[object, ...], Cells]]:
    if not half.rows:
        return []
    places = [(half.names.index(name), dict(half.columns)[name]) for name in keys if name in half.names]
    keyed = [(tuple(_rank(row[at], kind) for at, kind in places), row) for row in half.rows]
    return sorted(keyed, key=lambda pair: pair[0])


def _rank(text: Cell, athena_type: str) -> tuple[object, ...]:
    """Where a value stands in ascending order, NULL last, as the engine orders its type."""
    if text is None:
        return (1, 0)
    if athena_type.startswith(_NUMBERS):
        return (0, _number(text))
    return (0, text)


def _number(text: str) -> Decimal:
    """NaN stands behind every number, as in Trino."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    return Decimal("Infinity") if number.is_nan() else number


def _words(
    role: str, columns: Sequence[tuple[str, ColumnMark]], lines: Sequence[Line], view: View, compared: bool
) -> str:
    """What the change does, in one sentence."""
    parts = []
    for mark, verb in (("appears", "gains"), ("disappears", "loses")):
        half = view.after if mark == "appears" else view.now
        names = [_with_rows(name, half) for name, own in columns if own == mark]
        if names:
            parts.append(f"{verb} {', '.join(names)}")
    for row_mark, words in (("appears", "appear"), ("disappears", "disappear"), ("changed", "change")):
        count = sum(line.mark == row_mark for line in lines)
        if count:
            parts.append(f"of the rows shown {count} {words}{'s' if count == 1 else ''}")
    if parts:
        return f"{role} {'; '.join(parts)}."
    if not compared:
        return f"{role} keeps the same columns. Rows can't be told apart here, so they are not compared."
    if view.after is not None and view.now.columns != view.after.columns:
        return f"Other grants decide what {role} gets, but nothing differs among the rows shown."
    return f"No change in what {role} gets."


def _with_rows(name: str, of: Opened | None) -> str:
    """A column, and whether it holds its value in some of the rows only."""
    whole = of is None or name not in of.columns or name in of.whole
    return name if whole else f"{name} (in some rows)"
