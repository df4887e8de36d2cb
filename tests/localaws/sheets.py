"""Sheets of queries: `sheets/*.sql` hold statements with their answers, and one connection runs them all.

A statement begins at the margin; its answer is indented: one line a row, ` | ` between cells, NULL for NULL. `:: type`
behind a lone cell asserts its type, `! text` asserts that it fails with that text, `(none)` that there are no rows.
A statement runs as the engine compiles and renders it, but on one connection, since making one costs more than most.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mesh_core.localaws.athena import macros, python_functions
from mesh_core.localaws.athena.failures import QueryFailure, runtime_failure
from mesh_core.localaws.athena.plan import compile_query
from mesh_core.localaws.athena.render import rendered
from tests.localaws.engine_world import World, caller

FOLDER = Path(__file__).with_name("sheets")


@dataclass(frozen=True)
class Entry:
    """One statement and what it must answer: rows of texts, or the beginning of an error."""

    where: str
    sql: str
    rows: tuple[str, ...] = ()
    type: str | None = None
    error: str | None = None


def entries(name: str) -> list[Entry]:
    """The statements of one sheet."""
    found: list[tuple[int, list[str], list[str]]] = []
    for number, line in enumerate((FOLDER / f"{name}.sql").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("--"):
            continue
        if line.startswith("  "):
            found[-1][2].append(line[2:])
        elif found and not found[-1][2]:
            found[-1][1].append(line)
        else:
            found.append((number, [line], []))
    return [_entry(f"{name}:{number}", "\n".join(sql), answer) for number, sql, answer in found]


def _entry(where: str, sql: str, answer: list[str]) -> Entry:
    assert answer, f"{where}: a statement without an answer"
    if answer[0].startswith("! "):
        return Entry(where, sql, error=answer[0][2:])
    cell, _, kind = answer[0].partition(" :: ")
    rows = () if answer == ["(none)"] else (cell, *answer[1:])
    return Entry(where, sql, rows, kind or None)


class Runner:
    """Compiles statements for the lake's administrator and runs them on one connection."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self._connection = duckdb.connect(":memory:", config={"threads": "1"})
        self._connection.execute("SET TimeZone = 'UTC'")
        self._made: set[str] = set()

    def close(self) -> None:
        self._connection.close()

    def answer(self, sql: str) -> tuple[str, list[str]]:
        """The type of the first column, and the rows as a sheet writes them. QueryFailure."""
        try:
            return self._run(sql, wide=False)
        except _NarrowError:
            return self._run(sql, wide=True)

    def error(self, sql: str) -> str:
        """The text with which a statement fails."""
        try:
            found = self.answer(sql)
        except QueryFailure as failure:
            return failure.message
        raise AssertionError(f"this statement must fail: {sql}\n{found}")

    def _run(self, sql: str, wide: bool) -> tuple[str, list[str]]:
        query = compile_query(self.world.ctx, caller("admin"), sql, "shop", wide).query
        cells = [f"CAST({rendered(each.sql, each.type)} AS VARCHAR)" for each in query.fields]
        text = f"SELECT {', '.join(cells)} FROM ({query.sql}) AS q"
        try:
            self._prepare(text)
            rows = self._connection.execute(text).fetchall()
        except duckdb.Error as error:
            if not wide and "DECIMAL(18)" in str(error) and "Overflow" in str(error):
                raise _NarrowError from error
            raise runtime_failure(error) from error
        return str(query.fields[0].type), [_line(row) for row in rows]

    def _prepare(self, text: str) -> None:
        made = macros.statements(text)
        for name in python_functions.needed(text, *made):
            if name not in self._made:
                python_functions.register(self._connection, [name])
                self._made.add(name)
        for each in made:
            if each not in self._made:
                self._connection.execute(each)
                self._made.add(each)


class _NarrowError(Exception):
    """Decimals of 18 digits are too short: as the engine does, run it again with 38."""


def _line(row: tuple[Any, ...]) -> str:
    return " | ".join("NULL" if cell is None else str(cell) for cell in row)
