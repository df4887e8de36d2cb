"""Decisions, cached by caller for as long as neither the catalog nor Lake Formation changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation import candidates, decide, held, resources, settings
from mesh_core.localaws.lakeformation.access import DATABASE_PERMISSIONS, TableAccess, ungoverned
from mesh_core.localaws.lakeformation.schema import Changes, count
from mesh_core.localaws.lakeformation.targets import ALL_TABLES

if TYPE_CHECKING:
    from mesh_core.localaws.glue.catalog import Catalog

KEPT = 20_000  # verdicts on tables, of all callers together
_CHUNK = 100  # tables read at a time while looking for the first visible one


class _Known:
    """What has been decided in one state of catalog and grants."""

    def __init__(self, state: tuple[int, int], db: sqlite3.Connection) -> None:
        current = settings.get(db)
        self.state = state
        self.seers = settings.administrators(current) | settings.read_only_administrators(current)
        self.tables: dict[tuple[str, str, str], TableAccess] = {}
        self.databases: dict[tuple[str, str], frozenset[str]] = {}
        self.facts: dict[tuple[str, str], held.Facts] = {}
        self.locations = {location["ResourceArn"]: location for location in resources.every(db)}

    def keep(self, key: tuple[str, str, str], access: TableAccess) -> TableAccess:
        """Remember a verdict; all are forgotten when they become too many."""
        if len(self.tables) >= KEPT:
            self.tables.clear()
        self.tables[key] = access
        return access


class Verdicts:
    """What each caller may do with tables and databases."""

    def __init__(self, changes: Changes, catalog: Catalog, account_id: str) -> None:
        self._changes, self._catalog, self._account_id = changes, catalog, account_id
        self._latest: _Known | None = None

    def principals(self, caller: Caller) -> tuple[str, ...]:
        """The names under which grants reach a caller."""
        everybody = (f"{self._account_id}:IAMPrincipals",) if caller.account_id == self._account_id else ()
        return (caller.principal, *everybody, settings.IAM_ALLOWED)

    def sees_everything(self, caller: Caller) -> bool:
        """Whether the caller is an administrator or a read-only one: DESCRIBE on everything."""
        with self._changes.read() as db:
            return caller.principal in self._known(db).seers

    def location(self, arn: str) -> dict[str, Any] | None:
        """The innermost registered location that covers a normal ARN."""
        return resources.innermost(self.locations(), arn)

    def locations(self) -> dict[str, dict[str, Any]]:
        """The registered locations by normal ARN; nobody changes it."""
        with self._changes.read() as db:
            return self._known(db).locations

    def table(self, caller: Caller, database: str, table: str) -> TableAccess:
        """AwsError EntityNotFoundException when there is no such table. Names in lower case."""
        with self._changes.read() as db:
            known = self._known(db)
            key = (caller.principal, database, table)
            if key not in known.tables:
                document = self._catalog.table(database, table)
                facts = known.facts.get((caller.principal, database))
                if facts is None:
                    facts = held.read(db, held.Scope(self.principals(caller), database, table))
                return known.keep(key, _decide(known, caller, facts, document))
            return known.tables[key]

    def tables(self, caller: Caller, database: str, documents: Iterable[dict[str, Any]]) -> dict[str, TableAccess]:
        """By lower-case name; grants and tags of the database are read once."""
        with self._changes.read() as db:
            known = self._known(db)
            facts, verdicts = self._facts(db, known, caller, database), {}
            for document in documents:
                name = document["Name"].lower()
                key = (caller.principal, database, name)
                found = known.tables.get(key)
                verdicts[name] = found or known.keep(key, _decide(known, caller, facts, document))
            return verdicts

    def database(self, caller: Caller, database: str) -> frozenset[str]:
        """Empty for a database that is invisible or missing. Name in lower case."""
        with self._changes.read() as db:
            known = self._known(db)
            key = (caller.principal, database)
            if key not in known.databases:
                known.databases[key] = self._decide_database(db, known, caller, database)
            return known.databases[key]

    def _known(self, db: sqlite3.Connection) -> _Known:
        state = (self._catalog.version, count(db))
        known = self._latest
        if known is None or known.state != state:
            known = self._latest = _Known(state, db)
        return known

    def _facts(self, db: sqlite3.Connection, known: _Known, caller: Caller, database: str) -> held.Facts:
        key = (caller.principal, database)
        if key not in known.facts:
            known.facts[key] = held.read(db, held.Scope(self.principals(caller), database))
        return known.facts[key]

    def _decide_database(self, db: sqlite3.Connection, known: _Known, caller: Caller, database: str) -> frozenset[str]:
        try:
            self._catalog.database(database)
        except AwsError:
            return frozenset()
        scope = held.Scope(self.principals(caller), database, held.NO_TABLE)
        facts = held.read(db, scope)
        if facts.iam_decides_database():
            return DATABASE_PERMISSIONS
        found = decide.decide_database(facts.database_tags, facts.database_permissions, facts.database_policies)
        if not found and (caller.principal in known.seers or self._sees_a_table(db, known, caller, (scope, facts))):
            return frozenset({"DESCRIBE"})
        return found

    def _sees_a_table(
        self, db: sqlite3.Connection, known: _Known, caller: Caller, of_database: tuple[held.Scope, held.Facts]
    ) -> bool:
        scope, facts = of_database
        if ALL_TABLES in facts.tables or candidates.iam_decides_on_one(db, scope.database, facts):
            return True
        names = candidates.names(db, scope, facts, partial(self._every_name, scope.database))
        return any(self._sees(db, known, caller, replace(scope, table=name)) for name in names)

    def _every_name(self, database: str) -> Iterator[str]:
        after = ""
        while chunk := self._catalog.table_rows.page(database, after, _CHUNK):
            yield from (document["Name"] for document in chunk)
            after = chunk[-1]["Name"]

    def _sees(self, db: sqlite3.Connection, known: _Known, caller: Caller, scope: held.Scope) -> bool:
        assert scope.table is not None
        try:
            document = self._catalog.table(scope.database, scope.table)
        except AwsError:
            return False
        return bool(_decide(known, caller, held.read(db, scope), document).permissions)


def _decide(known: _Known, caller: Caller, facts: held.Facts, document: dict[str, Any]) -> TableAccess:
    name, shape = document["Name"].lower(), facts.shape(document)
    if facts.iam_decides(name):
        return ungoverned(shape.columns)
    return decide.decide(shape, facts.held(name), facts.table_policies, caller.principal in known.seers)
