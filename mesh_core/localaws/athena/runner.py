"""Runs one statement of an execution: queries through the engine, everything else through the catalog.

The order is the same for each: may the caller write his result, do the work, stage the result's file, then its
metadata; all of it lands with the record of the success (`landing.py`). Whatever fails leaves nothing half made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_run import Definitions
from mesh_core.localaws.athena.ddl_show import Shown, Shows
from mesh_core.localaws.athena.ddl_text import SyntaxFault, placeholders, substitute
from mesh_core.localaws.athena.executions import Job, Outcome
from mesh_core.localaws.athena.failures import QueryFailure, failure, of_aws_error, unsupported
from mesh_core.localaws.athena.history import History
from mesh_core.localaws.athena.landing import Landing
from mesh_core.localaws.athena.results import S3Path, metadata, publish, require_output
from mesh_core.localaws.athena.reuse import Reuse, minutes
from mesh_core.localaws.athena.saved import PreparedStatements
from mesh_core.localaws.athena.statements import parse
from mesh_core.localaws.athena.view_writes import ViewWrites
from mesh_core.localaws.athena.workgroups import WorkGroups
from mesh_core.localaws.athena.writes import Writes
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryEngine

_Form = f.Form


class _Engines(Protocol):
    def __call__(self) -> QueryEngine: ...


class Runner:
    """Callable by the pool: a Job in, what it will leave out. QueryFailure, Stopped."""

    def __init__(self, ctx: Context, groups: WorkGroups, prepared: PreparedStatements, engine: _Engines) -> None:
        self._ctx, self._groups, self._prepared, self._engine_of = ctx, groups, prepared, engine
        self._reuse = Reuse(ctx, History(ctx.store))

    @cached_property
    def _engine(self) -> QueryEngine:
        return self._engine_of()

    @cached_property
    def _writes(self) -> Writes:
        return Writes(self._ctx, self._groups, self._engine)

    @cached_property
    def _views(self) -> ViewWrites:
        return ViewWrites(self._ctx, self._engine)

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self._ctx)

    @cached_property
    def _shows(self) -> Shows:
        return Shows(self._ctx)

    def __call__(self, job: Job) -> Landing:
        """Run it up to its landing."""
        form, parameters = self._resolved(job)
        output = S3Path.parse(job.execution.output)
        require_output(self._ctx, job.caller, output)
        try:
            return self._run(job, form, parameters)
        except AwsError as error:
            raise of_aws_error(error) from error

    def _resolved(self, job: Job) -> tuple[_Form, tuple[str, ...]]:
        """The form to run: EXECUTE is replaced by its statement; parameters are put into all but queries."""
        parameters = tuple(job.execution.parameters)
        form = _parse(job.execution.query)
        match form:
            case f.Execute():
                text = self._prepared.text(job.execution.work_group, form.name)
                if text is None:
                    raise failure("NOT_FOUND", f"Prepared statement not found: {form.name}")
                return _bound(text, form.arguments or parameters)
            case f.ExecuteImmediate():
                return _bound(form.sql, form.arguments or parameters)
            case f.Prepare():
                return form, ()
            case _:
                return _bound(job.execution.query, parameters) if parameters else (form, ())

    def _run(self, job: Job, form: _Form, parameters: tuple[str, ...]) -> Landing:
        match form:
            case f.Select():
                return self._select(job, form, parameters)
            case f.CreateTableAs():
                return self._writes.create_table_as(job, form)
            case f.Insert():
                return self._writes.insert(job, form)
            case f.Unload():
                return self._writes.unload(job, form)
            case f.CreateView():
                self._views.compile(job, form)  # before everybody waits for it
                return self._change(job, lambda: self._views.create(job, form))
            case f.Explain():
                return self._shown(job, self._explain(job, form))
            case f.Prepare() | f.Deallocate():
                return self._change(job, lambda: self._saved(job, form))
            case f.Refused():
                raise unsupported(form.what)
            case f.Execute() | f.ExecuteImmediate():
                raise failure("SYNTAX_ERROR", "EXECUTE can't run another EXECUTE")
            case (
                f.ShowDatabases()
                | f.ShowTables()
                | f.ShowColumns()
                | f.ShowPartitions()
                | f.ShowCreate()
                | f.ShowProperties()
                | f.Describe()
            ):
                return self._shown(job, self._shows.run(job.caller, form, job.database))
            case _:
                return self._change(job, lambda: self._definitions.run(job.caller, form, job.database))

    def _select(self, job: Job, form: f.Select, parameters: tuple[str, ...]) -> Landing:
        if minutes(job.execution.reuse) is not None:
            rests_on = self._engine.basis(job.caller, form.sql, job.database, parameters)
            if (earlier := self._reuse.earlier(job, rests_on)) is not None:
                return Landing(self._ctx.objects).then(lambda: self._reuse.take(job, earlier))
        path = self._ctx.temp / f"{job.execution.id}.csv"
        try:
            found = self._engine.select(job.caller, form.sql, job.database, path, job.cancel, parameters)
            self._groups.get(job.execution.work_group).check_bytes(found.bytes_scanned)
            columns = tuple((column.name, column.type) for column in found.columns)
            size = path.stat().st_size
            outcome = Outcome(columns, found.row_count, 0, found.bytes_scanned, size, basis=found.basis)
            with Landing(self._ctx.objects) as landing:
                self._publish(landing, job, path, columns)
                return landing.then(lambda: outcome)
        finally:
            path.unlink(missing_ok=True)

    def _explain(self, job: Job, form: f.Explain) -> Shown:
        options = form.options.upper()
        if form.analyze:
            raise unsupported("EXPLAIN ANALYZE")
        if "VALIDATE" in options:
            self._engine.describe(job.caller, form.sql, job.database)
            return Shown((("Valid", "boolean"),), ["Valid", "true"])
        if "JSON" in options or "GRAPHVIZ" in options or "IO" in options:
            raise unsupported(f"EXPLAIN ({form.options})")
        plan = self._engine.explain(job.caller, form.sql, job.database)
        return Shown((("Query Plan", "varchar"),), ["Query Plan", *plan.rstrip("\n").split("\n"), ""])

    def _saved(self, job: Job, form: f.Prepare | f.Deallocate) -> Shown:
        params = {"WorkGroup": job.execution.work_group, "StatementName": form.name}
        try:
            match form:
                case f.Prepare():
                    _parse(form.sql)
                    self._prepared.create(job.caller, {**params, "QueryStatement": form.sql})
                case f.Deallocate():
                    self._prepared.delete(job.caller, params)
        except AwsError as error:
            raise QueryFailure(error.message) from error
        return Shown((), [])

    def _shown(self, job: Job, shown: Shown) -> Landing:
        body = "\n".join(shown.lines).encode()
        outcome = Outcome(shown.columns, len(shown.lines), 0, 0, len(body))
        with Landing(self._ctx.objects) as landing:
            self._publish(landing, job, body, shown.columns)
            return landing.then(lambda: outcome)

    def _change(self, job: Job, change: Callable[[], Shown]) -> Landing:
        """A statement that only changes the catalog is all landing; the little that it prints is staged there."""
        landing = Landing(self._ctx.objects)

        def finish() -> Outcome:
            shown = change()
            body = "\n".join(shown.lines).encode()
            self._publish(landing, job, body, shown.columns)
            return Outcome(shown.columns, len(shown.lines), 0, 0, len(body))

        return landing.then(finish)

    def _publish(self, landing: Landing, job: Job, body: bytes | Path, columns: tuple[tuple[str, str], ...]) -> None:
        output = S3Path.parse(job.execution.output)
        publish(landing, job.caller, output, body)
        described = metadata(job.execution.id, columns)
        publish(landing, job.caller, S3Path(output.bucket, f"{output.key}.metadata"), described)


def _parse(text: str) -> _Form:
    try:
        return parse(text)
    except SyntaxFault as fault:
        raise QueryFailure(fault.message) from fault


def _bound(text: str, values: tuple[str, ...]) -> tuple[_Form, tuple[str, ...]]:
    """A statement with its parameters: the engine binds those of a query, in others their text takes their place."""
    form = _parse(text)
    wanted = len(placeholders(text))
    if wanted != len(values):
        raise failure(
            "INVALID_PARAMETER_USAGE", f"Incorrect number of parameters: expected {wanted} but found {len(values)}"
        )
    return (form, values) if isinstance(form, f.Select) else (_parse(substitute(text, values)), ())
