"""Doors of Athena that write: what a copy holds is what its maker could read, wherever and however he puts it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from tests.localaws import door_data as data
from tests.localaws.door_visit import Visit
from tests.localaws.door_world import NAMING, OWN, Answer, Person, Ran, World

Door = Callable[[Visit], None]
DOORS: dict[str, Door] = {}
LF = "lakeformation"


def door(function: Door) -> Door:
    DOORS[function.__name__] = function
    return function


def _place(visit: Visit) -> str:
    return f"s3://{OWN}/{visit.person.name}/copy{next(visit.world.numbers)}/"


def _look_into(visit: Visit, place: str) -> str:
    """All files below a place of the person's own, as he reads them."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    listed = visit.person.s3("GET", f"/{bucket}?list-type=2&prefix={quote(prefix, safe='')}")
    keys = re.findall(r"<Key>([^<]+)", listed.text)
    found = "".join(visit.person.s3("GET", f"/{bucket}/{quote(key)}").text for key in keys)
    visit.hear()
    return found


def _whole(visit: Visit, ran: Ran, place: str) -> None:
    """A copy was made exactly when something may be read, and holds every visible value."""
    columns = visit.columns(visit.table)
    assert (ran.state == "SUCCEEDED") == bool(columns), f"{ran.answer.said}: {ran.reason}"
    if columns:
        wanted = {value for row in visit.visible for value in row.values() if value in data.MARKERS}
        found = data.markers_in(_look_into(visit, place))
        assert wanted <= found, f"{ran.answer.said}: {sorted(wanted - found)} are missing"


@door
def create_table_as_json(visit: Visit) -> None:
    _create_table_as(visit, "JSON")


@door
def create_table_as_parquet(visit: Visit) -> None:
    _create_table_as(visit, "PARQUET")


def _create_table_as(visit: Visit, kind: str) -> None:
    name = visit.fresh()
    ran = visit.run(f"CREATE TABLE {name} WITH (format = '{kind}') AS SELECT * FROM {visit.aim.table}")
    _whole(visit, ran, _place_of(visit, name) if ran.state == "SUCCEEDED" else "")
    if ran.state == "SUCCEEDED":
        visit.expect(f"SELECT * FROM {name}", [tuple(row.values()) for row in visit.visible])


def _place_of(visit: Visit, name: str) -> str:
    """The enforced location below one's own results, in which a table made by a query lies."""
    database, _, table = name.partition(".")
    got = _ask(visit, "glue", "GetTable", DatabaseName=database, Name=table)
    return str(got.document["Table"]["StorageDescriptor"]["Location"])


@door
def create_table_of_a_column(visit: Visit) -> None:
    name, column = visit.fresh(), visit.aim.column
    ran = visit.run(f"CREATE TABLE {name} WITH (format = 'JSON') AS SELECT {column}, 1 AS n FROM {visit.aim.table}")
    assert (ran.state == "SUCCEEDED") == (column in visit.columns(visit.table)), ran
    if ran.state == "SUCCEEDED":
        _look_into(visit, _place_of(visit, name))


@door
def unload(visit: Visit) -> None:
    place = _place(visit)
    kind = ("JSON", "PARQUET")[next(visit.world.numbers) % 2]
    ran = visit.run(f"UNLOAD (SELECT * FROM {visit.aim.table}) TO '{place}' WITH (format = '{kind}')")
    _whole(visit, ran, place)


@door
def insert(visit: Visit) -> None:
    place, name, column = _place(visit), visit.fresh(), visit.aim.column
    visit.run(f"CREATE EXTERNAL TABLE {name} (n string) STORED AS PARQUET LOCATION '{place}'")
    ran = visit.run(f"INSERT INTO {name} SELECT CAST({column} AS varchar) FROM {visit.aim.table}")
    structured = bool(visit.table.columns[column])
    assert structured or (ran.state == "SUCCEEDED") == (column in visit.columns(visit.table)), ran
    _look_into(visit, place)
    visit.run(f"SELECT * FROM {name}")


@door
def result_files(visit: Visit) -> None:
    """A result as its files, and by every operation on executions."""
    ran = visit.run(f"SELECT * FROM {visit.aim.table}")
    visit.known = visit.aim.table
    visit.person.ask("athena", "GetQueryRuntimeStatistics", QueryExecutionId=ran.id)
    visit.person.ask("athena", "BatchGetQueryExecution", QueryExecutionIds=[ran.id])
    _look_into(visit, f"s3://{NAMING.control_bucket}/results/{visit.person.name}/{ran.id}")


@door
def results_of_another_reused(visit: Visit) -> None:
    """The same text, asked before by somebody who sees everything, with reuse and with the same token."""
    text = f"SELECT * FROM {visit.aim.table}"
    reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 60}}
    more = {"ResultReuseConfiguration": reuse, "ClientRequestToken": f"{next(visit.world.numbers):032d}"}
    whole = visit.world.owner.sql(text, **more)
    assert whole.state == "SUCCEEDED" or visit.table.hybrid, whole
    visit.world.owner.heard.clear()
    columns = visit.columns(visit.table)
    rows = [tuple(row.values()) for row in visit.visible] if columns else None
    ran = visit.expect(text, rows, **more)
    assert ran.id != whole.id


@door
def table_over_foreign_data(visit: Visit) -> None:
    """A table of one's own that points at the lake, or at somebody's results, reads nothing."""
    results = f"s3://{NAMING.control_bucket}/results/owner/"
    lake = (f"s3://{data.LAKE}/one/", f"s3://{data.LAKE}/two/", f"s3://{data.LAKE}/", f"s3://{data.HYBRID}/three/")
    crooked = (f"s3://{data.LAKE}//one/", f"s3://{data.LAKE}/x/../one/", f"s3a://{data.LAKE}/one/")
    for place in (*lake, *crooked, results):
        name = visit.fresh()
        visit.run(f"CREATE EXTERNAL TABLE {name} (n string) ROW FORMAT SERDE '{data.CSV_SERDE}' LOCATION '{place}'")
        visit.run(f"SELECT * FROM {name}")


@door
def partition_over_foreign_data(visit: Visit) -> None:
    """A partition of one's own table that lies in the lake, made by Athena and by Glue; a table moved there."""
    place, name = _place(visit), visit.fresh()
    visit.run(
        f"CREATE EXTERNAL TABLE {name} (n string) PARTITIONED BY (p string) "
        f"ROW FORMAT SERDE '{data.CSV_SERDE}' LOCATION '{place}'"
    )
    database, _, table = name.partition(".")
    for number, lake in enumerate((f"s3://{data.LAKE}/two/col_bk={data.text('b', 0, 9)}/", f"s3://{data.LAKE}/one/")):
        visit.run(f"ALTER TABLE {name} ADD PARTITION (p = 'a{number}') LOCATION '{lake}'")
        serde = {"SerializationLibrary": data.CSV_SERDE}
        storage = {"Columns": [{"Name": "n", "Type": "string"}], "Location": lake, "SerdeInfo": serde}
        partition = {"Values": [f"g{number}"], "StorageDescriptor": storage}
        where = {"DatabaseName": database, "TableName": table}
        _ask(visit, "glue", "CreatePartition", **where, PartitionInput=partition)
        _ask(visit, "glue", "BatchCreatePartition", **where, PartitionInputList=[partition])
        visit.run(f"SELECT * FROM {name}")
        moved = {"Name": table, "StorageDescriptor": storage, "PartitionKeys": [{"Name": "p", "Type": "string"}]}
        _ask(visit, "glue", "UpdateTable", DatabaseName=database, TableInput=moved)
        visit.run(f"ALTER TABLE {name} SET LOCATION '{lake}'")
        visit.run(f"MSCK REPAIR TABLE {name}")
        visit.run(f"SELECT * FROM {name}")


@door
def definitions_of_others(visit: Visit) -> None:
    """Without the permissions that write, no statement changes a table or its database."""
    if not visit.lacks("ALTER", "DROP", "DELETE", "INSERT", "CREATE_TABLE"):
        return
    table, database = visit.aim.table, visit.table.database
    for text in (
        f"ALTER TABLE {table} ADD COLUMNS (n int)",
        f"ALTER TABLE {table} SET TBLPROPERTIES ('a' = 'b')",
        f"ALTER TABLE {table} SET LOCATION 's3://{OWN}/{visit.person.name}/'",
        f"ALTER TABLE {table} DROP PARTITION (col_bk = '{data.text('b', 0, 9)}')",
        f"INSERT INTO {table} SELECT * FROM {table}",
        f"CREATE OR REPLACE VIEW {table} AS SELECT 1 AS n",
        f"CREATE VIEW {database}.tabownv AS SELECT 1 AS n",
        f"CREATE TABLE {database}.tabownt AS SELECT 1 AS n",
        f"DROP TABLE {table}",
        f"DROP VIEW {table}",
        f"DROP DATABASE {database} CASCADE",
    ):
        visit.expect(text, None)


@door
def copy_of_a_view_of_a_view(visit: Visit) -> None:
    """What comes through two views of one's own, and from there into files."""
    first, second, place = visit.fresh(), visit.fresh(), _place(visit)
    visit.run(f"CREATE VIEW {first} AS SELECT * FROM {visit.aim.table}")
    visit.run(f"CREATE VIEW {second} AS SELECT * FROM {first}")
    ran = visit.run(f"UNLOAD (SELECT * FROM {second}) TO '{place}' WITH (format = 'JSON')")
    _whole(visit, ran, place)


@door
def link_to_a_table(visit: Visit) -> None:
    """A resource link of one's own gives nothing on its target."""
    database, _, table = visit.aim.table.partition(".")
    name = visit.fresh().partition(".")[2]
    link = {"Name": name, "TargetTable": {"CatalogId": "000000000000", "DatabaseName": database, "Name": table}}
    own = f"own_{visit.person.name}"
    visit.known = visit.aim.table  # the link says what it points to
    made = _ask(visit, "glue", "CreateTable", DatabaseName=own, TableInput=link)
    _ask(visit, "glue", "GetTable", DatabaseName=own, Name=name)
    _ask(visit, "glue", "GetPartitions", DatabaseName=own, TableName=name)
    columns = visit.columns(visit.table)
    if made.ok and columns and visit.table.base is None:
        visit.expect(f"SELECT * FROM {own}.{name}", [tuple(row.values()) for row in visit.visible])
    else:
        visit.run(f"SELECT * FROM {own}.{name}")


def _ask(visit: Visit, service: str, operation: str, **params: object) -> Answer:
    answer = visit.person.ask(service, operation, **params)
    visit.hear()
    return answer


def clean_up(world: World, person: Person) -> None:
    """Remove the tables that a person made."""
    own = f"own_{person.name}"
    listed = world.steward.ask("glue", "GetTables", DatabaseName=own).document["TableList"]
    for at in range(0, len(listed), 100):
        names = [table["Name"] for table in listed[at : at + 100]]
        gone = person.ask("glue", "BatchDeleteTable", DatabaseName=own, TablesToDelete=names)
        assert gone.ok and not gone.document.get("Errors"), gone.text
    person.heard.clear()
