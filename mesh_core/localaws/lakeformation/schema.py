"""Lake Formation's SQLite tables, and the change counter on which decisions are cached.

Names of databases, tables and columns, tag keys and tag values are stored folded to lower case.

lf_grant: one row for each (principal, target, permission)
    kind             database   name          item
    catalog          -          -             -
    database         db         -             -
    table            db         table or *    -                      permissions other than SELECT, and ALL
    all_columns      db         table or *    -                      SELECT on the whole table
    column           db         table         column                 SELECT on that column
    excluded         db         table         ["a","b"] (sorted)     SELECT on every column but these
    filter           db         table         filter's name
    tag              -          key           value or *
    tag_policy       -          type          expression (see expressions.py)
    tag_expression   -          name          -
    location         -          s3 ARN        -
`implicit` rows are what creators hold on what they created; a revoke doesn't touch them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from mesh_core.localaws.store import Store

# Grants that their holder can pass on, or use in granting by tags.
PASSED_ON = "(grantable OR permission = 'GRANT_WITH_LF_TAG_EXPRESSION')"

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS lf_counter (id INTEGER PRIMARY KEY CHECK (id = 1), changes INTEGER NOT NULL);
INSERT OR IGNORE INTO lf_counter VALUES (1, 0);
CREATE TABLE IF NOT EXISTS lf_settings (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lf_tag (key TEXT PRIMARY KEY, tag_values TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lf_assignment (
  database TEXT NOT NULL, name TEXT NOT NULL, column_name TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (database, name, column_name, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lf_assignment_key ON lf_assignment (key, value);
CREATE TABLE IF NOT EXISTS lf_expression (name TEXT PRIMARY KEY, description TEXT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lf_grant (
  principal TEXT NOT NULL, kind TEXT NOT NULL, database TEXT NOT NULL, name TEXT NOT NULL, item TEXT NOT NULL,
  permission TEXT NOT NULL, implicit INTEGER NOT NULL, grantable INTEGER NOT NULL,
  updated_s REAL NOT NULL, updated_by TEXT NOT NULL,
  PRIMARY KEY (principal, kind, database, name, item, permission, implicit)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lf_grant_target ON lf_grant (database, name, kind);
CREATE INDEX IF NOT EXISTS lf_grant_passed_on ON lf_grant (principal, database, kind) WHERE {PASSED_ON};
CREATE TABLE IF NOT EXISTS lf_filter (
  database TEXT NOT NULL, name TEXT NOT NULL, filter TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (database, name, filter)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lf_location (arn TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lf_opt_in (
  principal TEXT NOT NULL, database TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (principal, database, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lf_opt_in_target ON lf_opt_in (database, name);
"""


class Changes:
    """The store as Lake Formation's parts use it: every transaction that writes is counted."""

    def __init__(self, store: Store) -> None:
        store.ensure(SCHEMA)
        self._store, self._issued = store, 0

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """One snapshot."""
        return self._store.read()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, counted. A number is never used twice, even when the transaction that had it is undone:
        what was cached inside of it can't be mistaken for a later state."""
        with self._store.write() as db:
            self._issued = max(self._issued, count(db)) + 1
            db.execute("UPDATE lf_counter SET changes = ?", (self._issued,))
            yield db


def count(db: sqlite3.Connection) -> int:
    """The change counter as this snapshot sees it."""
    return int(db.execute("SELECT changes FROM lf_counter").fetchone()[0])
