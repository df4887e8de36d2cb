"""Views and statements that write: whose rights count, and what is refused. Cases beside those of the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.localaws.mesh_world import (
    ACCOUNT,
    EVERYBODY,
    HIDDEN,
    INVALID,
    NO_COLUMN,
    Case,
    Refused,
    Step,
    asks,
    but,
    cells,
    check,
    chosen,
    codes,
    columns,
    creates,
    database,
    filtered,
    gets,
    grant,
    mesh,
    policy,
    revoke,
    settings,
    table,
)

ORDERS, CUSTOMERS, PAYROLL = "sales.orders", "sales.customers", "hr.payroll"
ALL_ORDERS = [[100], [101], [102], [103], [104]]
NO = codes("AccessDenied")
BROKEN = codes("AccessDenied", "ColumnNotFound", "other")
COLUMNS_OF = "Table.StorageDescriptor.Columns[].Name"
MAKES_VIEWS = grant("producer", database("scratch"), "CREATE_TABLE", "DESCRIBE")


def view(name: str, sql: str, by: str = "producer") -> Step:
    return asks(by, f"CREATE VIEW scratch.{name} AS {sql}")


def protected(name: str, sql: str, by: str = "producer") -> Step:
    return asks(by, f"CREATE PROTECTED MULTI DIALECT VIEW scratch.{name} SECURITY DEFINER AS {sql}")


def reads(*names: str, to: str = "analyst") -> tuple[Step, ...]:
    return tuple(grant(to, table(name), "SELECT") for name in names)


PLAIN: dict[str, Case] = {
    "the view without its base": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.v")),
        asks("analyst", "SELECT * FROM scratch.v"),
        NO,
    ),
    "the base without the view": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}"), *reads(ORDERS)),
        asks("analyst", "SELECT * FROM scratch.v"),
        HIDDEN,
    ),
    "both by tags": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            *reads("scratch.v"),
            grant("analyst", policy("product=order-hub"), "SELECT"),
        ),
        asks("analyst", "SELECT * FROM scratch.v"),
        ALL_ORDERS,
    ),
    "the columns that the view uses are enough": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id, amount FROM {ORDERS}"),
            *reads("scratch.v"),
            grant("analyst", columns(ORDERS, "order_id", "amount"), "SELECT"),
        ),
        asks("analyst", "SELECT order_id FROM scratch.v WHERE amount > 30"),
        [[102], [104]],
    ),
    "a column that the view uses in WHERE alone is needed too": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS} WHERE status = 'paid'"),
            *reads("scratch.v"),
            grant("analyst", columns(ORDERS, "order_id"), "SELECT"),
        ),
        asks("analyst", "SELECT * FROM scratch.v"),
        codes("AccessDenied", "ColumnNotFound"),
    ),
    "the base's excluded column is not in the view": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT id, country FROM {CUSTOMERS}"),
            *reads("scratch.v"),
            grant("analyst", but(CUSTOMERS, "email"), "SELECT"),
        ),
        asks("analyst", "SELECT count(*) AS n FROM scratch.v"),
        [[5]],
    ),
    "the base's cells filter holds in the view": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT country, count(*) AS n FROM {CUSTOMERS} GROUP BY country"),
            *reads("scratch.v"),
            filtered(CUSTOMERS, "us", "country = 'US'"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
        ),
        asks("analyst", "SELECT * FROM scratch.v"),
        [["US", 2]],
    ),
    "two readers of one view see their own rows": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT id FROM {CUSTOMERS}"),
            *reads("scratch.v"),
            *reads("scratch.v", to="analyst2"),
            filtered(CUSTOMERS, "us", "country = 'US'"),
            filtered(CUSTOMERS, "fr", "country = 'FR'"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
            grant("analyst2", cells(CUSTOMERS, "fr"), "SELECT"),
            asks("analyst", "SELECT * FROM scratch.v"),
        ),
        asks("analyst2", "SELECT * FROM scratch.v"),
        [[4]],
    ),
    "the view's creator loses the base: he cannot read his view": Case(
        (
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            grant("engineer", table(ORDERS), "SELECT"),
            view("v", f"SELECT order_id FROM {ORDERS}", by="engineer"),
            revoke("engineer", table(ORDERS), "SELECT"),
        ),
        asks("engineer", "SELECT * FROM scratch.v"),
        NO,
    ),
    "and his readers keep reading": Case(
        (
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            grant("engineer", table(ORDERS), "SELECT"),
            view("v", f"SELECT order_id FROM {ORDERS}", by="engineer"),
            revoke("engineer", table(ORDERS), "SELECT"),
            *reads("scratch.v", ORDERS),
        ),
        asks("analyst", "SELECT * FROM scratch.v"),
        ALL_ORDERS,
    ),
    "a view over a view needs all three": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            view("w", "SELECT order_id FROM scratch.v"),
            *reads("scratch.w", ORDERS),
        ),
        asks("analyst", "SELECT * FROM scratch.w"),
        NO,
    ),
    "with all three it is read": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            view("w", "SELECT order_id FROM scratch.v"),
            *reads("scratch.w", "scratch.v", ORDERS),
        ),
        asks("analyst", "SELECT * FROM scratch.w"),
        ALL_ORDERS,
    ),
    "DESCRIBE on the view shows its columns": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            grant("analyst", table("scratch.v"), "DESCRIBE"),
        ),
        gets("analyst", "scratch.v"),
        {COLUMNS_OF: ["order_id"]},
    ),
    "and reads nothing": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            grant("analyst", table("scratch.v"), "DESCRIBE"),
            *reads(ORDERS),
        ),
        asks("analyst", "SELECT * FROM scratch.v"),
        NO,
    ),
    "columns of a view are not granted": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id, amount FROM {ORDERS}")),
        grant("analyst", columns("scratch.v", "order_id"), "SELECT"),
        INVALID,
    ),
    "a view has no cells filter": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}")), filtered("scratch.v", "f", "order_id = 1"), INVALID
    ),
    "DROP on the view drops it": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            grant("analyst", table("scratch.v"), "DROP"),
            asks("analyst", "DROP VIEW scratch.v"),
        ),
        asks("producer", "SHOW TABLES IN scratch"),
        [],
    ),
    "SELECT on the view does not drop it": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.v")),
        asks("analyst", "DROP VIEW scratch.v"),
        NO,
    ),
    "replacing a view needs ALTER": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.v", ORDERS)),
        asks("analyst", f"CREATE OR REPLACE VIEW scratch.v AS SELECT amount FROM {ORDERS}"),
        NO,
    ),
    "with ALTER it is replaced": Case(
        (
            MAKES_VIEWS,
            view("v", f"SELECT order_id FROM {ORDERS}"),
            *reads("scratch.v", ORDERS),
            grant("analyst", table("scratch.v"), "ALTER"),
            asks("analyst", f"CREATE OR REPLACE VIEW scratch.v AS SELECT status FROM {ORDERS}"),
        ),
        asks("analyst", "SELECT DISTINCT status FROM scratch.v WHERE status = 'paid'"),
        [["paid"]],
    ),
    "a view over a column that its maker may not read": Case(
        (
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            grant("engineer", columns(CUSTOMERS, "id"), "SELECT"),
        ),
        view("v", f"SELECT email FROM {CUSTOMERS}", by="engineer"),
        NO_COLUMN,
    ),
    "a view of everything has the columns that its maker reads": Case(
        (
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            grant("engineer", columns(CUSTOMERS, "id", "country"), "SELECT"),
            view("v", f"SELECT * FROM {CUSTOMERS}", by="engineer"),
        ),
        gets("engineer", "scratch.v"),
        {COLUMNS_OF: ["id", "country"]},
    ),
}

DEFINER: dict[str, Case] = {
    "its readers need the view only": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.p")),
        asks("analyst", "SELECT * FROM scratch.p"),
        ALL_ORDERS,
    ),
    "nobody else reads it": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}"), *reads(ORDERS)),
        asks("analyst", "SELECT * FROM scratch.p"),
        HIDDEN,
    ),
    "its readers read nothing of the base": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.p")),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        HIDDEN,
    ),
    "the reader's own filter on the base is none of its business": Case(
        (
            MAKES_VIEWS,
            protected("p", f"SELECT id FROM {CUSTOMERS}"),
            *reads("scratch.p"),
            filtered(CUSTOMERS, "us", "country = 'US'"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
        ),
        asks("analyst", "SELECT count(*) AS n FROM scratch.p"),
        [[5]],
    ),
    "its rows are the ones that it selects": Case(
        (MAKES_VIEWS, protected("p", f"SELECT id FROM {CUSTOMERS} WHERE country = 'US'"), *reads("scratch.p")),
        asks("analyst", "SELECT id FROM scratch.p"),
        [[2], [3]],
    ),
    "a reader by tags": Case(
        (
            MAKES_VIEWS,
            protected("p", f"SELECT order_id FROM {ORDERS}"),
            asks(
                "admin",
                "lakeformation",
                "AddLFTagsToResource",
                Resource=table("scratch.p"),
                LFTags=[{"TagKey": "env", "TagValues": ["dev"]}],
            ),
            grant("analyst", policy("env=dev"), "SELECT"),
        ),
        asks("analyst", "SELECT count(*) AS n FROM scratch.p"),
        [[5]],
    ),
    "a definer through a grant with the option": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
            *reads("scratch.p"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        ALL_ORDERS,
    ),
    "the definer loses the base: nobody reads the view": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
            *reads("scratch.p"),
            revoke("engineer", table(ORDERS), "SELECT", passing="SELECT"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        BROKEN,
    ),
    "the definer keeps some columns: the view needs others": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
            *reads("scratch.p"),
            revoke("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", columns(ORDERS, "amount"), "SELECT"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        BROKEN,
    ),
    "the definer gets the base back: the view is read again": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
            protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
            *reads("scratch.p"),
            revoke("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", table(ORDERS), "SELECT"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        ALL_ORDERS,
    ),
    "without the option on the base": Case(
        (
            grant("engineer", table(ORDERS), "SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
        ),
        protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
        NO,
    ),
    "with the option on some columns": Case(
        (
            grant("engineer", columns(ORDERS, "order_id"), "SELECT", passing="SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
        ),
        protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
        NO,
    ),
    "with a filter and the option on it": Case(
        (
            filtered(ORDERS, "f", "year = 2024"),
            grant("engineer", cells(ORDERS, "f"), "SELECT", passing="SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
        ),
        protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
        NO,
    ),
    "with the option on one base of two": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", table(CUSTOMERS), "SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
        ),
        protected("p", f"SELECT o.order_id FROM {ORDERS} o JOIN {CUSTOMERS} c ON c.id = o.customer_id", by="engineer"),
        NO,
    ),
    "a base inside of a query in WHERE": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", table(CUSTOMERS), "SELECT"),
            grant("engineer", database("scratch"), "CREATE_TABLE"),
        ),
        protected(
            "p", f"SELECT order_id FROM {ORDERS} WHERE customer_id IN (SELECT id FROM {CUSTOMERS})", by="engineer"
        ),
        NO,
    ),
    "without CREATE_TABLE in the database": Case(
        (grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),),
        protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
        NO,
    ),
    "an administrator who reads without the option": Case(
        (grant("admin", table(ORDERS), "SELECT"),), protected("p", f"SELECT order_id FROM {ORDERS}", by="admin"), NO
    ),
    "an administrator who reads some columns": Case(
        (grant("admin", columns(ORDERS, "order_id"), "SELECT"),),
        protected("p", f"SELECT order_id FROM {ORDERS}", by="admin"),
        NO,
    ),
    "over a view": Case(
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}")),
        protected("p", "SELECT order_id FROM scratch.v"),
        codes("other"),
    ),
    "over a protected view": Case(
        (MAKES_VIEWS, protected("q", f"SELECT order_id FROM {ORDERS}")),
        protected("p", "SELECT order_id FROM scratch.q"),
        codes("other"),
    ),
    "over a table in a location that is not registered": Case(
        (MAKES_VIEWS, creates("producer", "scratch.open", at="s3://other-bucket/open/")),
        protected("p", "SELECT lead_id FROM scratch.open"),
        codes("other"),
    ),
    "over a table that IAM decides about": Case(
        (MAKES_VIEWS, grant("IAM_ALLOWED_PRINCIPALS", table(ORDERS), "ALL")),
        protected("p", f"SELECT order_id FROM {ORDERS}"),
        codes("other"),
    ),
    "in a database that IAM decides about": Case(
        (MAKES_VIEWS, grant("IAM_ALLOWED_PRINCIPALS", database("scratch"), "ALL")),
        protected("p", f"SELECT order_id FROM {ORDERS}"),
        codes("other"),
    ),
    "by the root": Case((), protected("p", "SELECT 1 AS a", by="root"), codes("other", "AccessDenied")),
    "a plain view over a protected one": Case(
        (
            MAKES_VIEWS,
            protected("p", f"SELECT order_id FROM {ORDERS}"),
            view("v", "SELECT order_id FROM scratch.p"),
            *reads("scratch.v", "scratch.p"),
        ),
        asks("analyst", "SELECT * FROM scratch.v"),
        ALL_ORDERS,
    ),
    "its text is not shown to readers": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS} WHERE amount > 30"), *reads("scratch.p")),
        gets("analyst", "scratch.p"),
        {COLUMNS_OF: ["order_id"], "Table.ViewOriginalText": None},
    ),
    "EXPLAIN of it names no base to a reader": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.p")),
        asks("analyst", "EXPLAIN SELECT order_id FROM scratch.p"),
        None,
    ),
    "ALTER on it does not let its text be changed": Case(
        (
            MAKES_VIEWS,
            protected("p", f"SELECT order_id FROM {ORDERS}"),
            grant("engineer", table("scratch.p"), "ALL"),
            grant("engineer", table(ORDERS), "SELECT"),
        ),
        asks(
            "engineer",
            f"CREATE OR REPLACE PROTECTED MULTI DIALECT VIEW scratch.p SECURITY DEFINER AS SELECT amount FROM {ORDERS}",
        ),
        NO,
    ),
    "its definer replaces it": Case(
        (
            MAKES_VIEWS,
            protected("p", f"SELECT order_id FROM {ORDERS}"),
            asks(
                "producer",
                "CREATE OR REPLACE PROTECTED MULTI DIALECT VIEW scratch.p SECURITY DEFINER AS"
                f" SELECT amount FROM {ORDERS} WHERE order_id = 100",
            ),
            *reads("scratch.p"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        [[10.0]],
    ),
    "its dialects are not altered here": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}")),
        asks("producer", f"ALTER VIEW scratch.p UPDATE DIALECT AS SELECT amount FROM {ORDERS}"),
        codes("other"),
    ),
    "DROP on it drops it": Case(
        (
            MAKES_VIEWS,
            protected("p", f"SELECT order_id FROM {ORDERS}"),
            grant("analyst", table("scratch.p"), "DROP"),
            asks("analyst", "DROP VIEW scratch.p"),
        ),
        asks("producer", "SHOW TABLES IN scratch"),
        [],
    ),
    "dropped by somebody without DROP": Case(
        (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.p")),
        asks("analyst", "DROP VIEW scratch.p"),
        NO,
    ),
}

WRITES: dict[str, Case] = {
    "CTAS takes permitted rows and cells": Case(
        (
            grant("analyst", database("scratch"), "CREATE_TABLE"),
            filtered(CUSTOMERS, "a", "country = 'US'", ColumnNames=["id", "name"]),
            filtered(CUSTOMERS, "b", "country = 'FR'", ColumnNames=["id", "email"]),
            grant("analyst", cells(CUSTOMERS, "a"), "SELECT"),
            grant("analyst", cells(CUSTOMERS, "b"), "SELECT"),
            asks(
                "analyst",
                "CREATE TABLE scratch.c WITH (external_location='s3://mesh-lake/scratch/c/') AS"
                f" SELECT * FROM {CUSTOMERS}",
            ),
        ),
        asks("analyst", "SELECT id, name, email FROM scratch.c"),
        [[2, "Bob", None], [3, "Chen", None], [4, None, "dora@x.io"]],
    ),
    "the copy carries no filter": Case(
        (
            grant("analyst", database("scratch"), "CREATE_TABLE"),
            filtered(CUSTOMERS, "a", "country = 'US'"),
            grant("analyst", cells(CUSTOMERS, "a"), "SELECT"),
            asks(
                "analyst",
                "CREATE TABLE scratch.c WITH (external_location='s3://mesh-lake/scratch/c/') AS"
                f" SELECT id FROM {CUSTOMERS}",
            ),
        ),
        asks("admin", "lakeformation", "ListDataCellsFilter", Table={"DatabaseName": "scratch", "Name": "c"}),
        {"DataCellsFilters": []},
    ),
    "the copy carries no tag of its source": Case(
        (
            grant("analyst", database("scratch"), "CREATE_TABLE"),
            *reads(ORDERS),
            asks(
                "analyst",
                "CREATE TABLE scratch.c WITH (external_location='s3://mesh-lake/scratch/c/') AS"
                f" SELECT order_id FROM {ORDERS}",
            ),
        ),
        asks("admin", "lakeformation", "GetResourceLFTags", Resource=table("scratch.c")),
        {"LFTagsOnTable": None},
    ),
    "CTAS to a registered place outside of the database": Case(
        (grant("analyst", database("scratch"), "CREATE_TABLE"), *reads(ORDERS)),
        asks(
            "analyst",
            f"CREATE TABLE scratch.c WITH (external_location='s3://mesh-lake/hr/c/') AS SELECT order_id FROM {ORDERS}",
        ),
        NO,
    ),
    "CTAS from a forbidden table makes nothing": Case(
        (grant("analyst", database("scratch"), "CREATE_TABLE"),),
        asks("analyst", f"CREATE TABLE scratch.c AS SELECT * FROM {PAYROLL}"),
        HIDDEN,
    ),
    "INSERT from permitted rows": Case(
        (
            grant("analyst", table("finance.ledger"), "INSERT", "SELECT"),
            filtered(CUSTOMERS, "a", "country = 'US'"),
            grant("analyst", cells(CUSTOMERS, "a"), "SELECT"),
            asks("analyst", f"INSERT INTO finance.ledger SELECT id, name, ltv, country FROM {CUSTOMERS}"),
        ),
        asks("analyst", "SELECT account FROM finance.ledger WHERE region = 'US'"),
        [["Bob"], ["Chen"]],
    ),
    "INSERT with a filter on the target": Case(
        (
            filtered("finance.ledger", "f", "region = 'emea'"),
            grant("analyst", cells("finance.ledger", "f"), "SELECT"),
        ),
        asks("analyst", "INSERT INTO finance.ledger VALUES (9,'rev',1.0,'emea')"),
        NO,
    ),
    "UNLOAD of permitted columns": Case(
        (
            grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),
            asks(
                "analyst",
                f"UNLOAD (SELECT * FROM {CUSTOMERS}) TO 's3://other-bucket/out/' WITH (format='PARQUET')",
            ),
            grant("analyst", database("scratch"), "CREATE_TABLE"),
            creates("analyst", "scratch.out", "id:int email:string", at="s3://other-bucket/out/"),
        ),
        asks("analyst", "SELECT id, email FROM scratch.out WHERE id < 3"),
        [[1, None], [2, None]],
    ),
    "UNLOAD into the lake": Case(
        reads(ORDERS),
        asks("analyst", f"UNLOAD (SELECT * FROM {ORDERS}) TO 's3://mesh-lake/out/' WITH (format='PARQUET')"),
        NO,
    ),
    "a partition found by repair needs ALTER or INSERT": Case(
        reads(ORDERS), asks("analyst", f"MSCK REPAIR TABLE {ORDERS}"), NO
    ),
    "a prepared statement is run with the rights of who runs it": Case(
        (
            *reads(ORDERS),
            asks("analyst", f"PREPARE q FROM SELECT order_id FROM {ORDERS} WHERE order_id = ?"),
            asks("analyst", "EXECUTE q USING 100"),
        ),
        asks("outsider", "EXECUTE q USING 100"),
        HIDDEN,
    ),
    "the group's INSERT": Case(
        (
            grant(EVERYBODY, table("finance.ledger"), "INSERT", "SELECT"),
            asks("outsider", "INSERT INTO finance.ledger VALUES (9,'rev',1.0,'emea')"),
        ),
        asks("outsider", "SELECT count(*) AS n FROM finance.ledger"),
        [[4]],
    ),
    "what replaces the settings changes no grant": Case(
        (*reads(ORDERS), settings(DataLakeAdmins=["steward"])),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        ALL_ORDERS,
    ),
}


def by_glue(who: str, text: str, *bases: str, **more: object) -> Step:
    """A protected view made without Athena."""
    prefix = f"arn:aws:glue:us-east-1:{ACCOUNT}:table"
    definition = {
        "SubObjects": [f"{prefix}/{base.replace('.', '/')}" for base in bases],
        "Representations": [{"Dialect": "ATHENA", "DialectVersion": "3", "ViewOriginalText": text}],
        **more,
    }
    table_input = {
        "Name": "p",
        "TableType": "VIRTUAL_VIEW",
        "StorageDescriptor": {"Columns": [{"Name": "order_id", "Type": "int"}]},
        "ViewDefinition": definition,
    }
    return asks(who, "glue", "CreateTable", DatabaseName="scratch", TableInput=table_input)


ENGINEER = (grant("engineer", database("scratch"), "CREATE_TABLE"), grant("engineer", table(ORDERS), "SELECT"))
BY_GLUE: dict[str, Case] = {
    "its definer holds no grant option": Case(
        ENGINEER, by_glue("engineer", f"SELECT order_id FROM {ORDERS}", ORDERS), codes("AccessDeniedException")
    ),
    "with the grant option it is made": Case(
        (
            *ENGINEER,
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            by_glue("engineer", f"SELECT order_id FROM {ORDERS}", ORDERS),
            *reads("scratch.p"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        ALL_ORDERS,
    ),
    "a base that it does not list is not read": Case(
        (*ENGINEER, by_glue("engineer", f"SELECT order_id FROM {ORDERS}"), *reads("scratch.p")),
        asks("analyst", "SELECT * FROM scratch.p"),
        codes("other"),
    ),
    "nor one beside those that it lists": Case(
        (
            *ENGINEER,
            creates("engineer", "scratch.own", "order_id:int"),
            by_glue(
                "engineer",
                f"SELECT order_id FROM scratch.own UNION ALL SELECT order_id FROM {ORDERS}",
                "scratch.own",
            ),
            *reads("scratch.p"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        codes("other"),
    ),
    "nor what its definer sees of the catalog": Case(
        (
            *ENGINEER,
            by_glue("engineer", "SELECT length(table_name) AS order_id FROM information_schema.tables"),
            *reads("scratch.p"),
        ),
        asks("analyst", "SELECT * FROM scratch.p"),
        codes("other"),
    ),
    "a base that is not there": Case(
        ENGINEER, by_glue("engineer", "SELECT 1 AS order_id", "sales.nosuch"), codes("AccessDeniedException")
    ),
    "a base in another account": Case(
        ENGINEER,
        by_glue("engineer", "SELECT 1 AS order_id", SubObjects=["arn:aws:glue:us-east-1:999999999999:table/a/b"]),
        INVALID,
    ),
    "a definer that is no role": Case(
        ENGINEER, by_glue("engineer", "SELECT 1 AS order_id", Definer=f"arn:aws:iam::{ACCOUNT}:root"), INVALID
    ),
}

LINK = asks(
    "engineer",
    "glue",
    "CreateTable",
    DatabaseName="scratch",
    TableInput={"Name": "link", "TargetTable": {"CatalogId": ACCOUNT, "DatabaseName": "sales", "Name": "orders"}},
)
LINKED = (grant("engineer", database("scratch"), "CREATE_TABLE"), LINK)
LINKS: dict[str, Case] = {
    "a link is made without rights on its target": Case(
        LINKED, gets("engineer", "scratch.link"), {"Table.TargetTable.Name": "orders", "Table.StorageDescriptor": None}
    ),
    "its maker reads nothing by it": Case(LINKED, asks("engineer", "SELECT * FROM scratch.link"), HIDDEN),
    "nobody else sees it": Case(
        (*LINKED, *reads(ORDERS)), gets("analyst", "scratch.link"), codes("AccessDeniedException")
    ),
    "DESCRIBE on the link shows the bare link": Case(
        (*LINKED, grant("analyst", table("scratch.link"), "DESCRIBE")),
        gets("analyst", "scratch.link"),
        {"Table.Name": "link", "Table.StorageDescriptor": None},
    ),
    "and reads nothing": Case(
        (*LINKED, grant("analyst", table("scratch.link"), "DESCRIBE")),
        asks("analyst", "SELECT * FROM scratch.link"),
        HIDDEN,
    ),
    "DESCRIBE on the link and SELECT on the target": Case(
        (*LINKED, grant("analyst", table("scratch.link"), "DESCRIBE"), *reads(ORDERS)),
        asks("analyst", "SELECT order_id FROM scratch.link"),
        ALL_ORDERS,
    ),
    "the target's columns through the link": Case(
        (
            *LINKED,
            grant("analyst", table("scratch.link"), "DESCRIBE"),
            grant("analyst", columns(ORDERS, "order_id"), "SELECT"),
        ),
        gets("analyst", "scratch.link"),
        {COLUMNS_OF: ["order_id"]},
    ),
    "the target's filter through the link": Case(
        (
            *LINKED,
            grant("analyst", table("scratch.link"), "DESCRIBE"),
            filtered(ORDERS, "f", "year = 2023"),
            grant("analyst", cells(ORDERS, "f"), "SELECT"),
        ),
        asks("analyst", "SELECT order_id FROM scratch.link"),
        [[100], [101]],
    ),
    "SELECT is no permission of a link": Case(LINKED, grant("analyst", table("scratch.link"), "SELECT"), INVALID),
    "nor are columns": Case(LINKED, grant("analyst", columns("scratch.link", "order_id"), "SELECT"), INVALID),
    "nor is INSERT": Case(LINKED, grant("analyst", table("scratch.link"), "INSERT"), INVALID),
    "DROP on the link drops the link": Case(
        (
            *LINKED,
            grant("analyst", table("scratch.link"), "DROP"),
            asks("analyst", "glue", "DeleteTable", DatabaseName="scratch", Name="link"),
        ),
        gets("producer", ORDERS),
        {"Table.Name": "orders"},
    ),
    "a dropped target leaves the link": Case(
        (*LINKED, asks("producer", f"DROP TABLE {ORDERS}")),
        gets("engineer", "scratch.link"),
        {"Table.Name": "link"},
    ),
    "a link has no cells filter": Case(LINKED, filtered("scratch.link", "f", "order_id = 1"), INVALID),
    "a protected view reads no link": Case(
        (*LINKED, grant("engineer", table(ORDERS), "SELECT", passing="SELECT")),
        protected("p", "SELECT order_id FROM scratch.link", by="engineer"),
        codes("AccessDenied", "other"),
    ),
    **{
        f"{permission} is no permission of a protected view": Case(
            (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}")),
            grant("analyst", table("scratch.p"), permission),
            INVALID,
        )
        for permission in ("ALTER", "INSERT", "DELETE")
    },
    **{
        f"{permission} is one": Case(
            (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS}")),
            grant("analyst", table("scratch.p"), permission),
            None,
        )
        for permission in ("ALL", "SELECT", "DESCRIBE", "DROP")
    },
}

CASES = (
    PLAIN
    | {f"definer: {name}": case for name, case in DEFINER.items()}
    | WRITES
    | {f"link: {name}": case for name, case in LINKS.items()}
    | {f"by Glue: {name}": case for name, case in BY_GLUE.items()}
)


@pytest.mark.parametrize(
    "name",
    chosen(
        CASES,
        "definer: an administrator who reads without the option",
        "definer: an administrator who reads some columns",
        "definer: over a table in a location that is not registered",
        "definer: in a database that IAM decides about",
    ),
)
def test_views_and_writes(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)


def test_a_protected_view_reads_ten_tables_and_not_eleven(tmp_path: Path) -> None:
    world = mesh("mesh-basic", tmp_path)
    for number in range(11):
        world.do(creates("admin", f"scratch.t{number}"))
    sources = [f"SELECT lead_id FROM scratch.t{number}" for number in range(11)]
    world.do(protected("ten", " UNION ALL ".join(sources[:10]), by="admin"))
    with pytest.raises(Refused, match="at most 10 tables"):
        world.do(protected("eleven", " UNION ALL ".join(sources), by="admin"))
    world.close()


def test_a_base_behind_a_named_query_of_its_own_name_is_a_base(tmp_path: Path) -> None:
    world = mesh("mesh-basic", tmp_path)
    hidden = "WITH orders AS (SELECT * FROM orders) SELECT order_id FROM orders"
    sql = f"CREATE PROTECTED MULTI DIALECT VIEW p SECURITY DEFINER AS {hidden}"
    for step in (
        grant("engineer", table(ORDERS), "SELECT"),
        grant("engineer", database("sales"), "CREATE_TABLE"),
    ):
        world.do(step)
    with pytest.raises(Refused, match="SELECT with the grant option on all columns of sales.orders"):
        world.do(asks("engineer", sql), "sales")
    world.do(asks("producer", sql), "sales")
    world.do(grant("analyst", table("sales.p"), "SELECT"))
    assert len(world.do(asks("analyst", "SELECT * FROM sales.p"))[1]) == 5
    world.close()


def test_a_protected_view_names_its_tables_as_they_are_found_later(tmp_path: Path) -> None:
    world = mesh("mesh-basic", tmp_path)
    world.do(MAKES_VIEWS)
    with pytest.raises(Refused, match="Name the database of each table"):
        world.do(protected("p", "SELECT order_id FROM orders"), "sales")
    world.do(creates("producer", "scratch.orders", "order_id:int"))
    with pytest.raises(Refused, match="Name the database of each table"):
        world.do(protected("p", "SELECT order_id FROM orders"), "sales")
    world.close()


def test_a_protected_view_does_not_show_what_its_definer_sees_of_the_catalog(tmp_path: Path) -> None:
    world = mesh("mesh-basic", tmp_path)
    world.do(MAKES_VIEWS)
    with pytest.raises(Refused, match="can't read information_schema"):
        world.do(protected("p", "SELECT table_name FROM information_schema.tables"))
    world.close()


REASONS: dict[str, tuple[tuple[Step, ...], Step, str]] = {
    "no role": ((), protected("p", f"SELECT order_id FROM {ORDERS}", by="root"), "must be an IAM role"),
    "a view as base": (
        (MAKES_VIEWS, view("v", f"SELECT order_id FROM {ORDERS}")),
        protected("p", "SELECT order_id FROM scratch.v"),
        "can't read a view: scratch.v",
    ),
    "an open location": (
        (MAKES_VIEWS, creates("producer", "scratch.open", at="s3://other-bucket/open/")),
        protected("p", "SELECT lead_id FROM scratch.open"),
        "scratch.open lies in s3://other-bucket/open/, which is not registered",
    ),
    "a base that IAM decides about": (
        (MAKES_VIEWS, grant("IAM_ALLOWED_PRINCIPALS", table(ORDERS), "ALL")),
        protected("p", f"SELECT order_id FROM {ORDERS}"),
        "sales.orders grants to IAM_ALLOWED_PRINCIPALS",
    ),
    "a database that IAM decides about": (
        (MAKES_VIEWS, grant("IAM_ALLOWED_PRINCIPALS", database("scratch"), "ALL")),
        protected("p", f"SELECT order_id FROM {ORDERS}"),
        "Database scratch grants to IAM_ALLOWED_PRINCIPALS",
    ),
    "no option": (
        (grant("engineer", table(ORDERS), "SELECT"), grant("engineer", database("scratch"), "CREATE_TABLE")),
        protected("p", f"SELECT order_id FROM {ORDERS}", by="engineer"),
        "SELECT with the grant option on all columns of sales.orders",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_a_protected_view_is_refused_with_what_it_lacks(name: str, tmp_path: Path) -> None:
    steps, ask, reason = REASONS[name]
    world = mesh("mesh-basic", tmp_path)
    for step in steps:
        world.do(step)
    with pytest.raises(Refused, match=reason):
        world.do(ask)
    world.close()


def test_the_plan_of_a_protected_view_names_no_base(tmp_path: Path) -> None:
    world = mesh("mesh-basic", tmp_path)
    for step in (MAKES_VIEWS, protected("p", f"SELECT order_id FROM {ORDERS} WHERE amount > 30"), *reads("scratch.p")):
        world.do(step)
    _, rows = world.do(asks("analyst", "EXPLAIN SELECT order_id FROM scratch.p"))
    text = "\n".join(row[0] or "" for row in rows)
    assert "order_id" in text
    assert "sales" not in text and "amount" not in text
    world.close()
