"""What the use cases need of the outside world, readers and writers apart.

Planners get `Readers` only; `services/apply.py` alone gets `Writers`. Gateways implement these on AWS, tests/fakes.py
in memory, and the same tests run on both. Every method raises mesh_core.errors classes, never botocore's. Writers are
idempotent: creating what is there and equal, or deleting what is gone, is no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from mesh_core.domain.world import Database, DataFilter, Grant, Principal, Table, Target


@dataclass(frozen=True)
class TableDefinition:
    """A TableInput and its PartitionInputs as JSON: what it takes to create the table again."""

    definition: str
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """What lies under a key prefix: current objects, all versions and delete markers, bytes of all versions."""

    object_count: int
    version_count: int
    size_bytes: int


@dataclass(frozen=True)
class ObjectInfo:
    """One current object."""

    key: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True)
class Versioned:
    """A document with the ETag that a conditional write of it names."""

    text: str
    etag: str


@dataclass(frozen=True)
class RoleDefinition:
    """An IAM role as CreateRole needs it; trust and policy are JSON."""

    name: str
    description: str
    trust: str
    policy: str


class CatalogReader(Protocol):
    """Glue, read as the portal."""

    def databases(self) -> tuple[Database, ...]:
        """All databases."""
        ...

    def tables(self, database: str) -> tuple[Table, ...]:
        """All tables and views of a database, () when it is gone."""
        ...

    def database_definition(self, name: str) -> str | None:
        """A DatabaseInput, None when it isn't there."""
        ...

    def table_definition(self, database: str, name: str) -> TableDefinition | None:
        """None when it isn't there."""
        ...


class CatalogWriter(CatalogReader, Protocol):
    """Glue, changed as the portal."""

    def create_database(self, name: str, definition: str) -> None:
        """NameTakenError when it exists with another definition."""
        ...

    def update_database(self, name: str, definition: str) -> None:
        """NotFoundError."""
        ...

    def delete_database(self, name: str) -> None:
        """An empty one; AwsError when tables are left in it."""
        ...

    def create_table(self, database: str, name: str, table: TableDefinition) -> None:
        """NameTakenError when it exists with another definition."""
        ...

    def update_table(self, database: str, name: str, definition: str) -> None:
        """NotFoundError."""
        ...

    def delete_table(self, database: str, name: str) -> None:
        """With its partitions."""
        ...


class GovernanceReader(Protocol):
    """Lake Formation, read as the portal."""

    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """The vocabulary: key -> allowed values, in their order."""
        ...

    def assigned(self, tables: Sequence[Table], databases: Sequence[str]) -> Mapping[Target, Mapping[str, str]]:
        """What is assigned at each database, table and column itself; targets without a tag are left out."""
        ...

    def grants(self) -> tuple[Grant, ...]:
        """All grants, one for each principal and resource; IAM_ALLOWED_PRINCIPALS' too."""
        ...

    def filters(self) -> tuple[DataFilter, ...]:
        """All data cells filters."""
        ...

    def expressions(self) -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        """All saved LF-tag expressions, by name; keys and values sorted."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """DataLakeSettings."""
        ...

    def locations(self) -> tuple[str, ...]:
        """Registered locations as S3 URIs, with a trailing slash."""
        ...


class GovernanceWriter(GovernanceReader, Protocol):
    """Lake Formation, changed as the portal."""

    def set_tag_values(self, key: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Create (before ()), change or delete (after ()) an LF-tag."""
        ...

    def assign(self, target: Target, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Make `after` the tags assigned at the target itself."""
        ...

    def grant(self, grant: Grant) -> None:
        """Grant; what is held already is no error."""
        ...

    def revoke(self, grant: Grant) -> None:
        """Revoke; what isn't held is no error."""
        ...

    def put_filter(self, before: DataFilter | None, after: DataFilter | None) -> None:
        """Create (before None), change or delete (after None) a data cells filter; grants on a deleted one go."""
        ...

    def put_expression(
        self, name: str, before: tuple[tuple[str, tuple[str, ...]], ...], after: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> None:
        """Create (before ()), change or delete (after ()) a saved LF-tag expression; grants by a deleted one go."""
        ...

    def put_settings(self, settings: Mapping[str, Any]) -> None:
        """Replace DataLakeSettings."""
        ...

    def register(self, uri: str, role_arn: str) -> None:
        """Register a location."""
        ...

    def deregister(self, uri: str) -> None:
        """Deregister a location."""
        ...


class StorageReader(Protocol):
    """S3, read as the portal."""

    def buckets(self) -> tuple[str, ...]:
        """The account's buckets whose names start with `mesh-`."""
        ...

    def listing(self, bucket: str, prefix: str = "") -> Listing:
        """Counts and bytes, every version; zeros when the bucket is gone."""
        ...

    def objects(self, bucket: str, prefix: str = "") -> tuple[ObjectInfo, ...]:
        """Current objects in key order; () when the bucket is gone."""
        ...

    def get_text(self, bucket: str, key: str) -> str | None:
        """UTF-8 text, None when it isn't there."""
        ...

    def get_versioned(self, bucket: str, key: str) -> Versioned | None:
        """The same with the ETag that `put_if` asks for."""
        ...

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        """Download an object to `path`; NotFoundError."""
        ...


class StorageWriter(StorageReader, Protocol):
    """S3, changed as the portal."""

    def create_bucket(self, bucket: str) -> None:
        """Private, encrypted, versioned, TLS only, closed to all but the portal and Lake Formation's role."""
        ...

    def put_text(self, bucket: str, key: str, text: str) -> None:
        """Write a document."""
        ...

    def put_if(self, bucket: str, key: str, text: str, etag: str | None) -> str:
        """Write a document only where it is still the one of that ETag; None: only where there is none yet.

        The new ETag. ConflictError when somebody else wrote meanwhile: nothing is written.
        """
        ...

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        """Upload a file."""
        ...

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Copy an object between (bucket, key) pairs."""
        ...

    def purge(self, bucket: str, prefix: str = "") -> None:
        """Delete every version under a prefix; with prefix "" the bucket as well."""
        ...


class PeopleReader(Protocol):
    """IAM roles and Athena work groups, read as the portal."""

    def principals(self) -> tuple[Principal, ...]:
        """The roles that the mesh made (tag `mesh.managed`)."""
        ...

    def role_definition(self, name: str) -> RoleDefinition | None:
        """None when it isn't there."""
        ...

    def work_group_names(self) -> tuple[str, ...]:
        """The account's work groups, sorted: one call, where `work_groups` makes one for each."""
        ...

    def work_groups(self) -> Mapping[str, str]:
        """Name -> enforced result location ("" when none is enforced)."""
        ...


class PeopleWriter(PeopleReader, Protocol):
    """IAM roles and Athena work groups, changed as the portal."""

    def create_role(self, role: RoleDefinition) -> None:
        """NameTakenError when it exists with another definition."""
        ...

    def delete_role(self, name: str) -> None:
        """With its inline policies."""
        ...

    def create_work_group(self, name: str, results_uri: str) -> None:
        """Result location enforced."""
        ...

    def delete_work_group(self, name: str) -> None:
        """With its history."""
        ...


class AccountReader(Protocol):
    """The portal's own identity, and what IAM lets it do."""

    def caller_arn(self) -> str:
        """The user's or the role's ARN."""
        ...

    def missing_actions(self, actions: Sequence[str]) -> tuple[str, ...]:
        """Those of the actions (`glue:GetTable`) that IAM denies."""
        ...


@dataclass(frozen=True)
class Readers:
    """All that planners get."""

    catalog: CatalogReader
    governance: GovernanceReader
    storage: StorageReader
    people: PeopleReader


@dataclass(frozen=True)
class Writers:
    """All that apply gets."""

    catalog: CatalogWriter
    governance: GovernanceWriter
    storage: StorageWriter
    people: PeopleWriter
