"""Five queries to begin with, made from what the catalog holds: one of them is refused on purpose. Pure.

The demo mesh's own are taken where their tables and columns exist; any other mesh gets the same five thoughts from its
own tables, as far as they go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from sqlglot import exp

from mesh_core.domain.access import Verdict, decide
from mesh_core.domain.names import SYSTEM
from mesh_core.domain.query import parse_read, tables_of
from mesh_core.domain.query_check import check
from mesh_core.domain.world import Table, World

COUNT = 5


@dataclass(frozen=True)
class Example:
    """A query with the question that it answers; refused when the principal lacks a grant for it."""

    title: str
    sql: str
    refused: bool = False


_DEMO = (
    (
        "Which departments do which age groups buy from? (three domains)",
        """SELECT h.age, p.department, round(sum(t.sales_value), 2) AS sales
FROM sales.transactions t
JOIN customer.households h ON h.household_id = t.household_id
JOIN product.products p ON p.product_id = t.product_id
GROUP BY h.age, p.department
ORDER BY sales DESC
LIMIT 50""",
    ),
    (
        "How did sales go, week by week?",
        """SELECT week, count(*) AS baskets, sum(sales_value) AS sales
FROM sales.baskets
GROUP BY week
ORDER BY week""",
    ),
    (
        "Which campaigns were answered? (a view over three domains)",
        """SELECT campaign_id, campaign_type, reached_households, response_rate, spend
FROM insights.campaign_response
ORDER BY response_rate DESC""",
    ),
    (
        "Contacts, all columns: what is left out?",
        """SELECT *
FROM customer.contacts
LIMIT 100""",
    ),
)
_DEMO_REFUSED = (
    "Whom may we write to? (personal data)",
    """SELECT household_id, first_name, email, city
FROM customer.contacts
WHERE prefers_email
ORDER BY household_id
LIMIT 100""",
)


_SYSTEM = (
    (
        "Who was refused what in the last 7 days? (the mesh's own records)",
        """SELECT actor, subject, count(*) AS times, max(at) AS last_at
FROM mesh_system.audit
WHERE kind = 'denied' AND at > current_timestamp - INTERVAL '7' DAY
GROUP BY actor, subject
ORDER BY times DESC""",
    ),
    (
        "Which grants open a whole table? (the mesh's own records)",
        """SELECT principal, database_name, table_name, resource
FROM mesh_system.grants
WHERE permission = 'SELECT' AND kind IN ('table', 'LF-tag expression')
ORDER BY principal, resource""",
    ),
)


def examples(world: World, principal: str) -> tuple[Example, ...]:
    """At most five, the one that is refused last, and the mesh's own records; none in a mesh without tables."""
    verdicts = [(table, decide(world, principal, table)) for table in world.tables if table.database != SYSTEM]
    allowed = (one for one in chain(_demo(world), _made(verdicts)) if _is_allowed(world, principal, one))
    denied = (one for one in chain(_demo_refused(world), _closed(verdicts)) if not _is_allowed(world, principal, one))
    last = tuple(Example(one.title, one.sql, refused=True) for one in islice(denied, 1))
    return (*islice(allowed, COUNT - len(last)), *last, *_records(world, principal))


def _records(world: World, principal: str) -> tuple[Example, ...]:
    """What the mesh's own records answer, for whoever may read them."""
    found = (Example(title, sql) for title, sql in _SYSTEM if _exists(world, sql))
    return tuple(one for one in found if _is_allowed(world, principal, one))


def _is_allowed(world: World, principal: str, example: Example) -> bool:
    return check(world, principal, example.sql).is_allowed


def _demo(world: World) -> Iterator[Example]:
    return (Example(title, sql) for title, sql in _DEMO if _exists(world, sql))


def _demo_refused(world: World) -> Iterator[Example]:
    title, sql = _DEMO_REFUSED
    if _exists(world, sql):
        yield Example(title, sql)


def _exists(world: World, sql: str) -> bool:
    """Whether the tables are there, with every column that the statement names of them."""
    statement = parse_read(sql)
    tables = [world.find_table(*name) for name in tables_of(statement, "")]
    known = {column for table in tables if table for column in table.column_names}
    own = {one.alias_or_name for one in statement.selects}
    return all(tables) and all(name in known | own for name in _column_names(sql))


def _column_names(sql: str) -> set[str]:
    return {column.name for column in parse_read(sql).find_all(exp.Column) if column.name != "*"}


def _made(verdicts: list[tuple[Table, Verdict]]) -> Iterator[Example]:
    """For each readable table: look at it, count it; for two that share a key: join them."""
    readable = [(table, verdict) for table, verdict in verdicts if verdict.columns]
    joined = _joined(readable)
    if joined:
        yield joined
    for table, verdict in readable:
        yield Example(f"What does {table.full_name} look like?", f"SELECT *\nFROM {table.full_name}\nLIMIT 100")
        groups = [c.name for c in table.all_columns if c.type == "string" and c.name in verdict.columns]
        if groups:
            sql = (
                f"SELECT {groups[0]}, count(*) AS row_count\nFROM {table.full_name}\n"
                f"GROUP BY {groups[0]}\nORDER BY row_count DESC"
            )
            yield Example(f"How often is each {groups[0]} in {table.full_name}?", sql)


def _joined(readable: list[tuple[Table, Verdict]]) -> Example | None:
    for left, mine in readable:
        for right, other in readable:
            keys = [c for c in mine.columns if c.endswith("_id") and c in other.columns]
            if left.database < right.database and keys:
                sql = (
                    f"SELECT *\nFROM {left.full_name} a\nJOIN {right.full_name} b ON a.{keys[0]} = b.{keys[0]}\n"
                    "LIMIT 100"
                )
                return Example(f"{left.full_name} joined to {right.full_name} by {keys[0]}", sql)
    return None


def _closed(verdicts: list[tuple[Table, Verdict]]) -> Iterator[Example]:
    """A look at what the principal may not read."""
    for table, verdict in verdicts:
        if verdict.denied:
            columns = ", ".join(list(verdict.denied)[:3])
            yield Example(f"A look into {table.full_name}", f"SELECT {columns}\nFROM {table.full_name}\nLIMIT 100")
