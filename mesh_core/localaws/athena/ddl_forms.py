"""What a statement says, as data: one frozen class a form that this package executes itself.

Names are lower-cased, as Athena stores them. `sql` members are Trino text for the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Name:
    """A table's or view's name; `database` is None when the statement leaves it to the session."""

    database: str | None
    table: str


@dataclass(frozen=True)
class Column:
    """A column of Hive DDL; `type` is normalised Hive text: `struct<a:int,b:array<string>>`."""

    name: str
    type: str
    comment: str | None = None


Spec = tuple[tuple[str, str], ...]
"""One partition: (key, value as text) pairs in the order written."""

Properties = tuple[tuple[str, object], ...]
"""Properties in the order written; values are text in Hive DDL, and also numbers, booleans, lists in Trino's WITH."""


@dataclass(frozen=True)
class Select:
    """A query: SELECT, WITH, VALUES, TABLE."""

    sql: str


@dataclass(frozen=True)
class Explain:
    """EXPLAIN [ANALYZE] [(options)] query."""

    sql: str
    analyze: bool
    options: str


@dataclass(frozen=True)
class ShowDatabases:
    """SHOW DATABASES | SCHEMAS."""

    pattern: str | None


@dataclass(frozen=True)
class ShowTables:
    """SHOW TABLES, SHOW VIEWS."""

    database: str | None
    pattern: str | None
    views: bool


@dataclass(frozen=True)
class ShowColumns:
    """SHOW COLUMNS IN."""

    table: Name


@dataclass(frozen=True)
class ShowPartitions:
    """SHOW PARTITIONS."""

    table: Name


@dataclass(frozen=True)
class ShowCreate:
    """SHOW CREATE TABLE | VIEW."""

    table: Name
    view: bool


@dataclass(frozen=True)
class ShowProperties:
    """SHOW TBLPROPERTIES."""

    table: Name
    key: str | None


@dataclass(frozen=True)
class Describe:
    """mode: '', 'extended' or 'formatted'."""

    table: Name
    mode: str
    partition: Spec | None = None
    column: str | None = None


@dataclass(frozen=True)
class CreateDatabase:
    """CREATE DATABASE | SCHEMA."""

    name: str
    if_not_exists: bool
    comment: str | None
    location: str | None
    properties: Properties


@dataclass(frozen=True)
class DropDatabase:
    """DROP DATABASE | SCHEMA."""

    name: str
    if_exists: bool
    cascade: bool


@dataclass(frozen=True)
class AlterDatabase:
    """ALTER DATABASE ... SET DBPROPERTIES."""

    name: str
    properties: Properties


@dataclass(frozen=True)
class RowFormat:
    """serde: its class or None; parameters: SerDe properties, of DELIMITED too (`field.delim`, ...)."""

    serde: str | None = None
    parameters: Properties = ()


@dataclass(frozen=True)
class CreateTable:
    """CREATE EXTERNAL TABLE. stored_as: upper-case format; formats: (input class, output class) when given by class."""

    table: Name
    if_not_exists: bool
    external: bool
    columns: tuple[Column, ...]
    comment: str | None = None
    partition_keys: tuple[Column, ...] = ()
    transforms: tuple[str, ...] = ()
    buckets: tuple[tuple[str, ...], int] | None = None
    row_format: RowFormat = field(default_factory=RowFormat)
    stored_as: str | None = None
    formats: tuple[str, str] | None = None
    location: str | None = None
    properties: Properties = ()


@dataclass(frozen=True)
class DropTable:
    """DROP TABLE, DROP VIEW."""

    table: Name
    if_exists: bool
    view: bool


@dataclass(frozen=True)
class RepairTable:
    """MSCK REPAIR TABLE."""

    table: Name


@dataclass(frozen=True)
class AddPartitions:
    """ALTER TABLE ... ADD PARTITION; each with its location or None."""

    table: Name
    if_not_exists: bool
    partitions: tuple[tuple[Spec, str | None], ...]


@dataclass(frozen=True)
class DropPartitions:
    """ALTER TABLE ... DROP PARTITION."""

    table: Name
    if_exists: bool
    partitions: tuple[Spec, ...]


@dataclass(frozen=True)
class RenamePartition:
    """ALTER TABLE ... PARTITION ... RENAME TO PARTITION."""

    table: Name
    old: Spec
    new: Spec


@dataclass(frozen=True)
class AddColumns:
    """ALTER TABLE ... ADD COLUMNS."""

    table: Name
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class ReplaceColumns:
    """ALTER TABLE ... REPLACE COLUMNS."""

    table: Name
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class ChangeColumn:
    """after: the column before it; '' = it becomes the first; None = it stays where it is."""

    table: Name
    old: str
    new: Column
    after: str | None


@dataclass(frozen=True)
class SetProperties:
    """ALTER TABLE ... SET TBLPROPERTIES."""

    table: Name
    properties: Properties


@dataclass(frozen=True)
class SetLocation:
    """ALTER TABLE ... [PARTITION] SET LOCATION."""

    table: Name
    partition: Spec | None
    location: str


@dataclass(frozen=True)
class CreateView:
    """CREATE [OR REPLACE] VIEW; `definer`: PROTECTED MULTI DIALECT ... SECURITY DEFINER."""

    view: Name
    or_replace: bool
    sql: str
    definer: bool = False


@dataclass(frozen=True)
class CreateTableAs:
    """CREATE TABLE ... AS."""

    table: Name
    if_not_exists: bool
    properties: Properties
    sql: str
    with_data: bool


@dataclass(frozen=True)
class Insert:
    """INSERT INTO; `columns` None when the statement names none."""

    table: Name
    columns: tuple[str, ...] | None
    sql: str


@dataclass(frozen=True)
class Unload:
    """UNLOAD (query) TO location."""

    sql: str
    to: str
    properties: Properties


@dataclass(frozen=True)
class Prepare:
    """PREPARE name FROM statement."""

    name: str
    sql: str


@dataclass(frozen=True)
class Execute:
    """arguments: the SQL text of each value of USING."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class ExecuteImmediate:
    """EXECUTE IMMEDIATE statement [USING ...]."""

    sql: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Deallocate:
    """DEALLOCATE PREPARE name."""

    name: str


@dataclass(frozen=True)
class Refused:
    """A statement that Athena runs and this endpoint does not; `what` names it: "MERGE INTO"."""

    what: str
    statement_type: str = "DDL"


Form = (
    Select
    | Explain
    | ShowDatabases
    | ShowTables
    | ShowColumns
    | ShowPartitions
    | ShowCreate
    | ShowProperties
    | Describe
    | CreateDatabase
    | DropDatabase
    | AlterDatabase
    | CreateTable
    | DropTable
    | RepairTable
    | AddPartitions
    | DropPartitions
    | RenamePartition
    | AddColumns
    | ReplaceColumns
    | ChangeColumn
    | SetProperties
    | SetLocation
    | CreateView
    | CreateTableAs
    | Insert
    | Unload
    | Prepare
    | Execute
    | ExecuteImmediate
    | Deallocate
    | Refused
)
