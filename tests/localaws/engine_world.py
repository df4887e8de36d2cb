"""A small lake for the engine's tests: real catalog, grants and objects in one process; no HTTP."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mesh_core.localaws.athena.engine import Cancel, QueryEngine, QueryFailure, Selected
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.service import LakeFormationService
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.store import Store

ACCOUNT = "000000000000"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
JSON = "org.openx.data.jsonserde.JsonSerDe"
HCATALOG_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"


def arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def caller(role: str) -> Caller:
    return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/test", arn(role), "ASIATEST")


class AllowingIam:
    """Identity policies that allow everything but what a test denies: (role or key, action); every role exists."""

    def __init__(self) -> None:
        self.denied: set[tuple[str, str]] = set()

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        return not {(caller.role_name, action), (caller.access_key_id, action)} & self.denied

    def principal_exists(self, principal: str) -> bool:
        return True


class World:
    """Database `shop` in a registered bucket `lake`; `admin` owns the tables, others have what is granted.

    ahead  how far the lake's clock is ahead of the real one
    """

    def __init__(self, folder: Path) -> None:
        def now() -> datetime:
            return datetime.now(UTC) + self.ahead

        self.folder, self.ahead = folder, timedelta()
        temp = folder / "temp"
        temp.mkdir()
        store = Store(folder)
        self.catalog = Catalog(store, ACCOUNT, now)
        lake = Lake(store, ACCOUNT, self.catalog, now)
        self.denied: set[str] = set()  # roles that S3 refuses
        objects = ObjectStore(store, folder / "objects", now, lambda who, *_: who.role_name not in self.denied)
        self.iam = AllowingIam()
        self.ctx = Context(store, ACCOUNT, "us-east-1", temp, now, self.iam, objects, self.catalog, lake)
        self.formation = LakeFormationService(self.ctx)
        self.engine = QueryEngine(self.ctx)
        self._set_up()

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the engine's connections: each has threads of its own."""
        self.engine.close()

    def _set_up(self) -> None:
        settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn("admin")}]}
        defaults: dict[str, Any] = {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
        root = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root", "AKIAROOT")
        self.lf("PutDataLakeSettings", root, DataLakeSettings=settings | defaults)
        self.ctx.objects.buckets.create("lake", "us-east-1")  # type: ignore[attr-defined]
        self.lf("RegisterResource", caller("admin"), ResourceArn="arn:aws:s3:::lake", RoleArn=arn("registrar"))
        self.database("shop")

    def lf(self, operation: str, who: Caller, **params: Any) -> Any:
        """Call Lake Formation as somebody."""
        return self.formation.call(who, operation, params)

    def database(self, name: str) -> None:
        self.catalog.create_database({"Name": name}, arn("admin"))
        self.ctx.lake.database_created(caller("admin"), name)

    def put(self, key: str, data: bytes) -> None:
        self.ctx.objects.put("lake", key, data)

    def table(self, name: str, columns: dict[str, str], serde: str = PARQUET, **more: Any) -> None:
        """A table of `shop` at s3://lake/<name>/. more: keys, parameters, serde_parameters, location, database."""
        descriptor = {
            "Columns": [{"Name": each, "Type": of} for each, of in columns.items()],
            "Location": more.get("location", f"s3://lake/{name}/"),
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": more.get("serde_parameters", {})},
        }
        document = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": descriptor,
            "PartitionKeys": [{"Name": each, "Type": of} for each, of in more.get("keys", {}).items()],
            "Parameters": more.get("parameters", {}),
        }
        self.catalog.create_table(more.get("database", "shop"), document, arn("admin"))
        self.ctx.lake.table_created(caller("admin"), more.get("database", "shop"), name)

    def partition(self, table: str, values: list[str], location: str) -> None:
        self.catalog.create_partition("shop", table, {"Values": values, "StorageDescriptor": {"Location": location}})

    def parquet(self, key: str, sql: str) -> None:
        """Put a Parquet file with what DuckDB makes of a query."""
        import duckdb

        path = self.folder / "made.parquet"
        connection = duckdb.connect()
        connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        connection.close()
        self.put(key, path.read_bytes())

    def packed(self, key: str, text: str) -> None:
        self.put(key, gzip.compress(text.encode()))

    def grant(self, role: str, resource: dict[str, Any], *permissions: str) -> None:
        principal = {"DataLakePrincipalIdentifier": arn(role)}
        self.lf(
            "GrantPermissions", caller("admin"), Principal=principal, Resource=resource, Permissions=list(permissions)
        )

    def grant_columns(self, role: str, table: str, *columns: str) -> None:
        resource = {"TableWithColumns": {"DatabaseName": "shop", "Name": table, "ColumnNames": list(columns)}}
        self.grant(role, resource, "SELECT")

    def grant_table(self, role: str, table: str, *permissions: str, database: str = "shop") -> None:
        self.grant(role, {"Table": {"DatabaseName": database, "Name": table}}, *(permissions or ("SELECT",)))

    def grant_cells(self, role: str, table: str, name: str, columns: list[str], row_filter: str | None) -> None:
        """A data cells filter, and SELECT on it."""
        rows = {"AllRowsWildcard": {}} if row_filter is None else {"FilterExpression": row_filter}
        data: dict[str, Any] = {"TableCatalogId": ACCOUNT, "DatabaseName": "shop", "TableName": table, "Name": name}
        wanted = {"ColumnNames": columns} if columns else {"ColumnWildcard": {}}
        self.lf("CreateDataCellsFilter", caller("admin"), TableData=data | {"RowFilter": rows} | wanted)
        self.grant(role, {"DataCellsFilter": data}, "SELECT")

    # queries

    def run(self, sql: str, role: str = "admin", parameters: tuple[str, ...] = ()) -> Selected:
        return self.engine.select(caller(role), sql, "shop", self.out, Cancel(), parameters)

    @property
    def out(self) -> Path:
        return self.ctx.temp / "result.csv"

    def text(self, sql: str, role: str = "admin", parameters: tuple[str, ...] = ()) -> str:
        """The result file."""
        self.run(sql, role, parameters)
        return self.out.read_text()

    def rows(self, sql: str, role: str = "admin", parameters: tuple[str, ...] = ()) -> list[list[str]]:
        """The rows of the result (NULL and '' alike as '')."""
        return list(csv.reader(io.StringIO(self.text(sql, role, parameters))))[1:]

    def cell(self, sql: str, role: str = "admin") -> str:
        return self.rows(sql, role)[0][0]

    def error(self, sql: str, role: str = "admin") -> str:
        """The message with which a query fails."""
        try:
            self.run(sql, role)
        except QueryFailure as failure:
            return failure.message
        raise AssertionError(f"this query must fail: {sql}\n{self.out.read_text()[:500]}")
