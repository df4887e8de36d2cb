"""Statements that write data: CTAS, INSERT, UNLOAD.

Order: every right is asked, the query runs into a temporary folder, its files are staged; files and catalog entry land
together (`landing.py`). Whatever fails or is cancelled gives the files up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_partitions import partition_input
from mesh_core.localaws.athena.ddl_show import exists, require_table
from mesh_core.localaws.athena.ddl_tables import in_folder, partition_name
from mesh_core.localaws.athena.executions import Job, Outcome
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.landing import Landing
from mesh_core.localaws.athena.results import S3Path, metadata, publish
from mesh_core.localaws.athena.target import (
    Target,
    check_columns,
    check_types,
    ctas_target,
    insert_target,
    new_table,
    unload_target,
)
from mesh_core.localaws.athena.views import is_view
from mesh_core.localaws.athena.workgroups import WorkGroups
from mesh_core.localaws.athena.write_files import FileWriter, Places, Stage, Written
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryEngine
    from mesh_core.localaws.athena.types import Type

_ROWS = (("rows", "bigint"),)


def _require_field_names(kind: Type) -> None:
    """QueryFailure for a row whose fields have no names, at whatever depth: Hive's structs have names."""
    if kind.name == "row" and any(not name for name, _ in kind.args):
        raise failure(
            "NOT_SUPPORTED", f"Anonymous row type is not supported in Hive. Please give each field a name: {kind}"
        )
    for inner in kind.args if kind.name in ("row", "array", "map") else ():
        _require_field_names(inner[1] if kind.name == "row" else inner)


def _never(uri: str) -> bool:
    """UNLOAD writes files, no table: nothing is vended."""
    return False


@dataclass(frozen=True)
class _Files:
    """What a statement writes: the query (None: no rows), the files' form, and with whose rights."""

    sql: str | None
    target: Target
    places: Places


class Writes:
    """Runs the statements that leave data. QueryFailure, Stopped, AwsError."""

    def __init__(self, ctx: Context, groups: WorkGroups, engine: QueryEngine) -> None:
        self._ctx, self._groups, self._engine, self._glue = ctx, groups, engine, Glue(ctx)
        self._files = FileWriter(ctx, groups, engine)

    def create_table_as(self, job: Job, form: f.CreateTableAs) -> Landing:
        """CREATE TABLE ... AS: data under the location, then the table with its partitions."""
        database, name = form.table.database or job.database, form.table.table
        self._glue.database(job.caller, database)
        # Asked first: who may not make a table does not learn which names are taken.
        self._ctx.lake.require_database(job.caller, database, "CREATE_TABLE")
        if exists(self._ctx, database, name):
            if form.if_not_exists:
                with Landing(self._ctx.objects) as landing:
                    outcome = self._described(landing, job, Outcome(), [])
                    return landing.then(lambda: outcome)
            raise failure(
                "TABLE_ALREADY_EXISTS",
                f"line 1:1: Destination table 'awsdatacatalog.{database}.{name}' already exists",
            )
        target = ctas_target(form, job.execution.output, self._groups.get(job.execution.work_group))
        document = self._new_table(job, form, target)
        self._ctx.lake.require_location(job.caller, target.location, database)
        places = Places(self._ctx.lake.is_registered)
        self._files.require_empty(job, target.location, name, places)

        def enter(written: Written) -> None:
            self._glue.call(job.caller, "CreateTable", DatabaseName=database, TableInput=document)
            self._register(database, name, written.partitions)

        files = _Files(form.sql if form.with_data else None, target, places)
        return self._leave(job, files, enter)

    def _new_table(self, job: Job, form: f.CreateTableAs, target: Target) -> dict[str, Any]:
        from mesh_core.localaws.athena.type_texts import parse_type
        from mesh_core.localaws.athena.types import hive_type

        columns = self._engine.describe(job.caller, form.sql, job.database)
        check_columns([column.name for column in columns], target.partitioned_by)
        check_types([(column.name, column.type) for column in columns])
        parsed = [(column.name, parse_type(column.type)) for column in columns]
        for _, kind in parsed:
            _require_field_names(kind)
        typed = [(name, hive_type(kind)) for name, kind in parsed]
        return new_table(form.table.table, typed, target, int(self._ctx.now().timestamp()))

    def insert(self, job: Job, form: f.Insert) -> Landing:
        """INSERT INTO: new files beside the old ones, then the partitions that are new."""
        database, name = form.table.database or job.database, form.table.table
        require_table(self._glue, job.caller, form.table, job.database)
        self._ctx.lake.require_table(job.caller, database, name, "INSERT")
        table = self._ctx.catalog.table(database, name)
        if is_view(table):
            raise failure("NOT_SUPPORTED", "line 1:1: Inserting into views is not supported")
        target, sql = insert_target(form, table)
        access = self._ctx.lake.table_access(job.caller, database, name)
        places = Places(partial(self._ctx.lake.vends, access), self._partition_places(database, table))

        def enter(written: Written) -> None:
            self._register(database, name, [values for values in written.partitions if values not in places.known])

        return self._leave(job, _Files(sql, target, places), enter)

    def unload(self, job: Job, form: f.Unload) -> Landing:
        """UNLOAD: files only, written with the caller's own rights."""
        target = unload_target(form)
        columns = self._engine.describe(job.caller, form.sql, job.database)
        check_columns([column.name for column in columns], target.partitioned_by)
        places = Places(_never)
        self._files.require_empty(job, target.location, target.location, places)
        return self._leave(job, _Files(form.sql, target, places), lambda _: None)

    def _leave(self, job: Job, files: _Files, enter: Callable[[Written], None]) -> Landing:
        """Stage a query's files; `enter` tells the catalog of them when they land."""
        with Landing(self._ctx.objects) as landing:
            written = Written()
            if files.sql is not None:
                written = self._files.export(job, files.sql, files.target, Stage(landing, files.places))
            outcome = Outcome(_ROWS, written.rows, written.rows, written.bytes_scanned)
            outcome = self._described(landing, job, outcome, written.uris)

            def finish() -> Outcome:
                enter(written)
                return outcome

            return landing.then(finish)

    def _partition_places(self, database: str, table: dict[str, Any]) -> dict[tuple[str, ...], str]:
        if not table.get("PartitionKeys"):
            return {}
        found = self._ctx.catalog.partitions(database, table["Name"])
        return {tuple(each["Values"]): each["StorageDescriptor"]["Location"] for each in found}

    def _register(self, database: str, name: str, partitions: Sequence[tuple[str, ...]]) -> None:
        """Partitions of files that are there; the right to write them was asked before, so the catalog isn't again."""
        table = self._ctx.catalog.table(database, name)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        location = table["StorageDescriptor"]["Location"]
        inputs = [
            partition_input(table, list(values), in_folder(location, partition_name(keys, list(values))))
            for values in partitions
        ]
        for failed in self._ctx.catalog.create_partitions(database, name, inputs) if inputs else []:
            detail = failed["ErrorDetail"]
            # Another INSERT may have made the same partition meanwhile: then it is there, as wanted.
            if detail["ErrorCode"] != "AlreadyExistsException":
                raise AwsError(detail["ErrorCode"], detail["ErrorMessage"])

    def _described(self, landing: Landing, job: Job, outcome: Outcome, uris: Sequence[str]) -> Outcome:
        """Stage the manifest (the files written, one a line) and the result's metadata."""
        output = S3Path.parse(job.execution.output)
        manifest = S3Path(output.bucket, f"{output.key}-manifest.csv")
        publish(landing, job.caller, manifest, "".join(f"{uri}\n" for uri in uris).encode())
        described = metadata(job.execution.id, outcome.columns)
        publish(landing, job.caller, S3Path(output.bucket, f"{output.key}.metadata"), described)
        return Outcome(
            outcome.columns, outcome.row_count, outcome.update_count, outcome.bytes_scanned, 0, str(manifest)
        )
