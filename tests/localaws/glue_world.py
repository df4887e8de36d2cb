"""A catalog on a fresh store, with a clock that tests move, and short ways to say a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.glue.documents import columns_of
from mesh_core.localaws.glue.service import GlueService
from mesh_core.localaws.lakeformation.access import TableAccess
from mesh_core.localaws.store import Store

ACCOUNT = "000000000000"
MAKER = f"arn:aws:iam::{ACCOUNT}:role/maker"


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_s(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)


def make_catalog(folder: Path, clock: Clock | None = None) -> Catalog:
    return Catalog(Store(folder), ACCOUNT, clock or Clock())


def table_input(name: str, columns: str = "id int, name string", keys: str = "", **more: Any) -> dict[str, Any]:
    """A TableInput from `name type, name type` texts."""
    storage = {"Columns": column_list(columns), "Location": f"s3://mesh-lake/{name.lower()}/"}
    return {"Name": name, "StorageDescriptor": storage, "PartitionKeys": column_list(keys), **more}


def column_list(text: str) -> list[dict[str, str]]:
    pairs = [part.strip().split(" ", 1) for part in text.split(";" if ";" in text else ",") if part.strip()]
    return [{"Name": name, "Type": kind} for name, kind in pairs]


READER = Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s", f"arn:aws:iam::{ACCOUNT}:role/reader", "A")
ALL_TABLE = frozenset({"SELECT", "INSERT", "DELETE", "ALTER", "DROP", "DESCRIBE"})
ALL_DATABASE = frozenset({"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"})


class FakeLake:
    """Decisions that a test writes down; what it does not mention is open to everybody.

    tables       (database, table) -> TableAccess, or None: invisible
    databases    database -> permissions
    catalog      permissions on the catalog
    registered   S3 prefixes; open_locations: those of them that the caller may use
    happened     what the service reported: ("table_created", "sales", "orders"), ...
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.tables: dict[tuple[str, str], TableAccess] = {}
        self.databases: dict[str, frozenset[str]] = {}
        self.catalog = frozenset({"CREATE_DATABASE"})
        self.registered: set[str] = set()
        self.open_locations: set[str] = set()
        self.happened: list[tuple[str, ...]] = []
        self.left_to_iam: set[str] = set()

    def let(self, table: str, permissions: str, columns: str | None = None, **more: Any) -> None:
        """`let("sales.orders", "SELECT DESCRIBE", "id name")`; no columns: all of them; "" permissions: invisible."""
        database, name = table.split(".")
        everything = tuple(column["Name"] for column in columns_of(self._catalog.table(database, name)))
        readable = everything if columns is None else tuple(columns.split())
        held = frozenset(permissions.split())
        given = {
            "columns": readable if "SELECT" in held else (),
            "cells": (),
            "metadata_columns": readable if held else (),
            "governed": True,
        }
        self.tables[database, name] = TableAccess(permissions=held, **{**given, **more})

    def table_access(self, caller: Caller, database: str, table: str) -> TableAccess:
        if (database, table) in self.tables:
            return self.tables[database, table]
        columns = tuple(column["Name"] for column in columns_of(self._catalog.table(database, table)))
        return TableAccess(ALL_TABLE, columns, (), columns, governed=False)

    def tables_access(self, caller: Caller, database: str, tables: Any) -> dict[str, TableAccess]:
        return {table["Name"]: self.table_access(caller, database, table["Name"]) for table in tables}

    def database_access(self, caller: Caller, database: str) -> frozenset[str]:
        return self.databases.get(database, ALL_DATABASE)

    def require_table(self, caller: Caller, database: str, table: str, permission: str) -> None:
        self._require(permission, self.table_access(caller, database, table).permissions, table)

    def require_database(self, caller: Caller, database: str, permission: str) -> None:
        self._require(permission, self.database_access(caller, database), database)

    def require_catalog(self, caller: Caller, permission: str) -> None:
        self._require(permission, self.catalog, "Catalog")

    def _require(self, permission: str, held: frozenset[str], name: str) -> None:
        if permission not in held:
            wanted = permission.replace("_", " ").title()
            raise denied(f"Insufficient Lake Formation permission(s): Required {wanted} on {name}")

    def is_registered(self, s3_uri: str) -> bool:
        return any(s3_uri.startswith(prefix) for prefix in self.registered)

    def registration(self) -> Any:
        return self.is_registered

    def require_location(self, caller: Caller, s3_uri: str, database: str | None = None) -> None:
        if self.is_registered(s3_uri) and not any(s3_uri.startswith(prefix) for prefix in self.open_locations):
            raise denied(f"Insufficient Lake Formation permission(s) on {s3_uri}: Required Data Location Access.")

    def is_left_to_iam(self, database: str) -> bool:
        return database in self.left_to_iam

    def database_created(self, caller: Caller, name: str) -> None:
        self.happened.append(("database_created", name))

    def table_created(self, caller: Caller, database: str, name: str) -> None:
        self.happened.append(("table_created", database, name))

    def database_dropped(self, name: str) -> None:
        self.happened.append(("database_dropped", name))

    def table_dropped(self, database: str, name: str) -> None:
        self.happened.append(("table_dropped", database, name))


class FakeIam:
    """Allows the actions that a test names."""

    def __init__(self) -> None:
        self.allowed: set[str] = set()

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        return action in self.allowed

    def principal_exists(self, arn: str) -> bool:
        return True


class World:
    """One Glue service on a fresh store; `world.glue("GetTable", DatabaseName=...)` calls an operation."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.store = Clock(), Store(folder)
        self.catalog = Catalog(self.store, ACCOUNT, self.clock)
        self.lake = FakeLake(self.catalog)
        self.iam = FakeIam()
        no_objects: Any = None
        lake: Any = self.lake
        context = Context(
            self.store, ACCOUNT, "eu-west-1", folder, self.clock, self.iam, no_objects, self.catalog, lake
        )
        self._service = GlueService(context)

    def glue(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._service.call(READER, operation, params)

    def pages(self, operation: str, member: str, **params: Any) -> list[list[Any]]:
        """Every page of a listing."""
        found = [self.glue(operation, **params)]
        while "NextToken" in found[-1]:
            found.append(self.glue(operation, **params, NextToken=found[-1]["NextToken"]))
        return [page[member] for page in found]

    def refusal(self, operation: str, **params: Any) -> tuple[str, str]:
        """The code and message of an operation that is refused."""
        try:
            got = self.glue(operation, **params)
        except AwsError as error:
            return error.code, error.message
        raise AssertionError(f"{operation} was not refused: {got}")

    def make(self, *tables: str, **more: Any) -> None:
        """`make("sales.orders")`: tables with columns id, name; databases as needed."""
        with self.store.write():
            for text in tables:
                database, name = text.split(".")
                if database not in [found["Name"] for found in self.catalog.databases()]:
                    self.catalog.create_database({"Name": database}, MAKER)
                self.catalog.create_table(database, table_input(name, **more), MAKER)
