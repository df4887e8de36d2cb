"""Partitions: added, dropped, renamed, moved, and found in S3 by MSCK REPAIR TABLE."""

from __future__ import annotations

from typing import Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_show import require_table
from mesh_core.localaws.athena.ddl_tables import as_input, check_location, in_folder, partition_name, unescaped
from mesh_core.localaws.athena.failures import QueryFailure
from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.iam_asks import require_data_access
from mesh_core.localaws.athena.results import S3Path
from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

_DDL_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "


def partition_input(table: dict[str, Any], values: list[str], location: str) -> dict[str, Any]:
    """A PartitionInput with the table's own storage at another place."""
    storage = {**table["StorageDescriptor"], "Location": location}
    return {"Values": values, "StorageDescriptor": storage, "Parameters": {}}


class Partitions:
    """Changes the partitions of one table, as its caller may."""

    def __init__(self, ctx: Context, glue: Glue) -> None:
        self._ctx, self._glue = ctx, glue

    def run(
        self,
        caller: Caller,
        form: f.RepairTable | f.AddPartitions | f.DropPartitions | f.RenamePartition,
        database: str,
    ) -> list[str]:
        """Do it; the lines that Hive prints. QueryFailure, AwsError."""
        database = form.table.database or database
        require_table(self._glue, caller, form.table, database)
        table = self._ctx.catalog.table(database, form.table.table)
        match form:
            case f.RepairTable():
                return self._repair(caller, table)
            case f.AddPartitions():
                self._add(caller, table, form)
            case f.DropPartitions():
                self._drop(caller, table, form)
            case f.RenamePartition():
                new = _values(table, form.new)
                self._update(caller, table, form.old, lambda partition: partition.update({"Values": new}))
        return []

    def move(self, caller: Caller, name: f.Name, spec: f.Spec, location: str, database: str) -> None:
        """ALTER TABLE ... PARTITION ... SET LOCATION."""
        check_location(location)
        database = name.database or database
        require_table(self._glue, caller, name, database)
        table = self._ctx.catalog.table(database, name.table)
        self._update(caller, table, spec, lambda partition: partition["StorageDescriptor"].update(Location=location))

    def _add(self, caller: Caller, table: dict[str, Any], form: f.AddPartitions) -> None:
        inputs = []
        for spec, location in form.partitions:
            values = _values(table, spec)
            if location is not None:
                check_location(location)
            inputs.append(partition_input(table, values, location or _default_location(table, values)))
        # One transaction: when one of several exists already, none is added.
        with self._ctx.store.write():
            existing = self._glue.create_partitions(caller, table["DatabaseName"], table["Name"], inputs)
            if existing and not form.if_not_exists:
                raise QueryFailure(
                    f"{_DDL_TASK}AlreadyExistsException(message:Partition already exists: "
                    f"{partition_name(_keys(table), existing[0])}) Add IF NOT EXISTS to keep it"
                )

    def _drop(self, caller: Caller, table: dict[str, Any], form: f.DropPartitions) -> None:
        self._require(caller, table, "ALTER", "DELETE")
        keys = _keys(table)
        doomed: list[list[str]] = []
        for spec in form.partitions:
            _check_keys(keys, spec)
            matching = [
                each["Values"]
                for each in self._known(table)
                if all(_equal(dict(zip(keys, each["Values"], strict=True))[key], value) for key, value in spec)
            ]
            if not matching and not form.if_exists:
                raise QueryFailure(f"FAILED: SemanticException [Error 10006]: Partition not found {dict(spec)}")
            doomed += [values for values in matching if values not in doomed]
        for values in doomed:
            self._glue.call(
                caller,
                "DeletePartition",
                DatabaseName=table["DatabaseName"],
                TableName=table["Name"],
                PartitionValues=values,
            )

    def _update(self, caller: Caller, table: dict[str, Any], spec: f.Spec, change: Any) -> None:
        self._require(caller, table, "ALTER", "INSERT")
        values = _values(table, spec)
        try:
            found = self._ctx.catalog.partition(table["DatabaseName"], table["Name"], values)
        except AwsError as error:
            raise QueryFailure(f"FAILED: SemanticException [Error 10006]: Partition not found {dict(spec)}") from error
        document = {
            key: value
            for key, value in as_input(found).items()
            if key in ("Values", "StorageDescriptor", "Parameters", "LastAccessTime", "LastAnalyzedTime")
        }
        change(document)
        self._glue.call(
            caller,
            "UpdatePartition",
            DatabaseName=table["DatabaseName"],
            TableName=table["Name"],
            PartitionValueList=values,
            PartitionInput=document,
        )

    def _repair(self, caller: Caller, table: dict[str, Any]) -> list[str]:
        keys = _keys(table)
        if not keys:
            return []
        self._require(caller, table, "ALTER", "INSERT")
        known = {tuple(each["Values"]) for each in self._known(table)}
        location = table["StorageDescriptor"]["Location"]
        found = {
            tuple(values): name for name, values in self._folders(caller, location, keys) if tuple(values) not in known
        }
        inputs = [partition_input(table, list(values), in_folder(location, name)) for values, name in found.items()]
        self._glue.create_partitions(caller, table["DatabaseName"], table["Name"], inputs)
        names = [f"{table['Name']}:{name}" for name in sorted(found.values())]
        if not names:
            return []
        return [
            "\t".join(["Partitions not in metastore:", *names]),
            *(f"Repair: Added partition to metastore {name}" for name in names),
        ]

    def _folders(self, caller: Caller, location: str, keys: list[str]) -> list[tuple[str, list[str]]]:
        """The folders `k1=v1/k2=v2` under a location that hold an object: (their name, the values)."""
        place = S3Path.parse(location).under("")
        reader = None if self._ctx.lake.is_registered(location) else caller
        if reader is None:
            require_data_access(self._ctx, caller)
        found: dict[str, list[str]] = {}
        for file in self._ctx.objects.files(place.bucket, place.key, reader):
            parts = file.key[len(place.key) :].split("/")[:-1][: len(keys)]
            pairs = [part.partition("=") for part in parts]
            if [pair[0].lower() for pair in pairs] == keys and all(pair[1] for pair in pairs):
                found["/".join(parts)] = [unescaped(pair[2]) for pair in pairs]
        return list(found.items())

    def _require(self, caller: Caller, table: dict[str, Any], *permissions: str) -> None:
        """One of the permissions, asked before it shows which partitions there are."""
        access = self._ctx.lake.table_access(caller, table["DatabaseName"], table["Name"])
        if access.governed and not access.permissions & set(permissions):
            required = permissions[0].capitalize()
            raise denied(f"Insufficient Lake Formation permission(s): Required {required} on {table['Name']}")

    def _known(self, table: dict[str, Any]) -> list[dict[str, Any]]:
        return self._ctx.catalog.partitions(table["DatabaseName"], table["Name"])


def _keys(table: dict[str, Any]) -> list[str]:
    return [key["Name"].lower() for key in table.get("PartitionKeys", [])]


def _check_keys(keys: list[str], spec: f.Spec) -> None:
    unknown = [key for key, _ in spec if key not in keys]
    if unknown:
        raise QueryFailure(
            f"FAILED: SemanticException [Error 10098]: Non-Partition column appears in the partition specification: "
            f"{unknown[0]} (partition columns: {', '.join(keys) or 'none'})"
        )


def _values(table: dict[str, Any], spec: f.Spec) -> list[str]:
    """The values in the order of the keys; the specification must name each key once."""
    keys = _keys(table)
    _check_keys(keys, spec)
    given = dict(spec)
    if len(given) != len(keys):
        raise QueryFailure(
            f"FAILED: SemanticException partition spec {given} doesn't contain all ({len(keys)}) partition columns"
        )
    return [given[key] for key in keys]


def _equal(stored: str, given: str) -> bool:
    return stored == given or (stored.isdecimal() and given.isdecimal() and int(stored) == int(given))


def _default_location(table: dict[str, Any], values: list[str]) -> str:
    return in_folder(table["StorageDescriptor"]["Location"], partition_name(_keys(table), values))
