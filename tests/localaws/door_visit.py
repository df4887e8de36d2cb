"""One person in front of one state of the rules: what may come out, and the judgement of everything that does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tests.localaws import door_data as data
from tests.localaws.door_model import Eyes
from tests.localaws.door_rules import EVERYBODY, IAM_ALLOWED, Rules, Table
from tests.localaws.door_steps import told
from tests.localaws.door_world import Answer, Person, Ran, World

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Aim:
    """What a door is tried on: a table, one of its leaves and one of its rows."""

    table: str
    leaf: str
    row: int

    @property
    def column(self) -> str:
        return self.leaf.partition(".")[0]


class Visit:
    """`person` tries doors under `rules`. Whatever he hears is searched for values and names that are not his."""

    def __init__(self, world: World, rules: Rules, person: Person, aim: Aim) -> None:
        self.world, self.rules, self.person = world, rules, person
        self.aim, self.eyes = aim, Eyes(rules, person.name)
        self.table = rules.tables[aim.table]
        self.known = ""  # what a door itself lets the person know

    # what may be seen

    @cached_property
    def markers(self) -> frozenset[str]:
        """The values that may come out: of visible cells, of any table or view."""
        tables = self.rules.tables.values()
        return frozenset(str(t.rows[row][leaf]) for t in tables for row, leaf in self.eyes.cells(t))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that may come out."""
        found = set(self.eyes.databases())
        for table in self.rules.tables.values():
            leaves = self.eyes.described(table)
            found |= {part for leaf in leaves for part in leaf.split(".")}
            found |= {table.name.partition(".")[2]} if leaves else set()
            if table.base is not None and leaves == table.leaves:  # the text of a view is the whole of it
                read = {part for leaf in table.reads.values() for part in leaf.split(".")}
                found |= read | set(table.base.name.split("."))
        if self.eyes.described(data.A) == data.A.leaves:
            found.add(data.OLD_COLUMN)
        return frozenset(found)

    def columns(self, table: Table) -> tuple[str, ...]:
        """The columns of which some cell may be queried, in order; keys last."""
        granted = self.eyes.granted_leaves(table)
        return tuple(c for c in table.columns if table.under([c]) & granted) if self.readable(table) else ()

    def readable(self, table: Table) -> bool:
        return self.eyes.readable(table)

    def relation(self, table: Table) -> list[dict[str, str | None]]:
        """The rows of which some cell is visible, as Athena prints them; other cells NULL."""
        cells = self.eyes.cells(table)
        granted = self.eyes.granted_leaves(table)
        columns = self.columns(table)
        return [{c: _printed(table, row, c, cells, granted) for c in columns} for row in self.eyes.rows(table)]

    @property
    def visible(self) -> list[dict[str, str | None]]:
        return self.relation(self.table)

    @property
    def literal(self) -> str:
        """The aim's value as SQL, whether it is visible or not."""
        value, kind = self.table.rows[self.aim.row][self.aim.leaf], data.TYPES.get(self.aim.leaf, "")
        if value is None:
            return "'nothing'"
        return f"DATE '{value}'" if kind == "date" else f"'{value}'" if isinstance(value, str) else f"{value}"

    # the judgement

    def hear(self, exempt: str = "") -> None:
        """Judge all that the person heard since the last judgement; `exempt` is what he knows besides."""
        heard, self.person.heard = self.person.heard, []
        for answer in heard:
            self._judge(answer, exempt)

    def _judge(self, answer: Answer, exempt: str) -> None:
        said = answer.said + exempt + self.known
        values = data.markers_in(answer.text) - self.markers - data.markers_in(said)
        names = data.names_in(answer.text) - self.names - data.names_in(said.lower())
        if values or names:
            raise AssertionError(
                f"{self.person.name} must not see {sorted(values | names)}:\n{answer.said.strip()}\n-> {answer.text}"
            )

    def run(self, sql: str, **more: object) -> Ran:
        """A statement; all that comes out is judged."""
        ran = self.person.sql(sql, **more)
        self.person.heard = [ran.answer]
        self.hear()
        return ran

    def expect(self, sql: str, rows: list[Row] | None, **more: object) -> Ran:
        """A statement whose rows, in any order, must be these; None: it must fail."""
        ran = self.run(sql, **more)
        if rows is None:
            assert ran.state != "SUCCEEDED", f"{self.person.name} must be refused: {sql}\n-> {ran.rows}"
        else:
            assert ran.state == "SUCCEEDED", f"{self.person.name} may, but was refused: {sql}\n-> {ran.reason}"
            assert Counter(ran.rows) == Counter(rows), f"{sql}\n-> {ran.rows}\nexpected {rows}"
        return ran

    def asks(self, sql: str, answer: Callable[[list[dict[str, str | None]]], list[Row]], *columns: str) -> Ran:
        """A query on the aim's table that uses some of its columns: it fails unless all of them may be seen."""
        fits = bool(self.columns(self.table)) and set(columns) <= set(self.columns(self.table))
        return self.expect(sql, answer(self.visible) if fits else None)

    def lacks(self, *permissions: str) -> bool:
        """Whether no grant gives the person one of these permissions, or Super, on anything."""
        mine = [g for g in self.rules.grants if g.to in (self.person.name, EVERYBODY, IAM_ALLOWED)]
        return not any({*permissions, "ALL"} & set(grant.permissions) for grant in mine)

    @property
    def own_knowledge(self) -> str:
        return told(self.rules, self.person.name)

    def fresh(self, what: str = "tab") -> str:
        """A name in the person's own database that was never used."""
        return f"own_{self.person.name}.{what}own{next(self.world.numbers)}"


def _printed(
    table: Table, row: int, column: str, cells: frozenset[tuple[int, str]], granted: frozenset[str]
) -> str | None:
    parts = [leaf for leaf in sorted(table.under([column])) if leaf in granted]
    values = {leaf: table.rows[row][leaf] if (row, leaf) in cells else None for leaf in parts}
    if column in values:
        return data.shown(values[column])
    if not any((row, leaf) in cells for leaf in parts):
        return None
    inside = ", ".join(f"{leaf.partition('.')[2]}={data.shown(v) or 'null'}" for leaf, v in values.items())
    return f"{{{inside}}}"
