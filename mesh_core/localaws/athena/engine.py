"""The engine: Athena's queries, run by DuckDB for one caller under Lake Formation's grants.

A statement is compiled (plan.py) into SQL of our own, run once on a fresh locked connection (connections.py) over the
relations that it names and nothing else, and rendered as Athena renders it (render.py). Import this module late: it
brings duckdb and sqlglot.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from mesh_core.localaws import full_disk
from mesh_core.localaws.athena import macros, python_functions
from mesh_core.localaws.athena.connections import FIRST_SPARES, Connections, Needs, lock
from mesh_core.localaws.athena.export import Export, Exported, export_statement, exported_files
from mesh_core.localaws.athena.failures import (
    BAD_FILE,
    EXHAUSTED,
    QueryCancelled,
    QueryFailure,
    disk_full,
    failure,
    out_of_memory,
    runtime_failure,
)
from mesh_core.localaws.athena.parquet_schemas import ParquetSchemas
from mesh_core.localaws.athena.plan import Plan, Reading, compile_query, reading, with_parameters
from mesh_core.localaws.athena.render import csv_projection
from mesh_core.localaws.athena.reuse import basis
from mesh_core.localaws.athena.types import column_type_text, literal, quoted
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation.schema import count
from mesh_core.localaws.memory import MemoryWatch

__all__ = ["Cancel", "Export", "Exported", "QueryCancelled", "QueryColumn", "QueryEngine", "QueryFailure", "Selected"]

PLANS = 500
TIME_LIMIT_S = 30 * 60
_T = TypeVar("_T")


@dataclass(frozen=True)
class QueryColumn:
    """A column of a result: Trino's type text (bigint, decimal(12,2), timestamp, array(integer))."""

    name: str
    type: str


@dataclass(frozen=True)
class Selected:
    """What a query gave."""

    columns: tuple[QueryColumn, ...]
    row_count: int
    bytes_scanned: int
    basis: str = ""


class Cancel:
    """Stops the query that runs with it."""

    def __init__(self) -> None:
        self.cancelled = False
        self._running: _Interrupter | None = None
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Interrupt the running query; one that has not started yet will not."""
        with self._lock:
            self.cancelled = True
            if self._running is not None:
                threading.Thread(target=self._running.interrupt, name="athena-cancel", daemon=True).start()

    def watch(self, running: _Interrupter | None) -> None:
        """From now on `cancel` interrupts this (None: nothing)."""
        with self._lock:
            self._running = running
        if running is not None and self.cancelled:
            raise QueryCancelled


@dataclass(frozen=True)
class Work(Generic[_T]):
    """What to do with a plan: the COPY statement, what to make of (plan, rows, bytes read), and where it writes."""

    statement: Callable[[Plan], str]
    finish: Callable[[Plan, int, int], _T]
    writes: tuple[str, ...] = ()
    folder: str | None = None


class QueryEngine:
    """Runs queries. One for the whole endpoint; any thread may call it."""

    def __init__(self, ctx: Context, time_limit_s: float = TIME_LIMIT_S, memory: MemoryWatch | None = None) -> None:
        self._ctx, self._time_limit_s, self._memory = ctx, time_limit_s, memory or MemoryWatch()
        self._connections, self._schemas = Connections(ctx.temp), ParquetSchemas()
        self._plans: OrderedDict[tuple[Any, ...], tuple[tuple[int, int], Plan]] = OrderedDict()
        self._plans_lock = threading.Lock()

    def select(
        self, caller: Caller, sql: str, database: str, csv_to: Path, cancel: Cancel, parameters: tuple[str, ...] = ()
    ) -> Selected:
        """Run a query into a file of Athena's CSV, header first. QueryFailure, QueryCancelled."""
        text = with_parameters(sql, parameters)
        work = Work(
            lambda plan: _csv_statement(plan, csv_to),
            lambda plan, rows, read: Selected(
                columns_of(plan), _finish_csv(plan, csv_to, rows), read, basis(plan, text)
            ),
            (str(csv_to), str(_body_file(csv_to))),
        )
        return self._run((caller, text, database), cancel, work)

    def basis(self, caller: Caller, sql: str, database: str, parameters: tuple[str, ...] = ()) -> str:
        """What a query's result would rest on, without running it (see reuse.py). QueryFailure."""
        text = with_parameters(sql, parameters)
        return basis(self._plan(caller, text, database, wide=False), text)

    def describe(self, caller: Caller, sql: str, database: str) -> tuple[QueryColumn, ...]:
        """A query's columns, without running it."""
        return columns_of(self._plan(caller, sql, database, wide=False))

    def names(self, caller: Caller, sql: str, database: str) -> frozenset[tuple[str, str]]:
        """The (database, table) of every table and view that a query names, links and their targets among them."""
        return self._plan(caller, sql, database, wide=False).asks.tables(caller)

    def export(self, caller: Caller, sql: str, database: str, folder: Path, cancel: Cancel, export: Export) -> Exported:
        """Run a query into files of a table's format below a folder. QueryFailure, QueryCancelled."""

        work = Work(
            lambda plan: export_statement(plan.query, folder, export),
            lambda plan, rows, read: Exported(columns_of(plan), exported_files(folder, rows), rows, read),
            (),
            str(folder),
        )
        return self._run((caller, sql, database), cancel, work)

    def explain(self, caller: Caller, sql: str, database: str) -> str:
        """The query's plan in words, without paths, filters or values."""
        from mesh_core.localaws.athena.explain import describe_plan

        return describe_plan(sql, self._plan(caller, sql, database, wide=False), caller)

    def warm(self) -> None:
        """Load what queries need, and make a spare connection, in the background."""
        self._connections.refill(FIRST_SPARES)

    def close(self) -> None:
        """Close the connections made ahead; no more are made. A query that comes nevertheless makes its own."""
        self._connections.close()

    # plans

    def _plan(self, caller: Caller, sql: str, database: str, wide: bool) -> Plan:
        key = (sql, caller, database, wide)  # sessions of one name may have policies of their own
        state = self._state()
        with self._plans_lock:
            known, plan = self._plans.get(key, (state, None))
        if plan is None or not (known == state or plan.resolved.still_stands()) or not plan.asks.still_hold():
            plan = compile_query(self._ctx, caller, sql, database, wide)
        with self._plans_lock:
            self._plans[key] = state, plan
            self._plans.move_to_end(key)
            while len(self._plans) > PLANS:
                self._plans.popitem(last=False)
        return plan

    def _state(self) -> tuple[int, int]:
        """What a plan depends on: the catalog's and the grants' counters."""
        with self._ctx.lake.changes.read() as db:
            return self._ctx.catalog.version, count(db)

    # runs

    def _run(self, statement: tuple[Caller, str, str], cancel: Cancel, work: Work[_T]) -> _T:
        wide, by_name = False, False
        while True:
            plan = self._plan(*statement, wide)
            try:
                with self._ctx.objects.reading():  # a replaced object's file stays until the scan has ended
                    return self._once(plan, None if by_name else self._schemas, cancel, work)
            except _RetryError as error:
                if (wide or not error.wide) and (by_name or not error.by_name):
                    raise error.failure from None
                wide, by_name = wide or error.wide, by_name or error.by_name

    def _once(self, plan: Plan, schemas: ParquetSchemas | None, cancel: Cancel, work: Work[_T]) -> _T:
        with closing(reading(self._ctx, plan, schemas)) as found:
            return self._read(found, plan, cancel, work)

    def _read(self, found: Reading, plan: Plan, cancel: Cancel, work: Work[_T]) -> _T:
        import duckdb

        sql = work.statement(replace(plan, query=found.complete(plan.query)))
        made = tuple(macros.statements(sql))
        called = python_functions.needed(sql, *made)
        with self._connections.one() as connection:
            running = _Interrupter(connection)
            cancel.watch(running)
            timer = _Timer(running, self._time_limit_s)
            try:
                with self._memory.over(running.interrupt) as watched:
                    python_functions.register(connection, called)
                    lock(connection, Needs((*found.files, *work.writes), made, work.folder))
                    rows = int(connection.execute(sql).fetchone()[0])
                return work.finish(plan, rows, _bytes_read(connection))
            except duckdb.Error as error:
                if watched.stopped and not cancel.cancelled:
                    raise out_of_memory() from None
                raise self._translated(error, plan, cancel, timer) from None
            finally:
                running.ended.set()
                timer.stop()
                cancel.watch(None)

    def _translated(self, error: Exception, plan: Plan, cancel: Cancel, timer: _Timer) -> Exception:
        if cancel.cancelled:
            return QueryCancelled()
        if timer.fired:
            return failure(
                "EXCEEDED_TIME_LIMIT", f"Query exceeded the maximum run time limit of {self._time_limit_s:g} s"
            )
        if full_disk.is_full(error):
            return disk_full(self._ctx.store.folder)
        found = runtime_failure(error)
        if plan.filtered and found.code not in _SILENT and BAD_FILE not in found.message:
            # the value in the text may be one that the caller may not see
            text = "The query failed on a value; its text is withheld, since rows of a table are filtered"
            found = failure(found.code, text)
        text = str(error)
        narrow, drifted = "DECIMAL(18)" in text and "Overflow" in text, _DRIFT.search(text) is not None
        return _RetryError(found, narrow, drifted) if narrow or drifted else found


_SILENT = {
    EXHAUSTED,
    "DIVISION_BY_ZERO",
    "GENERIC_INTERNAL_ERROR",
    "NOT_SUPPORTED",
    "SUBQUERY_MULTIPLE_ROWS",
}


_DRIFT = re.compile(r"schema mismatch|[Ff]ailed to cast|could not be found in file")


class _RetryError(Exception):
    """The statement is worth another run: with decimals of 38 digits, or with Parquet read by name."""

    def __init__(self, failure: QueryFailure, wide: bool, by_name: bool) -> None:
        super().__init__(failure.message)
        self.failure, self.wide, self.by_name = failure, wide, by_name


class _Interrupter:
    """Interrupts a connection, again and again: DuckDB forgets an interrupt that comes between two statements."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.ended = threading.Event()

    def interrupt(self) -> None:
        """Returns when the run has ended."""
        while not self.ended.is_set():
            with suppress(Exception):  # the connection may be closed by now
                self._connection.interrupt()
            self.ended.wait(_AGAIN_S)


_AGAIN_S = 0.05


class _Timer:
    """Interrupts a run after a time."""

    def __init__(self, running: _Interrupter, seconds: float) -> None:
        self.fired = False
        self._timer = threading.Timer(seconds, self._fire, (running,))
        self._timer.daemon = True
        self._timer.start()

    def _fire(self, running: _Interrupter) -> None:
        self.fired = True
        running.interrupt()

    def stop(self) -> None:
        """The query has ended."""
        self._timer.cancel()


def columns_of(plan: Plan) -> tuple[QueryColumn, ...]:
    """The result's columns, the nameless as `_col0`, ... by position."""
    return tuple(
        QueryColumn(each.name or f"_col{index}", column_type_text(each.type))
        for index, each in enumerate(plan.query.fields)
    )


def _body_file(csv_to: Path) -> Path:
    return csv_to.with_name(csv_to.name + ".body")


def _csv_statement(plan: Plan, csv_to: Path) -> str:
    names = [each.name for each in columns_of(plan)]
    plain = len(set(names)) == len(names)
    query = csv_projection(
        plan.query, [quoted(name) for name in names] if plain else [each.sql for each in plan.query.fields]
    )
    options = (
        f"FORMAT csv, USE_TMP_FILE false, HEADER {str(plain).lower()}, FORCE_QUOTE *, NULLSTR '', QUOTE "
        f"'\"', ESCAPE '\"'"
    )
    return f"COPY ({query}) TO {literal(str(csv_to if plain else _body_file(csv_to)))} ({options})"


def _finish_csv(plan: Plan, csv_to: Path, rows: int) -> int:
    names = [each.name for each in columns_of(plan)]
    if len(set(names)) != len(names):
        _join(_body_file(csv_to), csv_to, names)
    return rows


def _join(body: Path, csv_to: Path, names: list[str]) -> None:
    """Put a header with repeated names, which DuckDB would rename, before the rows."""
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    with csv_to.open("wb") as out, body.open("rb") as rows:
        out.write(f"{header}\n".encode())
        while block := rows.read(1 << 20):
            out.write(block)
    body.unlink()


def _bytes_read(connection: Any) -> int:
    """What the statement read from the table's files; 0 when their metadata was enough."""
    profile = connection.get_profiling_information()
    found = json.loads(profile) if isinstance(profile, str) else profile
    return int((found.get("io") or {}).get("total_bytes_read") or 0)
