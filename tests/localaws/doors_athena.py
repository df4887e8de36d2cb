"""Doors of Athena that read: queries of every shape, views, SHOW, information_schema, EXPLAIN, error messages.

A door is a function of a Visit. What comes out is judged there; where the model knows the answer it is compared, so
that neither too much nor too little comes out, and a column that may not be seen can't be asked about either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.localaws import door_data as data
from tests.localaws.door_visit import Row, Visit
from tests.localaws.door_world import ACCOUNT, REGION, arn

Door = Callable[[Visit], None]
DOORS: dict[str, Door] = {}
"""Every door of this module, by name."""


def door(function: Door) -> Door:
    DOORS[function.__name__] = function
    return function


def pick(column: str) -> Callable[[list[dict[str, str | None]]], list[Row]]:
    return lambda rows: [(row[column],) for row in rows]


def count(rows: list[dict[str, str | None]]) -> list[Row]:
    return [(str(len(rows)),)]


def same(visit: Visit) -> Callable[[list[dict[str, str | None]]], list[Row]]:
    """count(*) of the visible rows whose column is the aim's value."""
    table, aim = visit.table, visit.aim
    value = data.shown(table.rows[aim.row][aim.leaf])
    return lambda rows: [(str(sum(_part(row, aim.leaf) == value is not None for row in rows)),)]


def _part(row: dict[str, str | None], leaf: str) -> str | None:
    """A leaf of a printed row."""
    column, _, part = leaf.partition(".")
    text = row[column]
    if not part or text is None:
        return text
    found = dict(one.split("=", 1) for one in text.strip("{}").split(", ")).get(part, "null")
    return None if found == "null" else found


@door
def star(visit: Visit) -> None:
    """Everything that may be seen comes out, and nothing else."""
    columns = visit.columns(visit.table)
    rows = [tuple(row.values()) for row in visit.visible] if columns else None
    ran = visit.expect(f"SELECT * FROM {visit.aim.table}", rows)
    assert not columns or ran.columns == columns


@door
def column(visit: Visit) -> None:
    name = visit.aim.column
    visit.asks(f"SELECT {name} FROM {visit.aim.table}", pick(name), name)


@door
def field_of_struct(visit: Visit) -> None:
    leaf = visit.aim.leaf
    granted = visit.readable(visit.table) and leaf in visit.eyes.granted_leaves(visit.table)
    rows = [(_part(row, leaf),) for row in visit.visible] if granted else None
    visit.expect(f"SELECT {leaf} FROM {visit.aim.table}", rows)


@door
def count_rows(visit: Visit) -> None:
    visit.asks(f"SELECT count(*) FROM {visit.aim.table}", count)


def _granted(visit: Visit) -> bool:
    return visit.readable(visit.table) and visit.aim.leaf in visit.eyes.granted_leaves(visit.table)


def _oracle(visit: Visit, sql: str) -> None:
    """A query whose answer is how many visible rows have the aim's value."""
    visit.expect(sql, same(visit)(visit.visible) if _granted(visit) else None)


@door
def where(visit: Visit) -> None:
    _oracle(visit, f"SELECT count(*) FROM {visit.aim.table} WHERE {visit.aim.leaf} = {visit.literal}")


@door
def where_either(visit: Visit) -> None:
    """A predicate that can be cut short."""
    sql = f"SELECT count(*) FROM {visit.aim.table} WHERE (1 = 2 AND 1 = 1) OR {visit.aim.leaf} = {visit.literal}"
    _oracle(visit, sql)


@door
def having(visit: Visit) -> None:
    leaf, name = visit.aim.leaf, visit.aim.table
    sql = f"SELECT coalesce(sum(n), 0) FROM (SELECT {leaf} x, count(*) n FROM {name} GROUP BY {leaf} HAVING {leaf} = "
    _oracle(visit, f"{sql}{visit.literal})")


@door
def filtered_aggregate(visit: Visit) -> None:
    _oracle(visit, f"SELECT count(*) FILTER (WHERE {visit.aim.leaf} = {visit.literal}) FROM {visit.aim.table}")


@door
def in_subquery(visit: Visit) -> None:
    sql = f"SELECT count(*) FROM {visit.aim.table} WHERE {visit.aim.leaf} IN (SELECT {visit.literal})"
    _oracle(visit, sql)


@door
def correlated_exists(visit: Visit) -> None:
    leaf, name = visit.aim.leaf, visit.aim.table
    inner = f"SELECT 1 FROM (VALUES {visit.literal}) AS v(x) WHERE v.x = t.{leaf}"
    _oracle(visit, f"SELECT count(*) FROM {name} t WHERE EXISTS ({inner})")


@door
def join_on_a_value(visit: Visit) -> None:
    leaf, name = visit.aim.leaf, visit.aim.table
    _oracle(visit, f"SELECT count(*) FROM {name} t JOIN (VALUES {visit.literal}) AS v(x) ON t.{leaf} = v.x")


@door
def prepared_parameter(visit: Visit) -> None:
    sql = f"SELECT count(*) FROM {visit.aim.table} WHERE {visit.aim.leaf} = ?"
    expected = same(visit)(visit.visible) if _granted(visit) else None
    visit.expect(sql, expected, ExecutionParameters=[visit.literal])


@door
def prepared_statement(visit: Visit) -> None:
    name = f"p{next(visit.world.numbers)}"
    visit.known = f"{visit.aim}"  # EXECUTE fails in the words for what was prepared
    visit.run(f"PREPARE {name} FROM SELECT count(*) FROM {visit.aim.table} WHERE {visit.aim.leaf} = ?")
    visit.expect(f"EXECUTE {name} USING {visit.literal}", same(visit)(visit.visible) if _granted(visit) else None)
    visit.run(f"DEALLOCATE PREPARE {name}")


@door
def order_by(visit: Visit) -> None:
    visit.asks(
        f"SELECT 'x' FROM {visit.aim.table} ORDER BY {visit.aim.column}", lambda rows: [("x",)] * len(rows),
        visit.aim.column,
    )  # fmt: skip


@door
def group_by(visit: Visit) -> None:
    name = visit.aim.column
    visit.asks(
        f"SELECT count(*) FROM {visit.aim.table} GROUP BY {name}",
        lambda rows: [(str(n),) for n in Counter(row[name] for row in rows).values()],
        name,
    )


@door
def self_join(visit: Visit) -> None:
    name, table = visit.aim.column, visit.aim.table
    visit.asks(
        f"SELECT count(*) FROM {table} x JOIN {table} y ON x.{name} = y.{name}",
        lambda rows: [(str(sum(n * n for v, n in Counter(row[name] for row in rows).items() if v is not None)),)],
        name,
    )


@door
def join_using(visit: Visit) -> None:
    name, table = visit.aim.column, visit.aim.table
    visit.asks(
        f"SELECT count(*) FROM {table} JOIN (SELECT {name} FROM {table}) USING ({name})",
        lambda rows: [(str(sum(n * n for v, n in Counter(row[name] for row in rows).items() if v is not None)),)],
        name,
    )


@door
def aggregates(visit: Visit) -> None:
    name = visit.aim.column
    visit.asks(
        f"SELECT count({name}), count(DISTINCT {name}), approx_distinct({name}) >= 0 FROM {visit.aim.table}",
        lambda rows: [
            (str(sum(row[name] is not None for row in rows)), str(len({row[name] for row in rows} - {None})), "true")
        ],
        name,
    )


@door
def collected(visit: Visit) -> None:
    """All values in one, by several ways; what comes out is judged, not compared."""
    name, table = visit.aim.column, visit.aim.table
    for call in (f"array_agg({name})", f"max({name})", f"min_by({name}, {name})", f"histogram({name})"):
        ran = visit.run(f"SELECT {call} FROM {table}")
        assert ran.state != "SUCCEEDED" or name in visit.columns(visit.table), call


@door
def window(visit: Visit) -> None:
    name = visit.aim.column
    visit.asks(
        f"SELECT count({name}) OVER (ORDER BY {name} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) "
        f"FROM {visit.aim.table}",
        lambda rows: [(str(sum(row[name] is not None for row in rows)),)] * len(rows),
        name,
    )


@door
def unnested(visit: Visit) -> None:
    """A row is unnested into its fields, so that it is wrapped in one more array."""
    name = visit.aim.column
    array = f"ARRAY[ARRAY[{name}], ARRAY[{name}]]"
    visit.asks(
        f"SELECT u[1] FROM {visit.aim.table} CROSS JOIN UNNEST({array}) AS x(u)",
        lambda rows: [(row[name],) for row in rows for _ in range(2)],
        name,
    )


@door
def scalar_subquery(visit: Visit) -> None:
    name = visit.aim.column
    visit.asks(
        f"SELECT (SELECT count({name}) FROM {visit.aim.table})",
        lambda rows: [(str(sum(row[name] is not None for row in rows)),)],
        name,
    )


@door
def nested_names(visit: Visit) -> None:
    name = visit.aim.column
    sql = f"WITH q AS (SELECT * FROM {visit.aim.table}), r AS (SELECT x.* FROM q x) SELECT y.{name} FROM r y"
    visit.asks(sql, pick(name), name)


@door
def set_operations(visit: Visit) -> None:
    name, table = visit.aim.column, visit.aim.table
    sql = f"SELECT {name} FROM {table} UNION ALL (SELECT {name} FROM {table} EXCEPT SELECT {name} FROM {table})"
    visit.asks(sql, pick(name), name)


@door
def sampled(visit: Visit) -> None:
    visit.asks(f"SELECT count(*) FROM {visit.aim.table} TABLESAMPLE BERNOULLI (100)", count)


@door
def as_json(visit: Visit) -> None:
    """The whole struct, field names and all."""
    name, table = visit.aim.column, visit.aim.table
    visit.run(f"SELECT json_format(CAST({name} AS JSON)) FROM {table}")
    visit.run(f"SELECT CAST(ROW({name}) AS JSON), typeof({name}) FROM {table}")


@door
def alias_list(visit: Visit) -> None:
    """How many columns there are."""
    wide = ", ".join(f"x{n}" for n in range(len(visit.table.columns)))
    seen = len(visit.columns(visit.table))
    ran = visit.run(f"SELECT count(*) FROM {visit.aim.table} AS t({wide})")
    assert (ran.state == "SUCCEEDED") == (seen == len(visit.table.columns)), ran


@door
def other_spellings(visit: Visit) -> None:
    """The same table by its names in other letters, quoted, with its catalog, and as the current database's."""
    database, _, name = visit.aim.table.partition(".")
    expected = count(visit.visible) if visit.columns(visit.table) else None
    for text in (visit.aim.table.upper(), f'"{database}"."{name}"', f'awsdatacatalog."{database.upper()}".{name}'):
        visit.expect(f"SELECT count(*) FROM {text}", expected)
    visit.expect(f"SELECT count(*) FROM {name}", expected, QueryExecutionContext={"Database": database})


@door
def two_tables(visit: Visit) -> None:
    """Two tables in one query: each shows what it shows alone."""
    left, name = visit.aim.table, visit.aim.column
    for table in data.BASES:
        first = next(iter(table.columns))
        fits = name in visit.columns(visit.table) and first in visit.columns(table)
        rows = [(a[name], b[first]) for a in visit.visible for b in visit.relation(table)] if fits else None
        visit.expect(f"SELECT x.{name}, y.{first} FROM {left} x, {table.name} y", rows)


@door
def odd_queries(visit: Visit) -> None:
    """Forms in which a column may slip by: if it may not be seen, none of them runs."""
    name, table = visit.aim.column, visit.aim.table
    for text in (
        f"SELECT 1 WHERE EXISTS (SELECT {name} FROM {table})",
        f"SELECT count(*) FROM (SELECT {name} FROM {table})",
        f"SELECT count(*) FROM (SELECT 1 AS one, {name} AS two FROM {table}) WHERE one = 1",
        f"SELECT count(*) FROM {table} GROUP BY GROUPING SETS (({name}), ())",
        f"SELECT transform(ARRAY[{name}], x -> x) FROM {table}",
        f"SELECT count(*) FROM {table} t WHERE t.{name} IS NULL OR true",
        f"SELECT TRY(CAST(CAST({name} AS varchar) AS integer)) FROM {table}",
        f"SELECT coalesce(NULL, {name}) FROM {table} LIMIT 1",
        f"SELECT 1 FROM {table} ORDER BY 1, {name} LIMIT 1",
        f"SELECT count(*) FROM {table} x LEFT JOIN {table} y ON x.{name} IS NOT DISTINCT FROM y.{name}",
        f"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, {table} t WHERE n < 1 AND t.{name} IS NULL) "
        "SELECT count(*) FROM r",
        f"SELECT if(false, {name}) FROM {table}",
        f"VALUES (SELECT max({name}) FROM {table})",
    ):
        ran = visit.run(text)
        assert name in visit.columns(visit.table) or ran.state != "SUCCEEDED", text
    for text in (
        f"TABLE {table}",
        f"SELECT t FROM {table} t",
        f"SELECT t.* FROM {table} t",
        f"SELECT * FROM {table} OFFSET 1",
    ):
        ran = visit.run(text)
        assert visit.columns(visit.table) or ran.state != "SUCCEEDED", text


# error messages


@door
def division_by_a_value(visit: Visit) -> None:
    """Whether a row has the aim's value is told by a division by zero, of visible rows only."""
    _tells(visit, f"1 / (CASE WHEN {visit.aim.leaf} = {visit.literal} THEN 0 ELSE 1 END)")


@door
def cast_of_a_value(visit: Visit) -> None:
    _tells(visit, f"CAST(CASE WHEN {visit.aim.leaf} = {visit.literal} THEN 'no number' ELSE '1' END AS integer)")


def _tells(visit: Visit, expression: str) -> None:
    """An expression that fails on the aim's value and is 1 on all others: in SELECT, WHERE and a join."""
    table, rows = visit.aim.table, visit.visible
    hit = _granted(visit) and same(visit)(rows) != [("0",)]
    for sql in (
        f"SELECT sum({expression}) FROM {table}",
        f"SELECT count(*) FROM {table} WHERE {expression} = 1",
        f"SELECT count(*) FROM {table} t JOIN (VALUES 1) AS v(x) ON v.x = {expression}",
    ):
        expected = [(str(len(rows)) if rows or "sum" not in sql else None,)]
        visit.expect(sql, None if hit or not _granted(visit) else expected)


@door
def wrong_types(visit: Visit) -> None:
    """Messages about values, types and names: judged for what they say; the forbidden is not there at all."""
    name, table = visit.aim.column, visit.aim.table
    for expression in (
        f"CAST(CAST({name} AS varchar) AS integer)",
        f"CAST(concat('x', CAST({name} AS varchar)) AS date)",
        f"{name} + true",
        f"element_at({name}, 1)",
    ):
        ran = visit.run(f"SELECT {expression} FROM {table}")
        assert name in visit.columns(visit.table) or ran.state != "SUCCEEDED"
    visit.run(f"SELECT * FROM {table} WHERE CAST(concat('x', CAST({name} AS varchar)) AS integer) = 1")


@door
def forbidden_and_missing_look_alike(visit: Visit) -> None:
    """A column that may not be seen is refused in the words for one that does not exist."""
    name, table = visit.aim.column, visit.aim.table
    if name in visit.columns(visit.table) or visit.eyes.iam_decides(visit.table):
        return
    nowhere = "x" * len(name)
    there, missing = (visit.run(f"SELECT {text} FROM {table} WHERE {text} IS NULL") for text in (name, nowhere))
    assert there.reason.replace(name, nowhere) == missing.reason


@door
def near_misses(visit: Visit) -> None:
    """Wrong names: no suggestion says what there is."""
    table = visit.aim.table
    for text in ("col_", visit.aim.column + "x", "t.col_", "fld_"):
        visit.run(f"SELECT {text} FROM {table} t")
    for text in (table[:-1], f"{visit.table.database}.tab_", "dat_.tab_a"):
        visit.run(f"SELECT * FROM {text}")
    visit.run(f"SELECT * FROM {table} GROUP BY 1")
    visit.run(f"SELECT 1 FROM {table} UNION ALL SELECT * FROM {table}")


# where the data is


@door
def paths(visit: Visit) -> None:
    """`"$path"` is of visible rows, and names no partition that may not be seen."""
    table = visit.aim.table
    ran = visit.run(f'SELECT "$path" FROM {table}')
    if ran.state == "SUCCEEDED":
        assert len(ran.rows) == len(visit.visible)
    visit.run(f'SELECT count(DISTINCT "$path"), max("$path") FROM {table}')
    visit.run(f'SELECT CAST("$path" AS integer) FROM {table}')
    visit.run(f'SELECT * FROM {table} WHERE CAST("$path" AS integer) = 1')


@door
def partitions(visit: Visit) -> None:
    database, _, name = visit.aim.table.partition(".")
    visit.run(f'SELECT * FROM {database}."{name}$partitions"')
    visit.run(f"SHOW PARTITIONS {visit.aim.table}")
    visit.run(f"DESCRIBE {visit.aim.table} PARTITION (col_bk = '{data.text('b', 0, 9)}')")


# metadata


@door
def show(visit: Visit) -> None:
    database = visit.table.database
    for text in (
        *("SHOW DATABASES", f"SHOW TABLES IN {database}", f"SHOW VIEWS IN {database}"),
        f"SHOW TABLES IN {database} '*{visit.aim.table[-1]}*'",
    ):
        visit.run(text)


@door
def show_columns(visit: Visit) -> None:
    ran = visit.run(f"SHOW COLUMNS IN {visit.aim.table}")
    described = visit.eyes.described(visit.table)
    expected = [c for c in visit.table.columns if visit.table.under([c]) & described]
    assert [row[0].strip() for row in ran.rows if row and row[0]] == expected


@door
def show_table(visit: Visit) -> None:
    table = visit.aim.table
    for text in (
        *(f"SHOW CREATE TABLE {table}", f"SHOW CREATE VIEW {table}", f"SHOW TBLPROPERTIES {table}"),
        *(f"DESCRIBE {table}", f"DESCRIBE EXTENDED {table}", f"DESCRIBE FORMATTED {table}"),
        f"DESCRIBE {table} {visit.aim.column}",
    ):
        visit.run(text)


@door
def information_schema(visit: Visit) -> None:
    expected = [
        (table.name.partition(".")[2], name)
        for table in visit.rules.tables.values()
        for name in table.columns
        if table.under([name]) & visit.eyes.described(table)
    ]
    columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema LIKE 'dat%'"
    visit.expect(columns, expected)
    tables = {(table.database, table.name.partition(".")[2]) for table in visit.rules.tables.values()}
    seen = [(d, t) for d, t in tables if visit.eyes.described(visit.rules.tables[f"{d}.{t}"])]
    visit.expect("SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema LIKE 'dat%'", seen)
    schemas = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'dat%'"
    visit.expect(schemas, [(name,) for name in visit.eyes.databases()])


@door
def information_schema_by_value(visit: Visit) -> None:
    visit.run("SELECT * FROM information_schema.views")
    visit.run("SELECT * FROM information_schema.columns")
    where = f"column_name = '{visit.aim.column}' AND table_schema LIKE 'dat%'"
    sql = f"SELECT count(*) FROM information_schema.columns WHERE {where}"
    visit.expect(sql, [(str(int(bool(visit.table.under([visit.aim.column]) & visit.eyes.described(visit.table)))),)])


@door
def explain(visit: Visit) -> None:
    table, name = visit.aim.table, visit.aim.column
    for text in (
        f"EXPLAIN SELECT * FROM {table}",
        f"EXPLAIN SELECT count(*) FROM {table} WHERE {visit.aim.leaf} = {visit.literal}",
        f"EXPLAIN (TYPE VALIDATE) SELECT {name} FROM {table}",
        f"EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM {table}",
        f"EXPLAIN (TYPE DISTRIBUTED) SELECT * FROM {table}",
        f"EXPLAIN ANALYZE SELECT * FROM {table}",
    ):
        visit.run(text)


# views


@door
def views(visit: Visit) -> None:
    """The owner's views: the plain one as far as its reader sees the base, the protected one as its definer does."""
    for table in (data.PLAIN, data.PROTECTED):
        columns = visit.columns(table)
        rows = [tuple(row.values()) for row in visit.relation(table)] if columns else None
        visit.expect(f"SELECT * FROM {table.name}", rows)


@door
def view_of_ones_own(visit: Visit) -> None:
    name = visit.fresh()
    made = visit.run(f"CREATE VIEW {name} AS SELECT * FROM {visit.aim.table}")
    columns, left_to_s3 = visit.columns(visit.table), visit.table.hybrid and visit.eyes.iam_decides(visit.table)
    assert (made.state == "SUCCEEDED") == bool(columns or left_to_s3), made
    if columns:
        visit.expect(f"SELECT * FROM {name}", [tuple(row.values()) for row in visit.visible])
        visit.run(f"SHOW CREATE VIEW {name}")
        visit.run(f"DROP VIEW {name}")


@door
def view_as_a_definer(visit: Visit) -> None:
    """Nobody lends what he may not pass on, nor what another may."""
    text = f"SELECT {', '.join(visit.table.columns)} FROM {visit.aim.table}"
    visit.expect(f"CREATE PROTECTED MULTI DIALECT VIEW {visit.fresh()} SECURITY DEFINER AS {text}", None)
    storage = {"Columns": [{"Name": f"n{n}", "Type": "string"} for n in range(len(visit.table.columns))]}
    base = f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{visit.aim.table.replace('.', '/')}"
    representation = {"Dialect": "ATHENA", "DialectVersion": "3", "ViewOriginalText": text, "ViewExpandedText": text}
    for definer, bases in ((visit.person.name, [base]), (visit.person.name, []), ("owner", [base]), ("owner", [])):
        database, _, name = visit.fresh().partition(".")
        view = {"Definer": arn(definer), "IsProtected": True, "SubObjects": bases, "Representations": [representation]}
        table = {"Name": name, "TableType": "VIRTUAL_VIEW", "StorageDescriptor": storage, "ViewDefinition": view}
        visit.person.ask("glue", "CreateTable", DatabaseName=database, TableInput=table)
        visit.hear()
        visit.run(f"SELECT * FROM {database}.{name}")
        visit.person.ask("glue", "DeleteTable", DatabaseName=database, Name=name)  # its text would be listed


@door
def view_lent_by_another(visit: Visit) -> None:
    """A view that its owner made over everything gives its reader no more than he has."""
    name = f"dat_2.tabown{next(visit.world.numbers)}"
    owner, lend = visit.world.owner, {"DatabaseName": "dat_2", "Name": name.partition(".")[2]}
    visit.world.must(owner, f"CREATE VIEW {name} AS SELECT *, 1 AS more FROM {visit.aim.table}")
    visit.world.give(visit.person.name, {"Table": lend}, "SELECT")
    full = visit.columns(visit.table) == tuple(visit.table.columns)
    whole = visit.eyes.granted_leaves(visit.table) == visit.table.leaves
    visit.known = f"{visit.table.leaves}"  # the view's own columns have these names
    try:
        ran = visit.run(f"SELECT count(*) FROM {name}")
        if full and whole:
            assert ran.rows == ((str(len(visit.visible)),),), ran.reason
        visit.run(f"SELECT * FROM {name}")
    finally:
        visit.world.must(owner, f"DROP VIEW {name}")
        owner.heard.clear()
