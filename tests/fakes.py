"""AWS in memory: every port of mesh_core/services/ports.py as a small class over one `FakeAws`.

Faithful where the portal depends on it: writers are idempotent, a dropped table loses its tags and grants, a role that
is dropped keeps its grants, LF-tag values in use can't be deleted, buckets keep every version.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_core.domain.glue_shapes import database_of, table_of
from mesh_core.domain.names import Naming
from mesh_core.domain.projection import _granted, _revoked
from mesh_core.domain.world import (
    ColumnsResource,
    Database,
    DatabaseResource,
    DataFilter,
    Grant,
    Principal,
    Table,
    TableResource,
    Target,
)
from mesh_core.errors import AwsError, ConflictError, NameTakenError, NotFoundError, PermissionDeniedError
from mesh_core.services.ports import Listing, ObjectInfo, Readers, RoleDefinition, TableDefinition, Versioned, Writers
from mesh_core.services.ports_queries import QueryStatus, ResultPage, SavedQuery

OWN_RECORDS = ("jobs/", "mesh_system/")
_CONDITIONAL = threading.Lock()  # not in FakeAws: tests copy it
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NEW_ACCOUNT = {
    "DataLakeAdmins": [],
    "CreateDatabaseDefaultPermissions": [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}],
    "CreateTableDefaultPermissions": [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}],
}


@dataclass
class FakeAws:
    """The state of one account. `before_write` is called with the writer's name before each change, and may raise."""

    naming: Naming = field(default_factory=lambda: Naming("000000000000", "us-east-1"))
    databases: dict[str, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], TableDefinition] = field(default_factory=dict)
    tag_values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    assigned: dict[Target, dict[str, str]] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    filters: tuple[DataFilter, ...] = ()
    expressions: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(NEW_ACCOUNT)))
    locations: dict[str, str] = field(default_factory=dict)
    objects: dict[str, dict[str, list[bytes]]] = field(default_factory=dict)
    roles: dict[str, RoleDefinition] = field(default_factory=dict)
    work_groups: dict[str, str] = field(default_factory=lambda: {"primary": ""})
    before_write: Callable[[str], None] = lambda _what: None
    after_write: Callable[[str], None] = lambda _what: None

    @property
    def writers(self) -> Writers:
        """All ports on this state."""
        return Writers(FakeCatalog(self), FakeGovernance(self), FakeStorage(self), FakePeople(self))

    @property
    def readers(self) -> Readers:
        """The same, as planners get them."""
        w = self.writers
        return Readers(w.catalog, w.governance, w.storage, w.people)

    def snapshot(self) -> dict[str, Any]:
        """Everything that can be compared between two runs; the mesh's own records left out."""
        objects = {
            bucket: {key: list(v) for key, v in list(keys.items()) if not key.startswith(OWN_RECORDS)}
            for bucket, keys in self.objects.items()
        }
        return {
            "databases": {name: database_of(json.loads(text)) for name, text in self.databases.items()},
            "tables": dict(self.tables),
            "tags": {key: set(values) for key, values in self.tag_values.items()},
            "assigned": {target: dict(own) for target, own in self.assigned.items() if own},
            "grants": {(g.principal, g.resource, g.permissions, g.grantable) for g in self.grants},
            "filters": set(self.filters),
            "expressions": dict(self.expressions),
            "settings": json.loads(json.dumps(self.settings)),
            "locations": dict(self.locations),
            "objects": {
                bucket: keys for bucket, keys in objects.items() if bucket != self.naming.control_bucket or keys
            },
            "roles": dict(self.roles),
            "work_groups": dict(self.work_groups),
        }


class _Part:
    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws

    def change(self, what: str, work: Callable[[], None]) -> None:
        """Run a change between the two hooks."""
        self.aws.before_write(what)
        work()
        self.aws.after_write(what)


class FakeCatalog(_Part):
    """Glue."""

    def databases(self) -> tuple[Database, ...]:
        return tuple(database_of(json.loads(self.aws.databases[name])) for name in sorted(self.aws.databases))

    def tables(self, database: str) -> tuple[Table, ...]:
        found = sorted(key for key in self.aws.tables if key[0] == database)
        return tuple(table_of(database, json.loads(self.aws.tables[key].definition)) for key in found)

    def database_definition(self, name: str) -> str | None:
        return self.aws.databases.get(name)

    def table_definition(self, database: str, name: str) -> TableDefinition | None:
        return self.aws.tables.get((database, name))

    def create_database(self, name: str, definition: str) -> None:
        have = self.aws.databases.get(name)
        if have is not None and have != definition:
            raise NameTakenError(name, "another definition")
        self.change("create_database", lambda: self.aws.databases.__setitem__(name, definition))

    def update_database(self, name: str, definition: str) -> None:
        if name not in self.aws.databases:
            raise NotFoundError(name)
        self.change("update_database", lambda: self.aws.databases.__setitem__(name, definition))

    def delete_database(self, name: str) -> None:
        if any(key[0] == name for key in self.aws.tables):
            raise AwsError(f"{name} is not empty")

        def work() -> None:
            self.aws.databases.pop(name, None)
            self._forget(lambda target: target.database == name, lambda r: getattr(r, "database", None) == name)

        self.change("delete_database", work)

    def create_table(self, database: str, name: str, table: TableDefinition) -> None:
        if database not in self.aws.databases:
            raise NotFoundError(database)
        have = self.aws.tables.get((database, name))
        if have is not None and have != table:
            raise NameTakenError(name, "another definition")
        self.change("create_table", lambda: self.aws.tables.__setitem__((database, name), table))

    def update_table(self, database: str, name: str, definition: str) -> None:
        have = self.aws.tables.get((database, name))
        if have is None:
            raise NotFoundError(name)
        new = TableDefinition(definition, have.partitions)
        self.change("update_table", lambda: self.aws.tables.__setitem__((database, name), new))

    def delete_table(self, database: str, name: str) -> None:
        def work() -> None:
            self.aws.tables.pop((database, name), None)
            self._forget(
                lambda target: (target.database, target.table) == (database, name),
                lambda r: (getattr(r, "database", None), getattr(r, "table", None)) == (database, name),
            )

        self.change("delete_table", work)

    def _forget(self, tagged: Callable[[Target], bool], granted: Callable[[object], bool]) -> None:
        for target in [t for t in self.aws.assigned if tagged(t)]:
            del self.aws.assigned[target]
        self.aws.grants = tuple(g for g in self.aws.grants if not granted(g.resource))


class FakeGovernance(_Part):
    """Lake Formation."""

    def tags(self) -> Mapping[str, tuple[str, ...]]:
        return dict(self.aws.tag_values)

    def assigned(self, tables: Sequence[Table], databases: Sequence[str]) -> Mapping[Target, Mapping[str, str]]:
        return {target: dict(own) for target, own in self.aws.assigned.items() if own}

    def grants(self) -> tuple[Grant, ...]:
        return self.aws.grants

    def filters(self) -> tuple[DataFilter, ...]:
        return self.aws.filters

    def expressions(self) -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        return dict(self.aws.expressions)

    def settings(self) -> Mapping[str, Any]:
        return dict(self.aws.settings)

    def locations(self) -> tuple[str, ...]:
        return tuple(sorted(self.aws.locations))

    def set_tag_values(self, key: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        gone = set(self.aws.tag_values.get(key, ())) - set(after)
        if after and any(own.get(key) in gone for own in self.aws.assigned.values()):
            raise AwsError(f"{key} is in use")

        def work() -> None:
            self.aws.tag_values.pop(key, None)
            if after:
                self.aws.tag_values[key] = after

        self.change("set_tag_values", work)

    def assign(self, target: Target, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        for key, value in after.items():
            if value not in self.aws.tag_values.get(key, ()):
                raise NotFoundError(f"{key}={value}")
        exists = target.database in self.aws.databases if target.table is None else self._has_table(target)
        if not exists:
            if after:
                raise NotFoundError(str(target))
            return
        self.change("assign", lambda: self.aws.assigned.__setitem__(target, dict(after)))

    def _has_table(self, target: Target) -> bool:
        return (target.database, target.table) in self.aws.tables

    def grant(self, grant: Grant) -> None:
        self._require(grant.resource)
        self.change("grant", lambda: setattr(self.aws, "grants", _granted(self.aws.grants, grant)))

    def _require(self, resource: object) -> None:
        match resource:
            case TableResource(database, table) | ColumnsResource(database, table) if table != "*":
                exists = (database, table) in self.aws.tables
            case DatabaseResource(database) | TableResource(database, _):
                exists = database in self.aws.databases
            case _:
                exists = True
        if not exists:
            raise NotFoundError(str(resource))

    def revoke(self, grant: Grant) -> None:
        self.change("revoke", lambda: setattr(self.aws, "grants", _revoked(self.aws.grants, grant)))

    def put_filter(self, before: DataFilter | None, after: DataFilter | None) -> None:
        one = after or before
        assert one is not None
        if after is not None and (one.database, one.table) not in self.aws.tables:
            raise NotFoundError(f"{one.database}.{one.table}")

        def work() -> None:
            others = tuple(f for f in self.aws.filters if f.resource != one.resource)
            self.aws.filters = (*others, after) if after else others
            if after is None:
                self.aws.grants = tuple(g for g in self.aws.grants if g.resource != one.resource)

        self.change("put_filter", work)

    def put_expression(
        self, name: str, before: tuple[tuple[str, tuple[str, ...]], ...], after: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> None:
        def work() -> None:
            self.aws.expressions.pop(name, None)
            if after:
                self.aws.expressions[name] = tuple(sorted(after))
            else:
                self.aws.grants = tuple(g for g in self.aws.grants if getattr(g.resource, "name", None) != name)

        self.change("put_expression", work)

    def put_settings(self, settings: Mapping[str, Any]) -> None:
        self.change("put_settings", lambda: setattr(self.aws, "settings", dict(settings)))

    def register(self, uri: str, role_arn: str) -> None:
        self.change("register", lambda: self.aws.locations.__setitem__(uri, role_arn))

    def deregister(self, uri: str) -> None:
        self.change("deregister", lambda: self.aws.locations.pop(uri, None) and None)


class FakeStorage(_Part):
    """S3."""

    def buckets(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.aws.objects if name.startswith("mesh-")))

    def listing(self, bucket: str, prefix: str = "") -> Listing:
        found = [v for key, v in list(self.aws.objects.get(bucket, {}).items()) if key.startswith(prefix)]
        return Listing(len(found), sum(map(len, found)), sum(len(one) for v in found for one in v))

    def objects(self, bucket: str, prefix: str = "") -> tuple[ObjectInfo, ...]:
        keys = self.aws.objects.get(bucket, {})
        return tuple(ObjectInfo(key, len(keys[key][-1]), NOW) for key in sorted(keys) if key.startswith(prefix))

    def get_text(self, bucket: str, key: str) -> str | None:
        versions = self.aws.objects.get(bucket, {}).get(key)
        return versions[-1].decode() if versions else None

    def get_versioned(self, bucket: str, key: str) -> Versioned | None:
        versions = self.aws.objects.get(bucket, {}).get(key)
        return Versioned(versions[-1].decode(), _etag(versions[-1])) if versions else None

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        versions = self.aws.objects.get(bucket, {}).get(key)
        if not versions:
            raise NotFoundError(f"s3://{bucket}/{key}")
        path.write_bytes(versions[-1])

    def create_bucket(self, bucket: str) -> None:
        self.change("create_bucket", lambda: self.aws.objects.setdefault(bucket, {}) and None)

    def put_text(self, bucket: str, key: str, text: str) -> None:
        self._put(bucket, key, text.encode())

    def put_if(self, bucket: str, key: str, text: str, etag: str | None) -> str:
        with _CONDITIONAL:
            found = self.get_versioned(bucket, key)
            if (found.etag if found else None) != etag:
                raise ConflictError(f"s3://{bucket}/{key}")
            self._put(bucket, key, text.encode())
        return _etag(text.encode())

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        self._put(bucket, key, path.read_bytes())

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        versions = self.aws.objects.get(source[0], {}).get(source[1])
        if not versions:
            raise NotFoundError(f"s3://{source[0]}/{source[1]}")
        self._put(*target, versions[-1])

    def _put(self, bucket: str, key: str, data: bytes) -> None:
        if bucket not in self.aws.objects:
            raise NotFoundError(f"the bucket {bucket}")
        what = "journal" if key.startswith(OWN_RECORDS) else "put_object"
        self.change(what, lambda: self._append(bucket, key, data))

    def _append(self, bucket: str, key: str, data: bytes) -> None:
        versions = self.aws.objects[bucket].setdefault(key, [])
        if not versions or versions[-1] != data:
            versions.append(data)

    def purge(self, bucket: str, prefix: str = "") -> None:
        def work() -> None:
            keys = self.aws.objects.get(bucket, {})
            for key in [one for one in list(keys) if one.startswith(prefix)]:
                del keys[key]
            if not prefix:
                self.aws.objects.pop(bucket, None)

        self.change("purge", work)


def _etag(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class FakePeople(_Part):
    """IAM roles and Athena work groups."""

    def principals(self) -> tuple[Principal, ...]:
        arn = self.aws.naming.role_arn
        return tuple(Principal(n, arn(n), self.aws.roles[n].description, True) for n in sorted(self.aws.roles))

    def role_definition(self, name: str) -> RoleDefinition | None:
        return self.aws.roles.get(name)

    def work_group_names(self) -> tuple[str, ...]:
        return tuple(sorted(self.aws.work_groups))

    def work_groups(self) -> Mapping[str, str]:
        return dict(self.aws.work_groups)

    def create_role(self, role: RoleDefinition) -> None:
        if self.aws.roles.get(role.name, role) != role:
            raise NameTakenError(role.name, "another definition")
        self.change("create_role", lambda: self.aws.roles.__setitem__(role.name, role))

    def delete_role(self, name: str) -> None:
        self.change("delete_role", lambda: self.aws.roles.pop(name, None) and None)

    def create_work_group(self, name: str, results_uri: str) -> None:
        if self.aws.work_groups.get(name, results_uri) != results_uri:
            raise NameTakenError(name, "another result location")
        self.change("create_work_group", lambda: self.aws.work_groups.__setitem__(name, results_uri))

    def delete_work_group(self, name: str) -> None:
        self.change("delete_work_group", lambda: self.aws.work_groups.pop(name, None) and None)


@dataclass
class FakeRunner:
    """Athena for one role: `answers` maps a statement to its page, or to the reason of its failure."""

    answers: dict[str, ResultPage | str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    default: ResultPage | None = None

    def start(self, sql: str, database: str = "") -> str:
        self.started.append(sql)
        return f"q{len(self.started)}"

    def status(self, query_id: str) -> QueryStatus:
        sql = self._sql(query_id)
        answer = self.answers.get(sql, self.default)
        if isinstance(answer, str):
            return QueryStatus(query_id, "FAILED", sql, answer)
        if answer is None:
            return QueryStatus(query_id, "FAILED", sql, f"no answer was prepared for: {sql}")
        return QueryStatus(query_id, "SUCCEEDED", sql, bytes_scanned=1000, engine_ms=12, total_ms=15)

    def _sql(self, query_id: str) -> str:
        number = int(query_id.removeprefix("q")) if query_id.startswith("q") else 0
        if not 0 < number <= len(self.started):
            raise NotFoundError(f"There is no query {query_id} any more.")
        return self.started[number - 1]

    def results(self, query_id: str, max_rows: int) -> ResultPage:
        page = self.answers.get(self._sql(query_id), self.default)
        assert isinstance(page, ResultPage)
        return ResultPage(page.columns, page.rows[:max_rows], page.truncated or len(page.rows) > max_rows)

    def row_count(self, query_id: str) -> int | None:
        return len(self.results(query_id, 1_000_000).rows)

    def download(self, query_id: str) -> bytes:
        page = self.results(query_id, 1_000_000)
        lines = [[c.name for c in page.columns], *page.rows]
        return "\n".join(",".join("" if v is None else f'"{v}"' for v in line) for line in lines).encode()

    def cancel(self, query_id: str) -> None:
        self._sql(query_id)

    def history(self, max_count: int) -> tuple[QueryStatus, ...]:
        ids = [f"q{number}" for number in range(len(self.started), 0, -1)]
        return tuple(self.status(one) for one in ids[:max_count])


@dataclass
class FakeSaved:
    """Athena's named queries of one role."""

    kept: dict[str, SavedQuery] = field(default_factory=dict)

    def saved(self) -> tuple[SavedQuery, ...]:
        return tuple(sorted(self.kept.values(), key=lambda one: (one.name, one.id)))

    def save(self, query: SavedQuery) -> str:
        if query.id and query.id not in self.kept:
            raise NotFoundError(f"The saved query ({query.name}) is gone.")
        found = replace(query, id=query.id or f"n{len(self.kept) + 1}")
        self.kept[found.id] = found
        return found.id

    def delete_saved(self, query_id: str) -> None:
        if self.kept.pop(query_id, None) is None:
            raise NotFoundError("The saved query (it) is gone.")


@dataclass
class FakeRunners:
    """A runner for each role; `refused` roles can't be assumed."""

    runners: dict[str, FakeRunner] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    named: dict[str, FakeSaved] = field(default_factory=dict)

    def as_role(self, role: str) -> FakeRunner:
        if role in self.refused:
            raise PermissionDeniedError(f"The role {role} can't be assumed.")
        return self.runners.setdefault(role, FakeRunner())

    def saved_of(self, role: str) -> FakeSaved:
        self.as_role(role)
        return self.named.setdefault(role, FakeSaved())
