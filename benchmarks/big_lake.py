"""State folders with a few tables and grants, and with very many: the same but for their number.

Roles, settings and the database are made through the API; tables and grants are then written by the endpoint's own
modules in one transaction, while no process serves the folder (through the API each would be a synced transaction).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.endpoint import endpoint, make_role
from benchmarks.measure import Room
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.lakeformation import grants
from mesh_core.localaws.lakeformation.grants import Giving
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.targets import Target
from mesh_core.localaws.store import Store

DATABASE, COLUMNS = "big", 20
ACCOUNT = "000000000000"
ROLES = tuple(f"reader{number:02}" for number in range(50))
_TYPES = ("bigint", "string", "double", "date", "decimal(12,2)")


@dataclass(frozen=True)
class Size:
    """How many tables, and how many grants: each on one table for one role."""

    tables: int
    grants: int


SMALL, LARGE = Size(10, 10), Size(10_000, 5_000)


def table_name(number: int) -> str:
    """The name of a table by its number."""
    return f"table_{number:05}"


def role_arn(name: str) -> str:
    """The ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def root() -> Caller:
    """The account's root."""
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    return Caller(ACCOUNT, arn, arn, "")


def caller(role: str) -> Caller:
    """A session of a role."""
    return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/bench", role_arn(role), "")


def make(folder: Path, size: Size) -> Path:
    """A state folder of that size, served by nobody yet: Lake Formation decides about all of its tables."""
    with endpoint(folder) as running:
        for name in (ROLES[0], "admin"):
            make_role(running, name)
        running.client("glue").create_database(DatabaseInput={"Name": DATABASE})
        settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": role_arn("admin")}]}
        defaults: dict[str, list[Any]] = {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
        running.client("lakeformation").put_data_lake_settings(DataLakeSettings=settings | defaults)
    store, lake = opened(folder)
    with store.write() as db:
        for number in range(size.tables):
            lake.catalog.create_table(DATABASE, _table_input(number), root().arn)
            lake.table_created(root(), DATABASE, table_name(number))
        for giving in _givings(size):
            grants.put(db, giving, lake.stamp(root()))
    store.fold()
    return folder


def opened(folder: Path) -> tuple[Store, Lake]:
    """The store of a folder that no process serves, and Lake Formation over it."""
    store = Store(folder)
    catalog = Catalog(store, ACCOUNT, now)
    return store, Lake(store, ACCOUNT, catalog, now)


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def _table_input(number: int) -> dict[str, Any]:
    columns = [
        {"Name": f"column_{i:02}", "Type": _TYPES[i % len(_TYPES)], "Comment": "what it means"} for i in range(COLUMNS)
    ]
    return {
        "Name": table_name(number),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "owner": "the team that knows"},
        "StorageDescriptor": {
            "Columns": columns,
            "Location": f"s3://big-lake/{table_name(number)}/",
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        },
    }


def _givings(size: Size) -> Iterable[Giving]:
    """The grants spread over roles and tables: SELECT on every column of one table for one role."""
    for number in range(size.grants):
        role, table = ROLES[number % len(ROLES)], table_name(number // len(ROLES) % size.tables)
        yield Giving(role_arn(role), Target("columns", DATABASE, table), frozenset({"SELECT"}))


def made_once(room: Room, size: Size) -> Path:
    """The folder of that size in this run's temporary folder, made by the part that asks first."""
    folder = room.temp / f"lake-{size.tables}-{size.grants}"
    return folder if folder.exists() else make(folder, size)
