"""What exists: one frozen reading of the catalog, its governance and its people.

Everything that is decided is decided on a `World`; `services/reading.py` makes one through the ports, tests make one by
hand. Names are lower-case, as Glue keeps them. Column order everywhere: columns, then partition keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mesh_core.domain.names import MANAGED, Naming, ProductName
from mesh_core.errors import NotFoundError

IAM_ALLOWED = "IAM_ALLOWED_PRINCIPALS"


@dataclass(frozen=True)
class Column:
    """A column and its Hive type (`decimal(12,2)`, `array<string>`)."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Table:
    """A Glue table or Athena view. `view_sql` is a view's own SQL, None for a table.

    definer   the ARN of the role with whose rights a protected view (SECURITY DEFINER) reads its bases, else ""
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...] = ()
    location: str = ""
    description: str = ""
    view_sql: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    definer: str = ""

    @property
    def full_name(self) -> str:
        """`database.table`."""
        return f"{self.database}.{self.name}"

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns, then partition keys."""
        return self.columns + self.partition_keys

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, partition keys last."""
        return tuple(c.name for c in self.all_columns)

    @property
    def is_managed(self) -> bool:
        """Whether the portal made it."""
        return self.parameters.get(MANAGED) == "true"

    @property
    def product(self) -> ProductName | None:
        """The product that it is an output port of."""
        text = self.parameters.get("mesh.product", "")
        domain, dot, name = text.partition(".")
        return ProductName(domain, name) if dot else None


@dataclass(frozen=True)
class Database:
    """A Glue database; a domain of the mesh when `is_managed`."""

    name: str
    location: str = ""
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_managed(self) -> bool:
        """Whether the portal made it."""
        return self.parameters.get(MANAGED) == "true"

    @property
    def owner(self) -> str:
        """The role that owns the domain."""
        return self.parameters.get("mesh.owner", "")


@dataclass(frozen=True, order=True)
class Target:
    """What an LF-tag is assigned to: a database, a table (column None) or a column."""

    database: str
    table: str | None = None
    column: str | None = None

    def __str__(self) -> str:
        return ".".join(part for part in (self.database, self.table, self.column) if part)

    @property
    def level(self) -> Literal["database", "table", "column"]:
        """Where in the hierarchy it stands."""
        return "column" if self.column else "table" if self.table else "database"


@dataclass(frozen=True, order=True)
class CatalogResource:
    """The account's catalog."""


@dataclass(frozen=True, order=True)
class DatabaseResource:
    """One database."""

    database: str


@dataclass(frozen=True, order=True)
class TableResource:
    """One table; `table` is `*` for all tables of the database, future ones too."""

    database: str
    table: str


@dataclass(frozen=True, order=True)
class ColumnsResource:
    """Columns of one table: those named, or all but `excluded` when `columns` is empty."""

    database: str
    table: str
    columns: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class FilterResource:
    """A data cells filter."""

    database: str
    table: str
    name: str


@dataclass(frozen=True, order=True)
class ExpressionResource:
    """Everything of a kind whose effective LF-tags match: AND over keys, OR over a key's values."""

    resource_type: Literal["DATABASE", "TABLE"]
    expression: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        return " AND ".join(f"{key}={'|'.join(values)}" for key, values in self.expression)


@dataclass(frozen=True, order=True)
class NamedExpressionResource:
    """The same by a saved LF-tag expression: changing that changes what the grant reaches."""

    resource_type: Literal["DATABASE", "TABLE"]
    name: str


@dataclass(frozen=True, order=True)
class LocationResource:
    """A registered S3 location (URI)."""

    uri: str


@dataclass(frozen=True, order=True)
class TagResource:
    """An LF-tag itself."""

    key: str
    values: tuple[str, ...]


Resource = (
    CatalogResource
    | DatabaseResource
    | TableResource
    | ColumnsResource
    | FilterResource
    | ExpressionResource
    | NamedExpressionResource
    | LocationResource
    | TagResource
)


@dataclass(frozen=True)
class Grant:
    """What one principal (an ARN, or IAM_ALLOWED_PRINCIPALS) holds on one resource; both tuples sorted."""

    principal: str
    resource: Resource
    permissions: tuple[str, ...]
    grantable: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataFilter:
    """A data cells filter: columns () with excluded () = all of them; row_filter "" = all rows."""

    database: str
    table: str
    name: str
    columns: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    row_filter: str = ""

    @property
    def resource(self) -> FilterResource:
        """What a grant on it names."""
        return FilterResource(self.database, self.table, self.name)


@dataclass(frozen=True)
class Principal:
    """An IAM role that people act as."""

    name: str
    arn: str
    description: str = ""
    managed: bool = False


@dataclass(frozen=True)
class World:
    """One reading.

    tags         the vocabulary: key -> allowed values
    assigned     what is assigned at a target itself (not inherited)
    expressions  saved LF-tag expressions by name: AND over keys, OR over a key's values
    """

    naming: Naming
    databases: tuple[Database, ...] = ()
    tables: tuple[Table, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assigned: Mapping[Target, Mapping[str, str]] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    filters: tuple[DataFilter, ...] = ()
    principals: tuple[Principal, ...] = ()
    administrators: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    locations: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    work_groups: tuple[str, ...] = ()
    expressions: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = field(default_factory=dict)

    def database(self, name: str) -> Database:
        """By name; NotFoundError."""
        for one in self.databases:
            if one.name == name:
                return one
        raise NotFoundError(f"There is no domain '{name}' in the catalog. It may have been removed. See Domains.")

    def table(self, database: str, name: str) -> Table:
        """By name; NotFoundError."""
        found = self.find_table(database, name)
        if found is None:
            raise NotFoundError(f"There is no table '{database}.{name}' in the catalog. It may have been removed.")
        return found

    def find_table(self, database: str, name: str) -> Table | None:
        """By name, None when it isn't there."""
        return next((t for t in self.tables if t.database == database and t.name == name), None)

    def has_database(self, name: str) -> bool:
        """Whether a database of that name exists."""
        return any(one.name == name for one in self.databases)

    def find_filter(self, database: str, table: str, name: str) -> DataFilter | None:
        """A data cells filter by name, None when it isn't there."""
        return next((f for f in self.filters if (f.database, f.table, f.name) == (database, table, name)), None)

    def ports(self, product: ProductName) -> tuple[Table, ...]:
        """A product's output ports, () when there is no such product."""
        return tuple(t for t in self.tables if t.product == product)

    def principal(self, name: str) -> Principal:
        """A role by its name; NotFoundError."""
        for one in self.principals:
            if one.name == name:
                return one
        raise NotFoundError(f"There is no role '{name}' in this account. It may have been removed. Choose another.")
