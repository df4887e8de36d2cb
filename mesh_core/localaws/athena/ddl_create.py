"""The grammar of CREATE TABLE and of column lists and types, in Hive's spelling and in CTAS's WITH (...)."""

from __future__ import annotations

from mesh_core.localaws.athena.ddl_forms import Column, CreateTable, CreateTableAs, Name, Properties, RowFormat, Spec
from mesh_core.localaws.athena.ddl_text import Cursor

_DELIMITERS = {
    ("FIELDS", "TERMINATED", "BY"): "field.delim",
    ("ESCAPED", "BY"): "escape.delim",
    # Hive's own misspelling: readers look for this key.
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): "colelction.delim",
    ("MAP", "KEYS", "TERMINATED", "BY"): "mapkey.delim",
    ("LINES", "TERMINATED", "BY"): "line.delim",
    ("NULL", "DEFINED", "AS"): "serialization.null.format",
}
_SYNONYMS = {"integer": "int", "varchar": "varchar", "double precision": "double", "dec": "decimal"}


def name(cursor: Cursor) -> Name:
    """`t`, `db.t`, `awsdatacatalog.db.t`, each part quoted or not; Hive also takes one pair of backticks round db.t."""
    parts = [cursor.identifier().lower()]
    while cursor.accept_symbol("."):
        parts.append(cursor.identifier().lower())
    if len(parts) == 1 and "." in parts[0]:
        parts = parts[0].split(".", 1)
    if len(parts) == 3:
        catalog = parts.pop(0)
        if catalog not in ("awsdatacatalog", "hive"):
            raise cursor.fault(f"catalog '{catalog}' does not exist")
    if len(parts) > 2:
        raise cursor.fault("a table's name has at most a catalog and a database in front")
    return Name(parts[0] if len(parts) == 2 else None, parts[-1])


def create_table(cursor: Cursor, external: bool) -> CreateTable | CreateTableAs:
    """What follows CREATE [EXTERNAL] TABLE."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    table = name(cursor)
    if not external and cursor.peek().is_word("WITH", "AS"):
        return _create_table_as(cursor, table, if_not_exists)
    cursor.use_hive()
    clauses: dict[str, object] = {"columns": columns(cursor) if cursor.peek().text == "(" else ()}
    while not (cursor.peek().kind == "end" or cursor.peek().text == ";"):
        clauses.update(_clause(cursor))
    return CreateTable(table, if_not_exists, external, **clauses)  # type: ignore[arg-type]


def _create_table_as(cursor: Cursor, table: Name, if_not_exists: bool) -> CreateTableAs:
    properties = typed_properties(cursor) if cursor.accept("WITH") else ()
    cursor.expect("AS")
    sql, with_data = cursor.rest(), True
    words = sql.upper().split()
    if words[-3:] == ["WITH", "NO", "DATA"]:
        sql, with_data = sql[: sql.upper().rindex("WITH")].rstrip(), False
    elif words[-2:] == ["WITH", "DATA"]:
        sql = sql[: sql.upper().rindex("WITH")].rstrip()
    return CreateTableAs(table, if_not_exists, properties, sql, with_data)


def _clause(cursor: Cursor) -> dict[str, object]:
    if cursor.accept("COMMENT"):
        return {"comment": cursor.string()}
    if cursor.accept("PARTITIONED", "BY"):
        return _partitioned_by(cursor)
    if cursor.accept("CLUSTERED", "BY"):
        return {"buckets": _buckets(cursor)}
    if cursor.accept("ROW", "FORMAT"):
        return {"row_format": _row_format(cursor)}
    if cursor.accept("STORED", "AS", "INPUTFORMAT"):
        input_format = cursor.string()
        cursor.expect("OUTPUTFORMAT")
        return {"formats": (input_format, cursor.string())}
    if cursor.accept("STORED", "AS"):
        return {"stored_as": cursor.identifier().upper()}
    if cursor.accept("LOCATION"):
        return {"location": cursor.string()}
    if cursor.accept("TBLPROPERTIES"):
        return {"properties": properties(cursor)}
    raise cursor.fault("expecting a clause of CREATE TABLE or the statement's end")


def _partitioned_by(cursor: Cursor) -> dict[str, object]:
    """Hive's typed keys; Iceberg's transforms (`day(ts)`, a bare column) are kept as text."""
    after = cursor.peek(2)
    if after.kind == "symbol" and after.text in "(,)":
        return {"transforms": (cursor.parenthesised(),)}
    return {"partition_keys": columns(cursor)}


def _buckets(cursor: Cursor) -> tuple[tuple[str, ...], int]:
    cursor.expect_symbol("(")
    names = [cursor.identifier().lower()]
    while cursor.accept_symbol(","):
        names.append(cursor.identifier().lower())
    cursor.expect_symbol(")")
    cursor.expect("INTO")
    count = cursor.take()
    if count.kind != "number":
        raise cursor.fault("expecting a number of buckets")
    cursor.expect("BUCKETS")
    return tuple(names), int(count.text)


def _row_format(cursor: Cursor) -> RowFormat:
    if cursor.accept("SERDE"):
        serde = cursor.string()
        return RowFormat(serde, properties(cursor) if cursor.accept("WITH", "SERDEPROPERTIES") else ())
    cursor.expect("DELIMITED")
    found: dict[str, object] = {}
    while clause := next((words for words in _DELIMITERS if cursor.accept(*words)), None):
        found[_DELIMITERS[clause]] = cursor.string()
    return RowFormat(None, tuple(found.items()) or (("field.delim", "\x01"),))


def columns(cursor: Cursor) -> tuple[Column, ...]:
    """`(a int COMMENT 'x', ...)`."""
    cursor.expect_symbol("(")
    found = [column(cursor)]
    while cursor.accept_symbol(","):
        found.append(column(cursor))
    cursor.expect_symbol(")")
    return tuple(found)


def column(cursor: Cursor) -> Column:
    """`a int COMMENT 'x'`."""
    column_name = cursor.identifier().lower()
    return Column(column_name, hive_type(cursor), cursor.string() if cursor.accept("COMMENT") else None)


def hive_type(cursor: Cursor) -> str:
    """A Hive type, normalised: lower case, no spaces, synonyms resolved."""
    base = cursor.identifier().lower()
    if base == "double":
        cursor.accept("PRECISION")
    base = _SYNONYMS.get(base, base)
    if base in ("array", "map", "uniontype"):
        return f"{base}<{','.join(_inner(cursor, hive_type))}>"
    if base == "struct":
        return f"struct<{','.join(_inner(cursor, _field))}>"
    if cursor.accept_symbol("("):
        arguments = [cursor.take().text]
        while cursor.accept_symbol(","):
            arguments.append(cursor.take().text)
        cursor.expect_symbol(")")
        return f"{base}({','.join(arguments)})"
    return base


def _inner(cursor: Cursor, item: object) -> list[str]:
    assert callable(item)
    cursor.expect_symbol("<")
    found = [item(cursor)]
    while cursor.accept_symbol(","):
        found.append(item(cursor))
    cursor.expect_symbol(">")
    return found


def _field(cursor: Cursor) -> str:
    field_name = cursor.identifier().lower()
    cursor.expect_symbol(":")
    field_type = hive_type(cursor)
    if cursor.accept("COMMENT"):
        cursor.string()
    return f"{field_name}:{field_type}"


def properties(cursor: Cursor) -> Properties:
    """`('a'='b', ...)`, as TBLPROPERTIES and SERDEPROPERTIES write them."""
    cursor.expect_symbol("(")
    found: dict[str, object] = {}
    while True:
        key = cursor.string()
        cursor.expect_symbol("=")
        found[key] = cursor.string()
        if not cursor.accept_symbol(","):
            break
    cursor.expect_symbol(")")
    return tuple(found.items())


def typed_properties(cursor: Cursor) -> Properties:
    """`(format = 'PARQUET', partitioned_by = ARRAY['a'], bucket_count = 4)`, as CTAS and UNLOAD write them."""
    cursor.expect_symbol("(")
    found: dict[str, object] = {}
    while True:
        key = cursor.identifier().lower()
        cursor.expect_symbol("=")
        found[key] = _value(cursor)
        if not cursor.accept_symbol(","):
            break
    cursor.expect_symbol(")")
    return tuple(found.items())


def _value(cursor: Cursor) -> object:
    if cursor.accept("ARRAY"):
        cursor.expect_symbol("[")
        items = [] if cursor.peek().text == "]" else [_value(cursor)]
        while cursor.accept_symbol(","):
            items.append(_value(cursor))
        cursor.expect_symbol("]")
        return tuple(items)
    token = cursor.take()
    match token.kind:
        case "string":
            return token.text
        case "number":
            return float(token.text) if "." in token.text else int(token.text)
        case "word" if token.is_word("TRUE", "FALSE"):
            return token.is_word("TRUE")
        case _:
            raise cursor.fault("expecting a string, a number, true, false or ARRAY[...] before it")


def partition_spec(cursor: Cursor) -> Spec:
    """`(dt='2024-01-01', hour=3)`."""
    cursor.expect_symbol("(")
    found: list[tuple[str, str]] = []
    while True:
        key = cursor.identifier().lower()
        cursor.expect_symbol("=")
        negative = cursor.accept_symbol("-")
        value = cursor.take()
        if value.kind not in ("string", "number", "word"):
            raise cursor.fault("expecting a literal before it")
        found.append((key, f"-{value.text}" if negative else value.text))
        if not cursor.accept_symbol(","):
            break
    cursor.expect_symbol(")")
    return tuple(found)
