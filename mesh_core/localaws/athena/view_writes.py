"""CREATE VIEW: the two kinds of views, typed by the engine as their creator.

A plain view is read with its reader's rights. A protected multi-dialect view is read with those of its definer, a role
that holds SELECT with the grant option on all columns of all bases; its readers need no right on the bases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_show import Shown, exists
from mesh_core.localaws.athena.executions import Job
from mesh_core.localaws.athena.failures import QueryFailure, failure
from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.target import check_columns
from mesh_core.localaws.athena.views import encode, is_view
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryEngine


class ViewWrites:
    """Runs CREATE VIEW. QueryFailure, AwsError."""

    def __init__(self, ctx: Context, engine: QueryEngine) -> None:
        self._ctx, self._engine, self._glue = ctx, engine, Glue(ctx)

    def compile(self, job: Job, form: f.CreateView) -> None:
        """What can be asked before the view is made: whether it could be read now."""
        if form.definer and job.caller.role_name is None:
            raise failure("INVALID_VIEW", "The definer of a protected view must be an IAM role: run it as one")
        self._engine.describe(job.caller, form.sql, job.database)

    def create(self, job: Job, form: f.CreateView) -> Shown:
        """Make or replace the view, once it was compiled."""
        database, name = form.view.database or job.database, form.view.table
        self._glue.database(job.caller, database)
        columns = self._engine.describe(job.caller, form.sql, job.database)
        check_columns([column.name for column in columns])
        document = encode(name, form.sql, job.database, columns)
        if form.definer:
            document = self._protected(job, form, database, document)
        operation = "CreateTable"
        if exists(self._ctx, database, name):
            self._check_replaceable(job.caller, form, database)
            operation = "UpdateTable"
        self._glue.call(job.caller, operation, DatabaseName=database, TableInput=document)
        return Shown((), [])

    def _check_replaceable(self, caller: Caller, form: f.CreateView, database: str) -> None:
        if not self._ctx.lake.table_access(caller, database, form.view.table).permissions:
            # Who neither sees the name nor may make it does not learn that it is taken.
            self._ctx.lake.require_database(caller, database, "CREATE_TABLE")
        old = self._ctx.catalog.table(database, form.view.table)
        if not form.or_replace or not is_view(old):
            what = "View" if is_view(old) else "Table"
            raise failure(
                "ALREADY_EXISTS", f"line 1:1: {what} 'awsdatacatalog.{database}.{form.view.table}' already exists"
            )

    def _protected(self, job: Job, form: f.CreateView, database: str, document: dict[str, Any]) -> dict[str, Any]:
        """The same with a definition instead of a plain view's text. Glue asks what its definer may show."""
        plain = ("ViewOriginalText", "ViewExpandedText", "Parameters")
        text = {"ViewOriginalText": form.sql, "ViewExpandedText": form.sql}
        prefix = f"arn:aws:glue:{self._ctx.region}:{self._ctx.account_id}:table"
        definition = {
            "IsProtected": True,
            "Definer": job.caller.principal,
            "SubObjects": [f"{prefix}/{schema}/{table}" for schema, table in self._bases(job, form.sql, database)],
            "Representations": [{"Dialect": "ATHENA", "DialectVersion": "3", **text}],
        }
        return {key: value for key, value in document.items() if key not in plain} | {"ViewDefinition": definition}

    def _bases(self, job: Job, sql: str, database: str) -> list[tuple[str, str]]:
        """Every table and view that the text names, as the compiler finds them: a name in WITH may hide another."""
        names = self._engine.names(job.caller, sql, job.database)
        if job.database != database and self._names_in(job.caller, sql, database) != names:
            raise failure(
                "INVALID_VIEW", f"Name the database of each table: the view lies in {database}, not {job.database}"
            )
        if any(schema == "information_schema" for schema, _ in names):
            raise failure("INVALID_VIEW", "A protected view can't read information_schema")
        return sorted(names)

    def _names_in(self, caller: Caller, sql: str, database: str) -> frozenset[tuple[str, str]] | None:
        try:
            return self._engine.names(caller, sql, database)
        except QueryFailure:
            return None
