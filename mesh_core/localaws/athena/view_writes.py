"""CREATE VIEW: the two kinds of views, typed by the engine as their creator.

A plain view is read with its reader's rights. A protected multi-dialect view is read with those of its definer, a role
that holds SELECT with the grant option on all columns of all bases; its readers need no right on the bases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_show import Shown, exists
from mesh_core.localaws.athena.executions import Job
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.target import check_columns
from mesh_core.localaws.athena.views import encode, is_view
from mesh_core.localaws.aws_error import denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryEngine

MOST_BASES = 10


class ViewWrites:
    """Runs CREATE VIEW. QueryFailure, AwsError."""

    def __init__(self, ctx: Context, engine: QueryEngine) -> None:
        self._ctx, self._engine, self._glue = ctx, engine, Glue(ctx)

    def create(self, job: Job, form: f.CreateView) -> Shown:
        """Make or replace the view."""
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
        if job.caller.role_name is None:
            raise failure("INVALID_VIEW", "The definer of a protected view must be an IAM role: run it as one")
        bases = self._bases(form.sql, job.database, database)
        for base in bases:
            self._require_base(job.caller, *base)
        plain = ("ViewOriginalText", "ViewExpandedText", "Parameters")
        text = {"ViewOriginalText": form.sql, "ViewExpandedText": form.sql}
        prefix = f"arn:aws:glue:{self._ctx.region}:{self._ctx.account_id}:table"
        definition = {
            "IsProtected": True,
            "Definer": job.caller.principal,
            "SubObjects": [f"{prefix}/{schema}/{table}" for schema, table in bases],
            "Representations": [{"Dialect": "ATHENA", "DialectVersion": "3", **text}],
        }
        return {key: value for key, value in document.items() if key not in plain} | {"ViewDefinition": definition}

    def _bases(self, sql: str, session: str, database: str) -> list[tuple[str, str]]:
        from sqlglot import exp

        from mesh_core.localaws.athena.guard import parse

        tree = parse(sql)
        local = {each.alias_or_name.lower() for each in tree.find_all(exp.CTE)}
        named = [each for each in tree.find_all(exp.Table) if each.db or each.name.lower() not in local]
        if session != database and any(not each.db for each in named):
            raise failure(
                "INVALID_VIEW", f"Name the database of each table: the view lies in {database}, not {session}"
            )
        bases = sorted({((each.db or session).lower(), each.name.lower()) for each in named})
        if len(bases) > MOST_BASES:
            raise failure(
                "INVALID_VIEW", f"A protected view reads at most {MOST_BASES} tables; this one reads {len(bases)}"
            )
        return bases

    def _require_base(self, caller: Caller, database: str, table: str) -> None:
        from mesh_core.localaws.lakeformation.delegation import Delegation

        if is_view(self._ctx.catalog.table(database, table)):
            raise failure("INVALID_VIEW", f"A protected view can't read a view: {database}.{table}")
        if not self._ctx.lake.table_access(caller, database, table).governed:
            raise failure(
                "INVALID_VIEW", f"{database}.{table} grants to IAM_ALLOWED_PRINCIPALS: revoke that, then make the view"
            )
        with self._ctx.store.read() as db:
            if not Delegation(self._ctx.lake, db, caller).reads_all(database, table):
                raise denied(
                    "Insufficient Lake Formation permission(s): the definer needs SELECT with the grant option on all "
                    f"columns of {database}.{table}"
                )
