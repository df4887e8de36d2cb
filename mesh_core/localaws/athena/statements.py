"""Which statement is it: Athena's own front, for everything but the inside of queries.

`parse` reads the head of a statement and returns it as data (ddl_forms); queries stay text for the engine.
`kind` says what GetQueryExecution calls it (StatementType, SubstatementType).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_alter import alter
from mesh_core.localaws.athena.ddl_create import (
    create_table,
    name,
    partition_spec,
    properties,
    typed_properties,
)
from mesh_core.localaws.athena.ddl_text import Cursor, SyntaxFault

REFUSED = {
    ("DELETE",): ("DELETE", "DML"),
    ("UPDATE",): ("UPDATE", "DML"),
    ("MERGE",): ("MERGE INTO", "DML"),
    ("OPTIMIZE",): ("OPTIMIZE", "DDL"),
    ("VACUUM",): ("VACUUM", "DML"),
    ("USING", "EXTERNAL", "FUNCTION"): ("USING EXTERNAL FUNCTION", "DML"),
    ("ALTER", "VIEW"): ("ALTER VIEW DIALECT", "DDL"),
    ("SHOW", "FUNCTIONS"): ("SHOW FUNCTIONS", "UTILITY"),
    ("SHOW", "VIEW", "JSON"): ("SHOW VIEW JSON", "UTILITY"),
}
_NO_WORD = re.compile(r"[^A-Z]+")
_FIRST_WORDS = (
    "ALTER", "CREATE", "DEALLOCATE", "DELETE", "DESC", "DESCRIBE", "DROP", "EXECUTE", "EXPLAIN", "INSERT",
    "MERGE", "MSCK", "OPTIMIZE", "PREPARE", "SELECT", "SHOW", "TABLE", "UNLOAD", "UPDATE", "USING", "VACUUM", "VALUES",
    "WITH",
)  # fmt: skip


class Kind(NamedTuple):
    """StatementType (DDL, DML, UTILITY) and SubstatementType."""

    statement_type: str
    substatement_type: str


def parse(text: str) -> f.Form:
    """The statement as data. SyntaxFault when Athena would not know it."""
    cursor = Cursor(text)
    if cursor.peek().kind == "end":
        raise SyntaxFault("line 1:1: mismatched input '<EOF>'. Expecting a statement")
    for words, (what, statement_type) in REFUSED.items():
        if cursor.accept(*words):
            return f.Refused(what, statement_type)
    if cursor.peek().text == "(" or cursor.peek().is_word("SELECT", "WITH", "VALUES", "TABLE"):
        return f.Select(cursor.rest())
    verb = next((words for words in VERBS if cursor.accept(*words)), None)
    if verb is None:
        raise cursor.fault(f"expecting: '{', '.join(_FIRST_WORDS)}'")
    form = VERBS[verb](cursor)
    cursor.finish()
    return form


def _explain(cursor: Cursor) -> f.Form:
    analyze = cursor.accept("ANALYZE")
    cursor.accept("VERBOSE")
    options = cursor.parenthesised() if cursor.peek().text == "(" and not _opens_query(cursor) else ""
    return f.Explain(cursor.rest(), analyze, options)


def _opens_query(cursor: Cursor) -> bool:
    return cursor.peek(1).is_word("SELECT", "WITH", "VALUES", "TABLE") or cursor.peek(1).text == "("


def _show_databases(cursor: Cursor) -> f.Form:
    return f.ShowDatabases(_pattern(cursor))


def _pattern(cursor: Cursor) -> str | None:
    cursor.use_hive()
    if cursor.accept("LIKE"):
        return cursor.string()
    return cursor.string() if cursor.peek().kind == "string" else None


def _show_tables(views: bool) -> Callable[[Cursor], f.Form]:
    def read(cursor: Cursor) -> f.Form:
        database = cursor.identifier().lower() if cursor.accept("IN") or cursor.accept("FROM") else None
        return f.ShowTables(database, _pattern(cursor), views)

    return read


def _show_columns(cursor: Cursor) -> f.Form:
    if not (cursor.accept("IN") or cursor.accept("FROM")):
        raise cursor.fault("expecting 'IN' or 'FROM'")
    table = name(cursor)
    if cursor.accept("IN") or cursor.accept("FROM"):
        table = f.Name(cursor.identifier().lower(), table.table)
    return f.ShowColumns(table)


def _show_properties(cursor: Cursor) -> f.Form:
    table, key = name(cursor), None
    cursor.use_hive()
    if cursor.accept_symbol("("):
        key = cursor.string()
        cursor.expect_symbol(")")
    return f.ShowProperties(table, key)


def _describe(cursor: Cursor) -> f.Form:
    modes = ("EXTENDED", "FORMATTED", "VIEW") if cursor.peek(1).kind in ("word", "name") else ()
    mode = next((word.lower() for word in modes if cursor.accept(word)), "").replace("view", "")
    table = name(cursor)
    cursor.use_hive()
    partition = partition_spec(cursor) if cursor.accept("PARTITION") else None
    column = cursor.identifier().lower() if cursor.peek().kind in ("word", "name") else None
    return f.Describe(table, mode, partition, column)


def _create_database(cursor: Cursor) -> f.Form:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    database = cursor.identifier().lower()
    cursor.use_hive()
    comment = cursor.string() if cursor.accept("COMMENT") else None
    location = cursor.string() if cursor.accept("LOCATION") else None
    found = properties(cursor) if cursor.accept("WITH", "DBPROPERTIES") else ()
    return f.CreateDatabase(database, if_not_exists, comment, location, found)


def _drop_database(cursor: Cursor) -> f.Form:
    if_exists = cursor.accept("IF", "EXISTS")
    database = cursor.identifier().lower()
    cascade = cursor.accept("CASCADE")
    if not cascade:
        cursor.accept("RESTRICT")
    return f.DropDatabase(database, if_exists, cascade)


def _alter_database(cursor: Cursor) -> f.Form:
    database = cursor.identifier().lower()
    cursor.use_hive()
    cursor.expect("SET", "DBPROPERTIES")
    return f.AlterDatabase(database, properties(cursor))


def _create_view(or_replace: bool, definer: bool = False) -> Callable[[Cursor], f.Form]:
    def read(cursor: Cursor) -> f.Form:
        view = name(cursor)
        if definer:
            cursor.expect("SECURITY", "DEFINER")
            if cursor.accept("SHOW", "VIEW", "JSON"):
                cursor.rest()
                return f.Refused("CREATE PROTECTED MULTI DIALECT VIEW ... SHOW VIEW JSON")
        cursor.expect("AS")
        return f.CreateView(view, or_replace, cursor.rest(), definer)

    return read


def _drop(view: bool) -> Callable[[Cursor], f.Form]:
    def read(cursor: Cursor) -> f.Form:
        if_exists = cursor.accept("IF", "EXISTS")
        table = name(cursor)
        cursor.accept("PURGE")
        return f.DropTable(table, if_exists, view)

    return read


def _insert(cursor: Cursor) -> f.Form:
    table = name(cursor)
    listed = cursor.peek().text == "(" and not _opens_query(cursor)
    columns = tuple(_identifiers(cursor)) if listed else None
    return f.Insert(table, columns, cursor.rest())


def _identifiers(cursor: Cursor) -> list[str]:
    cursor.expect_symbol("(")
    found = [cursor.identifier().lower()]
    while cursor.accept_symbol(","):
        found.append(cursor.identifier().lower())
    cursor.expect_symbol(")")
    return found


def _unload(cursor: Cursor) -> f.Form:
    sql = cursor.parenthesised()
    cursor.expect("TO")
    to = cursor.string()
    return f.Unload(sql, to, typed_properties(cursor) if cursor.accept("WITH") else ())


def _prepare(cursor: Cursor) -> f.Form:
    statement = cursor.identifier().lower()
    cursor.expect("FROM")
    return f.Prepare(statement, cursor.rest())


def _execute(cursor: Cursor) -> f.Form:
    if cursor.accept("IMMEDIATE"):
        sql = cursor.string()
        return f.ExecuteImmediate(sql, _using(cursor))
    statement = cursor.identifier().lower()
    return f.Execute(statement, _using(cursor))


def _using(cursor: Cursor) -> tuple[str, ...]:
    """The SQL text of each argument, split at the commas outside parentheses and brackets."""
    if not cursor.accept("USING"):
        return ()
    found, depth, start = [], 0, cursor.peek().start
    while not (cursor.peek().kind == "end" or cursor.peek().text == ";"):
        token = cursor.take()
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if token.kind == "symbol" and token.text == "," and depth == 0:
            found.append(cursor.text[start : token.start].strip())
            start = token.end
    return (*found, cursor.text[start : cursor.at].strip())


VERBS: dict[tuple[str, ...], Callable[[Cursor], f.Form]] = {
    ("EXPLAIN",): _explain,
    ("SHOW", "DATABASES"): _show_databases,
    ("SHOW", "SCHEMAS"): _show_databases,
    ("SHOW", "TABLES"): _show_tables(views=False),
    ("SHOW", "VIEWS"): _show_tables(views=True),
    ("SHOW", "COLUMNS"): _show_columns,
    ("SHOW", "PARTITIONS"): lambda cursor: f.ShowPartitions(name(cursor)),
    ("SHOW", "CREATE", "TABLE"): lambda cursor: f.ShowCreate(name(cursor), view=False),
    ("SHOW", "CREATE", "VIEW"): lambda cursor: f.ShowCreate(name(cursor), view=True),
    ("SHOW", "TBLPROPERTIES"): _show_properties,
    ("DESCRIBE",): _describe,
    ("DESC",): _describe,
    ("CREATE", "DATABASE"): _create_database,
    ("CREATE", "SCHEMA"): _create_database,
    ("CREATE", "EXTERNAL", "TABLE"): lambda cursor: create_table(cursor, external=True),
    ("CREATE", "TABLE"): lambda cursor: create_table(cursor, external=False),
    ("CREATE", "VIEW"): _create_view(or_replace=False),
    ("CREATE", "OR", "REPLACE", "VIEW"): _create_view(or_replace=True),
    ("CREATE", "PROTECTED", "MULTI", "DIALECT", "VIEW"): _create_view(or_replace=False, definer=True),
    ("CREATE", "OR", "REPLACE", "PROTECTED", "MULTI", "DIALECT", "VIEW"): _create_view(or_replace=True, definer=True),
    ("DROP", "DATABASE"): _drop_database,
    ("DROP", "SCHEMA"): _drop_database,
    ("DROP", "TABLE"): _drop(view=False),
    ("DROP", "VIEW"): _drop(view=True),
    ("ALTER", "DATABASE"): _alter_database,
    ("ALTER", "SCHEMA"): _alter_database,
    ("ALTER", "TABLE"): alter,
    ("MSCK", "REPAIR", "TABLE"): lambda cursor: f.RepairTable(name(cursor)),
    ("INSERT", "INTO"): _insert,
    ("UNLOAD",): _unload,
    ("PREPARE",): _prepare,
    ("EXECUTE",): _execute,
    ("DEALLOCATE", "PREPARE"): lambda cursor: f.Deallocate(cursor.identifier().lower()),
}

_KINDS: dict[type, Kind] = {
    f.Select: Kind("DML", "SELECT"),
    # Athena counts EXPLAIN as DML: its results begin with a header row.
    f.Explain: Kind("DML", "EXPLAIN"),
    f.ShowDatabases: Kind("UTILITY", "SHOW_DATABASES"),
    f.ShowColumns: Kind("UTILITY", "SHOW_COLUMNS"),
    f.ShowPartitions: Kind("UTILITY", "SHOW_PARTITIONS"),
    f.ShowProperties: Kind("UTILITY", "SHOW_TBLPROPERTIES"),
    f.Describe: Kind("UTILITY", "DESCRIBE_TABLE"),
    f.CreateDatabase: Kind("DDL", "CREATE_DATABASE"),
    f.DropDatabase: Kind("DDL", "DROP_DATABASE"),
    f.AlterDatabase: Kind("DDL", "ALTER_DATABASE_PROPERTIES"),
    f.CreateTable: Kind("DDL", "CREATE_TABLE"),
    f.RepairTable: Kind("UTILITY", "MSCK_REPAIR_TABLE"),
    f.AddPartitions: Kind("DDL", "ALTER_TABLE_ADD_PARTITION"),
    f.DropPartitions: Kind("DDL", "ALTER_TABLE_DROP_PARTITION"),
    f.RenamePartition: Kind("DDL", "ALTER_TABLE_RENAME_PARTITION"),
    f.AddColumns: Kind("DDL", "ALTER_TABLE_ADD_COLUMN"),
    f.ReplaceColumns: Kind("DDL", "ALTER_TABLE_REPLACE_COLUMN"),
    f.ChangeColumn: Kind("DDL", "ALTER_TABLE_CHANGE_COLUMN"),
    f.SetProperties: Kind("DDL", "ALTER_TABLE_PROPERTIES"),
    f.SetLocation: Kind("DDL", "ALTER_TABLE_SET_LOCATION"),
    f.CreateView: Kind("DDL", "CREATE_VIEW"),
    f.CreateTableAs: Kind("DDL", "CREATE_TABLE_AS_SELECT"),
    f.Insert: Kind("DML", "INSERT"),
    f.Unload: Kind("DML", "UNLOAD"),
    f.Prepare: Kind("UTILITY", "PREPARE"),
    f.Execute: Kind("DML", "EXECUTE"),
    f.ExecuteImmediate: Kind("DML", "EXECUTE"),
    f.Deallocate: Kind("UTILITY", "DEALLOCATE"),
}


def kind(form: f.Form) -> Kind:
    """What GetQueryExecution says that a statement is."""
    match form:
        case f.ShowTables():
            return Kind("UTILITY", "SHOW_VIEWS" if form.views else "SHOW_TABLES")
        case f.ShowCreate():
            return Kind("UTILITY", "SHOW_CREATE_VIEW" if form.view else "SHOW_CREATE_TABLE")
        case f.DropTable():
            return Kind("DDL", "DROP_VIEW" if form.view else "DROP_TABLE")
        case f.Refused():
            return Kind(form.statement_type, _NO_WORD.sub("_", form.what.partition(" (")[0]))
        case _:
            return _KINDS[type(form)]
