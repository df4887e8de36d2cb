"""The tables of a database that a caller might see, one at a time: whoever wants only the first need not read them all.

A database is visible through any visible table in it. With 10,000 tables and 5,000 grants that question must not read
them; the answer is nearly always found at the first candidate.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping

from mesh_core.localaws.lakeformation.decide import matches
from mesh_core.localaws.lakeformation.held import TABLE_KINDS, Facts, Scope
from mesh_core.localaws.lakeformation.settings import IAM_ALLOWED
from mesh_core.localaws.lakeformation.targets import ALL_TABLES


def iam_decides_on_one(db: sqlite3.Connection, database: str, facts: Facts) -> bool:
    """Whether IAM_ALLOWED_PRINCIPALS holds ALL on some table that the caller has not opted in to."""
    rows = db.execute(
        "SELECT name FROM lf_grant WHERE principal = ? AND kind = 'table' AND database = ? AND permission = 'ALL'",
        (IAM_ALLOWED, database),
    )
    return not facts.opted_in & {"", ALL_TABLES} and any(name not in facts.opted_in for (name,) in rows)


def names(db: sqlite3.Connection, scope: Scope, facts: Facts, every: Callable[[], Iterator[str]]) -> Iterator[str]:
    """Tables that a grant of the scope's principals names, then those whose tags may match one of their policies.

    `every` names all tables: asked where the database's own tags match a policy. Some names come twice.
    """
    marks = ",".join("?" * len(scope.principals))
    # By itself SQLite would walk through everybody's grants in the database.
    named = db.execute(
        f"SELECT DISTINCT name FROM lf_grant INDEXED BY sqlite_autoindex_lf_grant_1 WHERE principal IN ({marks})"
        f" AND kind IN ({TABLE_KINDS}) AND database = ? AND NOT (principal = ? AND permission = 'ALL')",
        (*scope.principals, scope.database, IAM_ALLOWED),
    )
    yield from (name for (name,) in named)
    for policy in facts.table_policies:
        open_keys = {
            key: values for key, values in policy.expression if not matches(((key, values),), facts.database_tags)
        }
        yield from _tagged(db, scope.database, open_keys) if open_keys else every()


def _tagged(db: sqlite3.Connection, database: str, wanted: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Tables that carry, themselves or on a column, a wanted value of every key."""
    (first, first_arguments), *others = (_carries(key, values) for key, values in wanted.items())
    same = "SELECT 1 FROM lf_assignment WHERE database = found.database AND name = found.name"
    exists = "".join(f" AND EXISTS ({same} AND {condition})" for condition, _ in others)
    rows = db.execute(
        f"SELECT DISTINCT name FROM lf_assignment found WHERE database = ? AND name <> '' AND {first}{exists}",
        (database, *first_arguments, *(argument for _, arguments in others for argument in arguments)),
    )
    return (name for (name,) in rows)


def _carries(key: str, values: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    if "*" in values:
        return "key = ?", (key,)
    return f"key = ? AND value IN ({','.join('?' * len(values))})", (key, *sorted(values))
