"""PyAthena, unmodified, led to the endpoint by AWS_ENDPOINT_URL: its cursors, parameters and SQLAlchemy dialect.

The module runs in PyAthena's own environment (`make clients`), without the packages of the rest of the tests.
"""

from __future__ import annotations

import datetime
import threading
from decimal import Decimal
from typing import Any

import pytest

from tests.clients.limits import cannot
from tests.clients.tools import NO_CLIENT

pyathena = pytest.importorskip("pyathena", reason=NO_CLIENT)

CLIENT = "PyAthena"
# PyAthena's own use of pandas
pytestmark = pytest.mark.filterwarnings("ignore:engine='auto' is deprecated")
DAY = datetime.date(2024, 1, 2)
PEOPLE = [(1, "ann", Decimal("1.50"), DAY, True, None, ["a"]), (2, "bob", Decimal("2.25"), DAY, False, 5.5, ["b", "c"])]
VALUES = (
    "(1, 'ann', DECIMAL '1.50', DATE '2024-01-02', true, CAST(NULL AS double), ARRAY['a']), "
    "(2, 'bob', DECIMAL '2.25', DATE '2024-01-02', false, 5.5E0, ARRAY['b', 'c'])"
)
MANY = "UNNEST(sequence(1, 9000))"
ENDLESS = f"SELECT count(*) FROM {MANY} a(x), {MANY} b(y), {MANY} c(z)"
ALL = "SELECT * FROM people ORDER BY id"


@pytest.fixture(scope="module")
def connection(led: Any) -> Any:
    """A connection whose schema has the table `people`."""
    options = {"s3_staging_dir": "s3://lake/pyathena/", "region_name": led.region, "poll_interval": 0.05}
    with pyathena.connect(**options).cursor() as cursor:
        cursor.execute("CREATE DATABASE pa")
        cursor.execute(
            "CREATE TABLE pa.people WITH (external_location = 's3://lake/pa/people/') AS SELECT * FROM "
            f"(VALUES {VALUES}) AS t(id, name, amount, day, active, score, tags)"
        )
    with pyathena.connect(schema_name="pa", **options) as connected:
        yield connected


def rows(connection: Any, sql: str, parameters: Any = None, **options: Any) -> list[Any]:
    """All rows of a query, by the default cursor."""
    with connection.cursor() as cursor:
        return cursor.execute(sql, parameters, **options).fetchall()


def test_the_cursor_gives_typed_rows_and_their_description(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ALL)
        assert [column[:2] for column in cursor.description] == [
            *[("id", "integer"), ("name", "varchar"), ("amount", "decimal"), ("day", "date")],
            *[("active", "boolean"), ("score", "double"), ("tags", "array")],
        ]
        assert cursor.fetchone() == PEOPLE[0]
        assert cursor.fetchmany(5) == PEOPLE[1:]
        assert (cursor.state, cursor.statement_type, cursor.substatement_type) == ("SUCCEEDED", "DML", "SELECT")
        assert cursor.data_scanned_in_bytes > 0
        assert cursor.output_location.endswith(f"{cursor.query_id}.csv")


def test_the_dict_cursor_names_the_columns(connection: Any) -> None:
    from pyathena.cursor import DictCursor

    with connection.cursor(DictCursor) as cursor:
        found = cursor.execute("SELECT id, name FROM people ORDER BY id").fetchall()
    assert found == [{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}]


def test_parameters_are_put_in_by_name_or_sent_apart(connection: Any) -> None:
    by_name = rows(
        connection,
        "SELECT id FROM people WHERE name = %(name)s AND id IN %(ids)s AND day = %(day)s",
        {"name": "ann", "ids": [1, 2], "day": DAY},
    )
    quoted = rows(connection, "SELECT %(text)s AS t", {"text": "d'or; DROP TABLE people --"})
    apart = rows(connection, "SELECT id FROM people WHERE name = ? AND id > ?", ["'bob'", "0"], paramstyle="qmark")
    assert (by_name, quoted, apart) == ([(1,)], [("d'or; DROP TABLE people --",)], [(2,)])


def test_executemany_inserts_row_by_row(connection: Any) -> None:
    rows(
        connection, "CREATE EXTERNAL TABLE notes (id int, body string) STORED AS PARQUET LOCATION 's3://lake/pa/notes/'"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO notes VALUES (%(id)d, %(body)s)", [{"id": 1, "body": "it's"}, {"id": 2, "body": "two"}]
        )
    assert rows(connection, "SELECT * FROM notes ORDER BY id") == [(1, "it's"), (2, "two")]


def test_the_pandas_cursor_reads_whole_in_chunks_and_by_unload(connection: Any) -> None:
    pytest.importorskip("pandas")
    from pyathena.pandas.cursor import PandasCursor

    with connection.cursor(PandasCursor) as cursor:
        whole = cursor.execute(ALL).as_pandas()
        chunks = [len(chunk) for chunk in cursor.execute(ALL, chunksize=1).as_pandas()]
    with connection.cursor(PandasCursor, unload=True) as cursor:
        unloaded = cursor.execute("SELECT id, name, amount FROM people ORDER BY id").as_pandas()
    assert list(whole["id"]) == [1, 2] and list(whole["amount"]) == [Decimal("1.50"), Decimal("2.25")]
    assert list(whole["active"]) == [True, False] and whole["score"].isna().tolist() == [True, False]
    assert chunks == [1, 1]
    assert unloaded.to_numpy().tolist() == [[1, "ann", Decimal("1.50")], [2, "bob", Decimal("2.25")]]


def test_frames_are_written_as_tables(connection: Any) -> None:
    pandas = pytest.importorskip("pandas")
    from pyathena.pandas.util import to_sql

    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    to_sql(frame, "framed", connection, "s3://lake/pa/framed/", schema="pa", index=False, if_exists="replace")
    assert sorted(rows(connection, "SELECT a, b FROM framed")) == [(1, "x"), (2, "y")]


def test_the_s3fs_cursor_reads_the_result_file(connection: Any) -> None:
    from pyathena.s3fs.cursor import S3FSCursor

    with connection.cursor(S3FSCursor) as cursor:
        assert cursor.execute(ALL).fetchall() == PEOPLE


def test_the_polars_cursor_reads_whole_and_by_unload(connection: Any) -> None:
    pytest.importorskip("polars")
    from pyathena.polars.cursor import PolarsCursor

    sql = "SELECT id, name FROM people ORDER BY id"
    for unload in (False, True):
        with connection.cursor(PolarsCursor, unload=unload) as cursor:
            assert cursor.execute(sql).as_polars().rows() == [(1, "ann"), (2, "bob")]


def test_the_async_cursor_runs_queries_side_by_side(connection: Any) -> None:
    from pyathena.async_cursor import AsyncCursor, AsyncDictCursor

    with connection.cursor(AsyncCursor, max_workers=4) as cursor:
        futures = [cursor.execute(f"SELECT {n} AS n")[1] for n in range(8)]
        assert [future.result().fetchall() for future in futures] == [[(n,)] for n in range(8)]
    with connection.cursor(AsyncDictCursor) as cursor:
        assert cursor.execute("SELECT id FROM people WHERE id = 1")[1].result().fetchall() == [{"id": 1}]


def test_the_aio_cursor_runs_in_an_event_loop(connection: Any) -> None:
    import asyncio

    aio = pytest.importorskip("pyathena.aio.cursor", reason="this PyAthena has no native asyncio cursor")

    async def ask() -> Any:
        async with connection.cursor(aio.AioCursor) as cursor:
            await cursor.execute("SELECT id FROM people ORDER BY id")
            return await cursor.fetchall()

    assert asyncio.run(ask()) == [(1,), (2,)]


def test_a_running_query_is_cancelled_from_another_thread_or_by_its_id(connection: Any) -> None:
    from pyathena.async_cursor import AsyncCursor
    from pyathena.error import OperationalError

    with connection.cursor() as cursor:
        started = threading.Event()
        end = threading.Thread(target=lambda: (started.wait(30), cursor.cancel()))
        end.start()
        with pytest.raises(OperationalError, match="canceled"):
            cursor.execute(ENDLESS, on_start_query_execution=lambda _: started.set())
        end.join()
    with connection.cursor(AsyncCursor) as cursor:
        query, future = cursor.execute(ENDLESS)
        cursor.cancel(query).result()
        assert future.result().state == "CANCELLED"


def test_a_failing_query_says_athenas_reason(connection: Any) -> None:
    from pyathena.error import DatabaseError

    with pytest.raises(DatabaseError, match="COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"):
        rows(connection, "SELECT nope FROM people")


def test_a_query_of_before_is_found_again_by_the_clients_cache(connection: Any) -> None:
    with connection.cursor() as cursor:
        first = cursor.execute("SELECT min(id) FROM people", cache_size=10).query_id
        assert cursor.execute("SELECT min(id) FROM people", cache_size=10).query_id == first


def test_result_reuse_is_asked_for_and_the_answer_says_whether_it_was(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(id) FROM people", result_reuse_enable=True, result_reuse_minutes=60)
        assert (cursor.result_reuse_enabled, cursor.result_reuse_minutes) == (True, 60)
        assert (cursor.reused_previous_result, cursor.fetchall()) == (False, [(3,)])


def test_ddl_show_describe_and_explain_are_read_as_lines(connection: Any) -> None:
    assert ("people",) in rows(connection, "SHOW TABLES IN pa")
    assert rows(connection, "DESCRIBE pa.people")[0][0].split() == ["id", "int"]
    assert any("people" in line[0] for line in rows(connection, "EXPLAIN SELECT id FROM people"))


def test_metadata_is_listed_through_the_cursor(connection: Any) -> None:
    with connection.cursor() as cursor:
        assert "pa" in [each.name for each in cursor.list_databases("AwsDataCatalog")]
        assert "people" in [each.name for each in cursor.list_table_metadata("AwsDataCatalog", "pa")]
        columns = [(each.name, each.type) for each in cursor.get_table_metadata("people").columns]
    assert columns[:3] == [("id", "int"), ("name", "varchar(3)"), ("amount", "decimal(3,2)")]


@pytest.fixture(scope="module")
def sql_engine(connection: Any, led: Any) -> Any:
    """An engine of SQLAlchemy over the same schema."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    address = (
        f"awsathena+rest://@athena.{led.region}.amazonaws.com:443/pa?s3_staging_dir=s3://lake/sa/&poll_interval=0.05"
    )
    return sqlalchemy.create_engine(address)


def test_sqlalchemy_reflects_tables_and_queries_them(sql_engine: Any) -> None:
    from sqlalchemy import MetaData, Table, func, inspect, select, text

    inspector = inspect(sql_engine)
    table = Table("people", MetaData(), autoload_with=sql_engine)
    with sql_engine.connect() as connected:
        by_text = connected.execute(text("SELECT name FROM people WHERE id = :id"), {"id": 2}).fetchall()
        by_table = connected.execute(select(func.sum(table.c.amount)).where(table.c.active)).scalar()
    assert "pa" in inspector.get_schema_names() and "people" in inspector.get_table_names()
    assert [str(column["type"]) for column in inspector.get_columns("people")][:2] == ["INTEGER", "VARCHAR(3)"]
    assert (inspector.has_table("people"), inspector.has_table("missing")) == (True, False)
    assert (by_text, by_table) == ([("bob",)], Decimal("1.50"))


def test_sqlalchemy_makes_fills_and_drops_tables_and_views(sql_engine: Any) -> None:
    from sqlalchemy import Column, MetaData, Table, inspect, select, text, types

    options = {"awsathena_location": "s3://lake/sa/made/", "awsathena_file_format": "parquet"}
    table = Table("made", MetaData(schema="pa"), Column("id", types.Integer), Column("name", types.String), **options)
    table.create(sql_engine)
    with sql_engine.connect() as connected:
        connected.execute(table.insert().values(id=1, name="x"))
        found = connected.execute(select(table)).fetchall()
        connected.execute(text("CREATE VIEW pa.made_view AS SELECT id FROM pa.made"))
    views = inspect(sql_engine).get_view_names()
    definition = inspect(sql_engine).get_view_definition("made_view")
    table.drop(sql_engine)
    assert found == [(1, "x")]
    assert "made_view" in views and "SELECT id" in definition.replace("\n", " ")
    assert not inspect(sql_engine).has_table("made")


def test_pandas_reads_through_sqlalchemy(sql_engine: Any) -> None:
    pandas = pytest.importorskip("pandas")

    assert list(pandas.read_sql(ALL, sql_engine)["name"]) == ["ann", "bob"]


@pytest.mark.parametrize("unload", [False, True], ids=["", "with unload"])
def test_the_arrow_cursor_overlooks_the_endpoint(connection: Any, unload: bool) -> None:
    pytest.importorskip("pyarrow")
    from pyathena.arrow.cursor import ArrowCursor

    with cannot(CLIENT, "ArrowCursor"), connection.cursor(ArrowCursor, unload=unload) as cursor:
        cursor.execute("SELECT id, name FROM people").as_arrow()


def test_spark_cursors_are_refused(connection: Any, led: Any) -> None:
    from pyathena.spark.cursor import SparkCursor

    with cannot(CLIENT, "SparkCursor"):
        pyathena.connect(work_group="primary", region_name=led.region).cursor(SparkCursor)
