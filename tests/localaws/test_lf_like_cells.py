"""Data cells filters, and every door by which a table can be looked at: cases beside those of the conformance suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.mesh_world import (
    DENIED,
    HIDDEN,
    INVALID,
    MISSING,
    NO_COLUMN,
    UNREADABLE,
    Case,
    Codes,
    Step,
    asks,
    but,
    cells,
    check,
    chosen,
    codes,
    columns,
    filtered,
    gets,
    grant,
    policy,
    revoke,
    table,
)

CUSTOMERS, ORDERS, EMPLOYEES = "sales.customers", "sales.orders", "hr.employees"
IDS = f"SELECT id FROM {CUSTOMERS}"


def given(name: str, rows: str | None, *names: str, on: str = CUSTOMERS, to: str = "analyst") -> tuple[Step, ...]:
    """A filter and SELECT on it; all columns unless some are named."""
    chosen: dict[str, Any] = {"ColumnNames": list(names)} if names else {}
    return filtered(on, name, rows, **chosen), grant(to, cells(on, name), "SELECT")


def only(rows: str, *names: str) -> Case:
    """What one filter on the customers leaves of their ids."""
    return Case(given("f", rows), asks("analyst", IDS), [[int(name)] for name in names])


def orders(rows: str, *names: str) -> Case:
    return Case(
        given("f", rows, on=ORDERS), asks("analyst", f"SELECT order_id FROM {ORDERS}"), [[int(name)] for name in names]
    )


# id country segment ltv: 1 DE retail 120.5, 2 US retail 80, 3 US corporate 990, 4 FR corporate 450.25, 5 DE NULL 10
PREDICATES = {
    "OR": only("country = 'FR' OR country = 'DE'", "1", "4", "5"),
    "AND binds before OR": only("country = 'US' AND ltv > 100 OR country = 'FR'", "3", "4"),
    "parentheses": only("country = 'US' AND (ltv > 100 OR segment = 'retail')", "2", "3"),
    "BETWEEN holds its ends": only("ltv BETWEEN 80 AND 450.25", "1", "2", "4"),
    "NOT BETWEEN": only("ltv NOT BETWEEN 80 AND 450.25", "3", "5"),
    "IN": only("country IN ('FR', 'US')", "2", "3", "4"),
    "NOT IN": only("country NOT IN ('FR', 'US')", "1", "5"),
    "IN with NULL in the column": only("segment NOT IN ('retail')", "3", "4"),
    "less than": only("ltv < 80", "5"),
    "at most": only("ltv <= 80", "2", "5"),
    "at least": only("ltv >= 450.25", "3", "4"),
    "not equal in C's spelling": only("country != 'US'", "1", "4", "5"),
    "a negative number": only("ltv > -1", "1", "2", "3", "4", "5"),
    "a number with an exponent": only("ltv > 4.5e2", "3", "4"),
    "NOT before a comparison": only("NOT country = 'US'", "1", "4", "5"),
    "NOT before NULL": only("NOT (segment = 'retail')", "3", "4"),
    "LIKE with one unknown letter": only("name LIKE 'B_b'", "2"),
    "NOT LIKE": only("name NOT LIKE '%o%'", "1", "3", "5"),
    "a text with a quote": only("name = 'O''Neil'"),
    "a keyword in lower case": only("country = 'FR' or country = 'US' and not ltv < 100", "3", "4"),
    "a column in upper case": only("COUNTRY = 'FR'", "4"),
    "a quoted column": only("\"country\" = 'FR'", "4"),
    "TRUE is every row": only("TRUE", "1", "2", "3", "4", "5"),
    "a partition key and a column": orders("year = 2024 AND amount > 30", "102", "104"),
    "a partition key between": orders("year BETWEEN 2023 AND 2023", "100", "101"),
    "a partition key in a list": orders("year IN (2023)", "100", "101"),
}

UNIONS: dict[str, Case] = {
    "three filters on the same columns": Case(
        (*given("a", "country = 'FR'"), *given("b", "country = 'US'"), *given("c", "id = 1")),
        asks("analyst", IDS),
        [[1], [2], [3], [4]],
    ),
    "overlapping filters repeat no row": Case(
        (*given("a", "country = 'US'"), *given("b", "ltv > 100")), asks("analyst", IDS), [[1], [2], [3], [4]]
    ),
    "a filter of all rows on some columns, one of some rows on all": Case(
        (*given("a", None, "id", "country"), *given("b", "country = 'FR'")),
        asks("analyst", f"SELECT id, country, email FROM {CUSTOMERS} WHERE id IN (3, 4)"),
        [[3, "US", None], [4, "FR", "dora@x.io"]],
    ),
    "three filters with three columns: three cells a row": Case(
        (
            *given("a", "country = 'DE'", "id"),
            *given("b", "country = 'US'", "name"),
            *given("c", "country = 'FR'", "email"),
        ),
        asks("analyst", f"SELECT id, name, email FROM {CUSTOMERS}"),
        [[1, None, None], [None, "Bob", None], [None, "Chen", None], [None, None, "dora@x.io"], [5, None, None]],
    ),
    "hidden cells are NULL for conditions too": Case(
        (*given("a", "country = 'DE'", "id", "ltv"), *given("b", "country = 'US'", "id")),
        asks("analyst", f"SELECT id FROM {CUSTOMERS} WHERE ltv > 50"),
        [[1]],
    ),
    "hidden cells are NULL for counts": Case(
        (*given("a", "country = 'DE'", "id", "ltv"), *given("b", "country = 'US'", "id")),
        asks("analyst", f"SELECT count(*) AS n, count(ltv) AS l FROM {CUSTOMERS}"),
        [[4, 2]],
    ),
    "a filter and SELECT on the table by name": Case(
        (*given("a", "country = 'FR'"), grant("analyst", table(CUSTOMERS), "SELECT")),
        asks("analyst", IDS),
        [[1], [2], [3], [4], [5]],
    ),
    "a filter and SELECT on all tables": Case(
        (*given("a", "country = 'FR'"), grant("analyst", table("sales.*"), "SELECT")),
        asks("analyst", IDS),
        [[1], [2], [3], [4], [5]],
    ),
    "a filter and a column by tags": Case(
        (*given("a", "country = 'FR'", "id", "email"), grant("analyst", policy("sensitivity=internal"), "SELECT")),
        asks("analyst", f"SELECT id, email FROM {CUSTOMERS}"),
        [[1, None], [2, None], [3, None], [4, "dora@x.io"], [5, None]],
    ),
    "a filter and a column by name": Case(
        (*given("a", "country = 'FR'"), grant("analyst", columns(CUSTOMERS, "id"), "SELECT")),
        asks("analyst", f"SELECT id, name FROM {CUSTOMERS} WHERE id > 3"),
        [[4, "Dora"], [5, None]],
    ),
    "a filter for the group and one for the reader": Case(
        (*given("a", "country = 'FR'", to="ALL_IAM"), *given("b", "id = 1")), asks("analyst", IDS), [[1], [4]]
    ),
    "a filter for the group alone": Case(given("a", "country = 'FR'", to="ALL_IAM"), asks("outsider", IDS), [[4]]),
    "columns excluded by one filter, rows by another": Case(
        (
            filtered(CUSTOMERS, "a", None, ColumnWildcard={"ExcludedColumnNames": ["email"]}),
            grant("analyst", cells(CUSTOMERS, "a"), "SELECT"),
            *given("b", "id = 4", "email"),
        ),
        asks("analyst", f"SELECT id, email FROM {CUSTOMERS} WHERE id > 3"),
        [[4, "dora@x.io"], [5, None]],
    ),
    "a table in a join is filtered": Case(
        (*given("a", "country = 'DE'"), grant("analyst", table(ORDERS), "SELECT")),
        asks("analyst", f"SELECT count(*) AS n FROM {ORDERS} o JOIN {CUSTOMERS} c ON c.id = o.customer_id"),
        [[2]],
    ),
    "a table twice in a statement is filtered twice": Case(
        given("a", "country = 'DE'"),
        asks("analyst", f"SELECT count(*) AS n FROM {CUSTOMERS} a CROSS JOIN {CUSTOMERS} b"),
        [[4]],
    ),
    "a named query inside of a statement is filtered": Case(
        given("a", "country = 'DE'"),
        asks("analyst", f"WITH x AS (SELECT * FROM {CUSTOMERS}) SELECT count(*) AS n FROM x"),
        [[2]],
    ),
    "UNION of a table with itself": Case(
        given("a", "country = 'DE'"), asks("analyst", f"{IDS} UNION ALL {IDS}"), [[1], [5], [1], [5]]
    ),
    "EXISTS sees no hidden row": Case(
        given("a", "country = 'DE'"),
        asks("analyst", f"SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM {CUSTOMERS} WHERE name = 'Bob')"),
        [],
    ),
}

LIVES: dict[str, Case] = {
    "a filter deleted ends its access": Case(
        (
            *given("a", "country = 'DE'"),
            asks("admin", "lakeformation", "DeleteDataCellsFilter", **cells(CUSTOMERS, "a")["DataCellsFilter"]),
        ),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "a filter made again under the name of a deleted one is not granted": Case(
        (
            *given("a", "country = 'DE'"),
            asks("admin", "lakeformation", "DeleteDataCellsFilter", **cells(CUSTOMERS, "a")["DataCellsFilter"]),
            filtered(CUSTOMERS, "a", None),
        ),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "both filters revoked: nothing is left": Case(
        (
            *given("a", "country = 'DE'"),
            *given("b", "country = 'US'"),
            revoke("analyst", cells(CUSTOMERS, "a"), "SELECT"),
            revoke("analyst", cells(CUSTOMERS, "b"), "SELECT"),
        ),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "a table's SELECT revoked leaves the filter": Case(
        (
            *given("a", "country = 'DE'"),
            grant("analyst", table(CUSTOMERS), "SELECT"),
            revoke("analyst", table(CUSTOMERS), "SELECT"),
        ),
        asks("analyst", IDS),
        [[1], [5]],
    ),
    "a filter's columns changed": Case(
        (
            *given("a", None, "id", "name"),
            asks(
                "admin",
                "lakeformation",
                "UpdateDataCellsFilter",
                TableData={
                    **cells(CUSTOMERS, "a")["DataCellsFilter"],
                    "RowFilter": {"AllRowsWildcard": {}},
                    "ColumnNames": ["id"],
                },
            ),
        ),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id",
    ),
    "a dropped table's filters are gone": Case(
        (filtered(CUSTOMERS, "a", None), asks("producer", "DROP TABLE sales.customers")),
        asks("admin", "lakeformation", "ListDataCellsFilter"),
        {"DataCellsFilters": []},
    ),
    "the same name on two tables": Case(
        (filtered(CUSTOMERS, "a", None), filtered(ORDERS, "a", "year = 2024")),
        asks("admin", "lakeformation", "ListDataCellsFilter", Table={"DatabaseName": "sales", "Name": "orders"}),
        {"DataCellsFilters[].[TableName, Name]": [["orders", "a"]]},
    ),
    "an update names the version that it knows": Case(
        (filtered(CUSTOMERS, "a", None),),
        asks(
            "admin",
            "lakeformation",
            "UpdateDataCellsFilter",
            TableData={
                **cells(CUSTOMERS, "a")["DataCellsFilter"],
                "RowFilter": {"AllRowsWildcard": {}},
                "ColumnWildcard": {},
                "VersionId": "1",
            },
        ),
        codes("ConcurrentModificationException"),
    ),
    "an update of a filter that is not there": Case(
        (),
        asks(
            "admin",
            "lakeformation",
            "UpdateDataCellsFilter",
            TableData={
                **cells(CUSTOMERS, "a")["DataCellsFilter"],
                "RowFilter": {"AllRowsWildcard": {}},
                "ColumnWildcard": {},
            },
        ),
        MISSING,
    ),
    "a reader of a filter sees it": Case(
        given("a", "country = 'DE'"),
        asks("analyst", "lakeformation", "GetDataCellsFilter", **cells(CUSTOMERS, "a")["DataCellsFilter"]),
        {"DataCellsFilter.RowFilter.FilterExpression": "country = 'DE'"},
    ),
    "another does not": Case(
        given("a", "country = 'DE'"),
        asks("outsider", "lakeformation", "GetDataCellsFilter", **cells(CUSTOMERS, "a")["DataCellsFilter"]),
        DENIED,
    ),
    "a reader of a filter does not change it": Case(
        given("a", "country = 'DE'"),
        asks("analyst", "lakeformation", "DeleteDataCellsFilter", **cells(CUSTOMERS, "a")["DataCellsFilter"]),
        DENIED,
    ),
    "a filter does not let its reader insert": Case(
        given("a", None), asks("analyst", f"INSERT INTO {CUSTOMERS} VALUES (9,'Z','z','DE','r',1.0)"), HIDDEN
    ),
}

NESTED: dict[str, Case] = {
    "a struct whole": Case(
        given("a", "country = 'DE'", "emp_id", "address", on=EMPLOYEES),
        asks("analyst", f"SELECT address.zip FROM {EMPLOYEES}"),
        [["10115"]],
    ),
    "a field that is not listed": Case(
        given("a", None, "emp_id", '"address"."zip"', on=EMPLOYEES),
        asks("analyst", f"SELECT address.street FROM {EMPLOYEES}"),
        NO_COLUMN,
    ),
    "a field in the predicate": Case(
        given("a", "address.country = 'US'", "emp_id", on=EMPLOYEES),
        asks("analyst", f"SELECT emp_id FROM {EMPLOYEES}"),
        [[11], [12]],
    ),
    "the type of a narrowed struct": Case(
        given("a", None, "emp_id", '"address"."zip"', on=EMPLOYEES),
        gets("analyst", EMPLOYEES),
        {"Table.StorageDescriptor.Columns[].Type": ["int", "struct<zip:string>"]},
    ),
    "a field that does not exist": Case(
        (), filtered(EMPLOYEES, "a", None, ColumnNames=['"address"."nosuch"']), INVALID
    ),
    "a field of what is no struct": Case((), filtered(EMPLOYEES, "a", None, ColumnNames=['"name"."first"']), INVALID),
}

# One narrowed reader, each door: what he sees, and that he does not see what he may not.
NARROW = (
    *given("a", "country = 'DE'", "id", "country"),
    grant("analyst", columns(ORDERS, "order_id"), "SELECT"),
    grant("analyst", policy("product=people sensitivity=confidential"), "SELECT"),
)


def door(ask: Step, expect: Any) -> Case:
    return Case(NARROW, ask, expect)


def glue(operation: str, **params: Any) -> Step:
    return asks("analyst", "glue", operation, **params)


def athena(operation: str, **params: Any) -> Step:
    return asks("analyst", "athena", operation, CatalogName="AwsDataCatalog", **params)


T = {"DatabaseName": "sales", "TableName": "customers"}
O = {"DatabaseName": "sales", "TableName": "orders"}  # noqa: E741 - orders
SEEN = ["id", "country"]
PARTITIONS = 'SELECT * FROM sales."orders$partitions"'
OF_VERSIONS = "TableVersions[].Table.StorageDescriptor.Columns[].Name"
DOORS = {
    "GetTable": door(gets("analyst", CUSTOMERS), {"Table.StorageDescriptor.Columns[].Name": SEEN}),
    "GetTables": door(
        glue("GetTables", DatabaseName="sales"),
        {"TableList[].[Name, StorageDescriptor.Columns[].Name]": [["customers", SEEN], ["orders", ["order_id"]]]},
    ),
    "GetTables of a table matched by tags": door(
        glue("GetTables", DatabaseName="hr"),
        {"TableList[].StorageDescriptor.Columns[].Name": ["emp_id", "name", "dept", "country", "address"]},
    ),
    "SearchTables finds no hidden column": door(glue("SearchTables", SearchText="email"), {"TableList": []}),
    "SearchTables shows the readable ones": door(
        glue("SearchTables", SearchText="customers"), {"TableList[].StorageDescriptor.Columns[].Name": SEEN}
    ),
    "GetTableVersion": door(
        glue("GetTableVersion", **T), {"TableVersion.Table.StorageDescriptor.Columns[].Name": SEEN}
    ),
    "GetTableVersions": door(glue("GetTableVersions", **T), {OF_VERSIONS: SEEN}),
    "GetPartitions by who reads some columns of every row": door(
        glue("GetPartitions", **O),
        {
            "Partitions[].Values[]": ["2023", "2024"],
            "Partitions[].StorageDescriptor.Columns[].Name": ["order_id", "order_id"],
        },
    ),
    "BatchGetPartition": door(
        glue("BatchGetPartition", **O, PartitionsToGet=[{"Values": ["2023"]}]),
        {"Partitions[].StorageDescriptor.Columns[].Name": ["order_id"]},
    ),
    "GetPartition": door(
        glue("GetPartition", **O, PartitionValues=["2024"]),
        {"Partition.StorageDescriptor.Columns[].Name": ["order_id"]},
    ),
    "GetPartitions under a row filter on the key": Case(
        given("a", "year = 2024", on=ORDERS), asks("analyst", "glue", "GetPartitions", **O), DENIED
    ),
    "SHOW PARTITIONS under a row filter on the key": Case(
        given("a", "year = 2024", on=ORDERS), asks("analyst", f"SHOW PARTITIONS {ORDERS}"), codes("AccessDenied")
    ),
    "partitions as a table under a row filter on the key": Case(
        given("a", "year = 2024", on=ORDERS),
        asks("analyst", 'SELECT * FROM sales."orders$partitions"'),
        codes("AccessDenied"),
    ),
    "partitions as a table": door(asks("analyst", PARTITIONS), [[2023], [2024]]),
    "GetPartitions with DESCRIBE only": Case(
        (grant("analyst", table(ORDERS), "DESCRIBE"),), asks("analyst", "glue", "GetPartitions", **O), DENIED
    ),
    "ListTableMetadata": door(
        athena("ListTableMetadata", DatabaseName="sales"),
        {"TableMetadataList[].[Name, Columns[].Name]": [["customers", SEEN], ["orders", ["order_id"]]]},
    ),
    "GetTableMetadata": door(athena("GetTableMetadata", **T), {"TableMetadata.Columns[].Name": SEEN}),
    "GetTableMetadata of a forbidden table": door(
        athena("GetTableMetadata", DatabaseName="finance", TableName="ledger"), codes("MetadataException")
    ),
    "ListDatabases": door(athena("ListDatabases"), {"DatabaseList[].Name": ["default", "hr", "sales"]}),
    "GetDatabase of a forbidden database": door(
        athena("GetDatabase", DatabaseName="finance"), codes("MetadataException")
    ),
    "SHOW DATABASES": door(asks("analyst", "SHOW DATABASES"), [["default"], ["hr"], ["sales"]]),
    "SHOW COLUMNS": door(asks("analyst", f"SHOW COLUMNS IN {CUSTOMERS}"), [[f"{name:<20}"] for name in SEEN]),
    "SHOW TABLES": door(asks("analyst", "SHOW TABLES IN hr"), [["employees"]]),
    "SHOW TABLES of a forbidden database": door(
        asks("analyst", "SHOW TABLES IN finance"), codes("AccessDenied", "TableNotFound")
    ),
    "DESCRIBE of a forbidden table": door(asks("analyst", "DESCRIBE hr.payroll"), HIDDEN),
    "information_schema.tables": door(
        asks("analyst", "SELECT table_name FROM information_schema.tables WHERE table_schema <> 'information_schema'"),
        [["employees"], ["customers"], ["orders"]],
    ),
    "information_schema.columns": door(
        asks("analyst", "SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'"),
        [["id"], ["country"]],
    ),
    "information_schema.columns hides the salary": door(
        asks("analyst", "SELECT count(*) AS n FROM information_schema.columns WHERE column_name = 'salary'"), [[0]]
    ),
    "SELECT": door(asks("analyst", f"SELECT * FROM {CUSTOMERS}"), [[1, "DE"], [5, "DE"]]),
    "a column beside the filter": door(asks("analyst", f"SELECT name FROM {CUSTOMERS}"), NO_COLUMN),
    "an alias hides no name": door(asks("analyst", f"SELECT c.name FROM {CUSTOMERS} c"), NO_COLUMN),
    "the row as a whole has the readable columns": door(
        asks("analyst", f"SELECT count(*) AS n FROM {CUSTOMERS} WHERE country = 'US'"), [[0]]
    ),
    "EXPLAIN of a hidden column": door(asks("analyst", f"EXPLAIN SELECT email FROM {CUSTOMERS}"), NO_COLUMN),
    "EXPLAIN of a forbidden table": door(asks("analyst", "EXPLAIN SELECT * FROM hr.payroll"), HIDDEN),
    "UNLOAD of a hidden column": door(
        asks("analyst", f"UNLOAD (SELECT email FROM {CUSTOMERS}) TO 's3://other-bucket/u/' WITH (format='JSON')"),
        NO_COLUMN,
    ),
    "INSERT from a hidden column": door(
        asks("analyst", f"INSERT INTO {ORDERS} SELECT email FROM {CUSTOMERS}"), codes("AccessDenied", "ColumnNotFound")
    ),
    "statistics of a hidden column look like none": door(
        glue("GetColumnStatisticsForTable", **T, ColumnNames=["email"]),
        {"Errors[].Error.ErrorCode": ["EntityNotFoundException"]},
    ),
    "DESCRIBE alone shows the schema and no rows": Case(
        (grant("analyst", table(CUSTOMERS), "DESCRIBE"),),
        asks("analyst", f"SELECT count(*) FROM {CUSTOMERS}"),
        UNREADABLE,
    ),
    "INSERT alone shows the schema and no rows": Case(
        (grant("analyst", table(CUSTOMERS), "INSERT"),), asks("analyst", f"SELECT id FROM {CUSTOMERS}"), UNREADABLE
    ),
    "the path of a file does not tell the hidden partition key": Case(
        (
            asks(
                "admin",
                "lakeformation",
                "AddLFTagsToResource",
                Resource=columns(ORDERS, "year"),
                LFTags=[{"TagKey": "sensitivity", "TagValues": ["restricted"]}],
            ),
            grant("analyst", policy("sensitivity=public"), "SELECT"),
        ),
        asks("analyst", f'SELECT "$path" FROM {ORDERS}'),
        NO_COLUMN,
    ),
    "in the rows of a filter the partition key is shown, and so is the path; elsewhere it is NULL": Case(
        (
            asks(
                "admin",
                "lakeformation",
                "AddLFTagsToResource",
                Resource=columns(ORDERS, "year"),
                LFTags=[{"TagKey": "sensitivity", "TagValues": ["restricted"]}],
            ),
            grant("analyst", policy("sensitivity=public"), "SELECT"),
            *given("f", "year = 2023", "order_id", on=ORDERS),
        ),
        asks("analyst", f'SELECT DISTINCT year, "$path" IS NULL FROM {ORDERS} ORDER BY 1'),
        [[2023, False], [None, True]],
    ),
    "the path of a file is told to who reads its partition key": Case(
        given("f", "year = 2023", "order_id", on=ORDERS),
        asks("analyst", f'SELECT DISTINCT "$path" FROM {ORDERS}'),
        [["s3://mesh-lake/sales/orders/year=2023/part-0.parquet"]],
    ),
    "a database permission alone lists no table": Case(
        (grant("analyst", {"Database": {"Name": "finance"}}, "ALL"),),
        asks("analyst", "SHOW TABLES IN finance"),
        [],
    ),
    "any permission on the database shows it": Case(
        (grant("analyst", {"Database": {"Name": "finance"}}, "CREATE_TABLE"),),
        asks("analyst", "glue", "GetDatabase", Name="finance"),
        {"Database.Name": "finance"},
    ),
    "excluded columns in statistics and schema": Case(
        (grant("analyst", but(CUSTOMERS, "email"), "SELECT"),),
        asks("analyst", "SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'"),
        [["id"], ["name"], ["country"], ["segment"], ["ltv"]],
    ),
}

REFUSED: dict[str, tuple[Step, Codes]] = {
    "a filter without rows": (
        asks(
            "admin",
            "lakeformation",
            "CreateDataCellsFilter",
            TableData={**cells(CUSTOMERS, "a")["DataCellsFilter"], "ColumnWildcard": {}},
        ),
        INVALID,
    ),
    "a filter without columns": (
        asks(
            "admin",
            "lakeformation",
            "CreateDataCellsFilter",
            TableData={**cells(CUSTOMERS, "a")["DataCellsFilter"], "RowFilter": {"AllRowsWildcard": {}}},
        ),
        INVALID,
    ),
    "columns listed and excluded at once": (
        filtered(CUSTOMERS, "a", None, ColumnNames=["id"], ColumnWildcard={"ExcludedColumnNames": ["name"]}),
        INVALID,
    ),
    "an excluded column that is not there": (
        filtered(CUSTOMERS, "a", None, ColumnWildcard={"ExcludedColumnNames": ["nosuch"]}),
        INVALID,
    ),
    "an excluded partition key": (
        filtered(ORDERS, "a", None, ColumnWildcard={"ExcludedColumnNames": ["year"]}),
        INVALID,
    ),
    "a table that is not there": (filtered("sales.nosuch", "a"), MISSING),
    "a database that is not there": (filtered("nosuch.t", "a"), MISSING),
    "a column compared with a column": (filtered(CUSTOMERS, "a", "id = ltv"), INVALID),
    "arithmetic": (filtered(CUSTOMERS, "a", "id + 1 = 2"), INVALID),
    "a query": (filtered(CUSTOMERS, "a", "id IN (SELECT id FROM sales.orders)"), INVALID),
    "CASE": (filtered(CUSTOMERS, "a", "CASE WHEN id = 1 THEN TRUE ELSE FALSE END"), INVALID),
    "a cast": (filtered(CUSTOMERS, "a", "CAST(id AS varchar) = '1'"), INVALID),
    "a text for a number": (filtered(CUSTOMERS, "a", "ltv = 'much'"), INVALID),
    "a number for a text": (filtered(CUSTOMERS, "a", "country = 1"), INVALID),
    "LIKE on a number": (filtered(CUSTOMERS, "a", "id LIKE '1%'"), INVALID),
    "double quotes around a text": (filtered(CUSTOMERS, "a", 'country = "US"'), INVALID),
    "IS NULL on a partition key": (filtered(ORDERS, "a", "year IS NULL"), INVALID),
    "a text that does not end": (filtered(CUSTOMERS, "a", "country = 'US"), INVALID),
    "two predicates": (filtered(CUSTOMERS, "a", "id = 1; id = 2"), INVALID),
    "a comment": (filtered(CUSTOMERS, "a", "id = 1 -- all"), INVALID),
    "an empty predicate": (filtered(CUSTOMERS, "a", ""), INVALID),
    "DESCRIBE and SELECT on a filter": (
        grant("analyst", cells(CUSTOMERS, "nosuch"), "SELECT", "DESCRIBE"),
        codes("InvalidInputException", "EntityNotFoundException"),
    ),
    "ALL on a filter": (grant("analyst", cells(CUSTOMERS, "nosuch"), "ALL"), INVALID),
}

CASES = (
    PREDICATES
    | UNIONS
    | LIVES
    | NESTED
    | DOORS
    | {name: Case((), step, expect) for name, (step, expect) in REFUSED.items()}
)


@pytest.mark.parametrize("name", chosen(CASES, "an update names the version that it knows"))
def test_cells_and_doors(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
