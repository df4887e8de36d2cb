"""LF-tags and expressions: cases beside those of the conformance suite, on its meshes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.localaws.mesh_world import (
    CATALOG,
    DENIED,
    HIDDEN,
    INVALID,
    MISSING,
    NO_COLUMN,
    UNREADABLE,
    Case,
    Step,
    asks,
    check,
    chosen,
    columns,
    creates,
    database,
    gets,
    grant,
    pairs,
    policy,
    revoke,
    saved,
    table,
    tag,
    tagged,
    untagged,
)

CUSTOMERS, ORDERS = "sales.customers", "sales.orders"
ALL_ORDERS = [[100], [101], [102], [103], [104]]
COLUMNS_OF = "Table.StorageDescriptor.Columns[].Name"


def reads(text: str, *permissions: str, to: str = "analyst", kind: str = "TABLE") -> Step:
    """A grant by tags to the analyst."""
    return grant(to, policy(text, kind), *(permissions or ("SELECT",)))


def saves(name: str, text: str, by: str = "admin") -> Step:
    return asks(by, "lakeformation", "CreateLFTagExpression", Name=name, Expression=pairs(text))


def tags_of(who: str, resource: dict[str, object], assigned: bool = False) -> Step:
    return asks(who, "lakeformation", "GetResourceLFTags", Resource=resource, ShowAssignedLFTags=assigned)


INHERITANCE = {
    "a table's own value wins over its columns' silence": Case(
        (tagged(table(CUSTOMERS), "sensitivity=public"), reads("sensitivity=public")),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id country segment",
    ),
    "a column keeps its own value when the table's changes": Case(
        (tagged(table(CUSTOMERS), "sensitivity=public"), reads("sensitivity=restricted")),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "name email",
    ),
    "a column's own value removed: the table's comes back": Case(
        (untagged(columns(CUSTOMERS, "email"), "sensitivity=restricted"), reads("sensitivity=internal")),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id email country segment",
    ),
    "the database's value changed reaches tables that have none": Case(
        (tagged(database("hr"), "sensitivity=public"), reads("sensitivity=public domain=hr")),
        asks("analyst", "SELECT * FROM hr.payroll"),
        "emp_id month gross",
    ),
    "the database's value changed does not reach what overrides it": Case(
        (tagged(database("hr"), "sensitivity=public"), reads("sensitivity=public domain=hr")),
        asks("analyst", "SELECT * FROM hr.employees"),
        "emp_id name dept country address",
    ),
    "the database's tag removed: inherited access ends": Case(
        (reads("domain=finance"), untagged(database("finance"), "domain=finance")),
        asks("analyst", "SELECT * FROM finance.ledger"),
        HIDDEN,
    ),
    "the table's override removed: access by the override ends": Case(
        (reads("sensitivity=public"), untagged(table(ORDERS), "sensitivity=public")),
        asks("analyst", f"SELECT * FROM {ORDERS}"),
        HIDDEN,
    ),
    "a table created later in an untagged database has no tags": Case(
        (reads("domain=sales,hr,finance"), creates("admin", "scratch.leads")),
        gets("analyst", "scratch.leads"),
        DENIED,
    ),
    "a column added later inherits the table's tags": Case(
        (
            reads("sensitivity=public"),
            asks("producer", "ALTER TABLE sales.orders ADD COLUMNS (note string)"),
        ),
        gets("analyst", ORDERS),
        {COLUMNS_OF: ["order_id", "customer_id", "product_type", "amount", "status", "note"]},
    ),
    "a tag put on the database after the grant takes effect": Case(
        (reads("env=dev"), tagged(database("finance"), "env=dev")),
        asks("analyst", "SELECT count(*) AS n FROM finance.ledger"),
        [[3]],
    ),
    "a tag on one column shows one column to everybody who matches": Case(
        (tagged(columns("finance.ledger", "region"), "pii=false"), reads("pii=false")),
        asks("analyst", "SELECT * FROM finance.ledger"),
        "region",
    ),
    "a tag on a partition key counts for the key": Case(
        (tagged(columns(ORDERS, "year"), "sensitivity=restricted"), reads("sensitivity=public")),
        asks("analyst", f"SELECT * FROM {ORDERS}"),
        "order_id customer_id product_type amount status",
    ),
    "the hidden partition key cannot be asked for": Case(
        (tagged(columns(ORDERS, "year"), "sensitivity=restricted"), reads("sensitivity=public")),
        asks("analyst", f"SELECT order_id FROM {ORDERS} WHERE year = 2024"),
        NO_COLUMN,
    ),
    "keys and values are the same in any case": Case(
        (reads("DOMAIN=SALES"),), asks("analyst", f"SELECT order_id FROM {ORDERS}"), ALL_ORDERS
    ),
    "assigning in upper case replaces the lower-case value": Case(
        (tagged(table(ORDERS), "Sensitivity=RESTRICTED"),),
        tags_of("admin", table(ORDERS)),
        {"LFTagsOnTable[?TagKey=='sensitivity'].TagValues[]": ["restricted"]},
    ),
    "effective tags of a table are the database's with its own": Case(
        (),
        tags_of("admin", table(ORDERS)),
        {
            "LFTagsOnTable[].[TagKey, TagValues[0]]": [
                ["domain", "sales"],
                ["env", "prod"],
                ["product", "order-hub"],
                ["sensitivity", "public"],
            ]
        },
    ),
    "assigned tags of a table are its own alone": Case(
        (), tags_of("admin", table(ORDERS), assigned=True), {"LFTagsOnTable[].TagKey": ["product", "sensitivity"]}
    ),
    "effective tags of a column are those of three levels": Case(
        (),
        tags_of("admin", columns(CUSTOMERS, "ltv")),
        {"LFTagsOnColumns[0].LFTags[].TagValues[0]": ["sales", "prod", "customer360", "confidential"]},
    ),
    "a dropped table's tags do not come back with a new one": Case(
        (
            asks("producer", "glue", "DeleteTable", DatabaseName="sales", Name="orders"),
            creates("producer", ORDERS),
        ),
        tags_of("producer", table(ORDERS), assigned=True),
        {"LFTagsOnTable": None},
    ),
    "a table of a dropped database is not found by tags": Case(
        (
            reads("domain=finance"),
            asks("admin", "glue", "DeleteDatabase", Name="finance"),
            asks("admin", "glue", "CreateDatabase", DatabaseInput={"Name": "finance"}),
            creates("admin", "finance.ledger"),
        ),
        gets("analyst", "finance.ledger"),
        DENIED,
    ),
}

EXPRESSIONS = {
    "both keys must match on the same column": Case(
        (reads("pii=true sensitivity=confidential"),), asks("analyst", f"SELECT * FROM {CUSTOMERS}"), HIDDEN
    ),
    "three keys": Case(
        (reads("domain=sales env=prod product=order-hub"),),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        ALL_ORDERS,
    ),
    "one key of three does not match": Case(
        (reads("domain=sales env=dev product=order-hub"),), asks("analyst", f"SELECT order_id FROM {ORDERS}"), HIDDEN
    ),
    "the order of keys and values is free": Case(
        (
            reads("sensitivity=public,internal domain=hr,sales"),
            revoke("analyst", policy("domain=sales,hr sensitivity=internal,public"), "SELECT"),
        ),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        HIDDEN,
    ),
    "any value of a key": Case(
        (reads("sensitivity=*"),), asks("analyst", f"SELECT * FROM {CUSTOMERS}"), "id name email country segment ltv"
    ),
    "any value of a key that is on some columns only": Case(
        (reads("pii=*"),), asks("analyst", f"SELECT * FROM {CUSTOMERS}"), "name email"
    ),
    "any value of a key that is nowhere": Case(
        (reads("product=*"),), asks("analyst", "SELECT * FROM finance.ledger"), HIDDEN
    ),
    "two grants on different keys: either opens its tables": Case(
        (reads("product=people"), reads("domain=finance")),
        asks("analyst", "SELECT emp_id FROM hr.employees"),
        [[10], [11], [12]],
    ),
    "two partial matches of one table add up": Case(
        (reads("sensitivity=internal"), reads("sensitivity=confidential domain=sales")),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id country segment ltv",
    ),
    "two partial matches that cover all columns do not give INSERT": Case(
        (reads("sensitivity=internal,confidential", "ALL"), reads("sensitivity=restricted", "ALL")),
        asks("analyst", f"INSERT INTO {CUSTOMERS} VALUES (9,'Zed','z@x.io','DE','retail',1.0)"),
        HIDDEN,
    ),
    "a saved expression is used by two": Case(
        (saves("s", "domain=sales"), grant("analyst", saved("s"), "SELECT"), grant("engineer", saved("s"), "SELECT")),
        asks("engineer", f"SELECT order_id FROM {ORDERS}"),
        ALL_ORDERS,
    ),
    "a saved expression and the same inline are two grants": Case(
        (
            saves("s", "domain=sales"),
            grant("analyst", saved("s"), "SELECT"),
            reads("domain=sales"),
            revoke("analyst", policy("domain=sales"), "SELECT"),
        ),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        ALL_ORDERS,
    ),
    "a saved expression narrowed takes access away": Case(
        (
            saves("s", "domain=sales,finance"),
            grant("analyst", saved("s"), "SELECT"),
            asks("admin", "lakeformation", "UpdateLFTagExpression", Name="s", Expression=pairs("domain=finance")),
        ),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        HIDDEN,
    ),
    "a saved expression's description can be changed, its body must be given": Case(
        (
            saves("s", "domain=sales"),
            asks(
                "admin",
                "lakeformation",
                "UpdateLFTagExpression",
                Name="s",
                Description="ours",
                Expression=pairs("domain=sales"),
            ),
        ),
        asks("admin", "lakeformation", "GetLFTagExpression", Name="s"),
        {"Description": "ours", "Expression[0].TagValues": ["sales"]},
    ),
    "a deleted saved expression cannot be granted by": Case(
        (saves("s", "domain=sales"), asks("admin", "lakeformation", "DeleteLFTagExpression", Name="s")),
        grant("analyst", saved("s"), "SELECT"),
        MISSING,
    ),
    "a database policy gives no table": Case(
        (reads("domain=sales", "DESCRIBE", kind="DATABASE"),), gets("analyst", ORDERS), DENIED
    ),
    "a database policy shows the database": Case(
        (reads("domain=sales", "DESCRIBE", kind="DATABASE"),),
        asks("analyst", "glue", "GetDatabase", Name="sales"),
        {"Database.Name": "sales"},
    ),
    "a database policy with CREATE_TABLE lets a table be made": Case(
        (reads("domain=sales", "CREATE_TABLE", kind="DATABASE"), creates("analyst", "sales.mine")),
        gets("analyst", "sales.mine"),
        {"Table.Name": "mine"},
    ),
    "a database policy with ALL lets the database be dropped": Case(
        (reads("domain=finance", "ALL", kind="DATABASE"),),
        asks("analyst", "glue", "DeleteDatabase", Name="finance"),
        None,
    ),
    "a database policy does not see table overrides": Case(
        (reads("sensitivity=public", "DROP", kind="DATABASE"),),
        asks("analyst", "glue", "DeleteDatabase", Name="sales"),
        DENIED,
    ),
    "a table policy makes the database visible": Case(
        (reads("product=people"),), asks("analyst", "glue", "GetDatabases"), {"DatabaseList[].Name": ["default", "hr"]}
    ),
    "a table policy on DESCRIBE reads nothing": Case(
        (reads("domain=sales", "DESCRIBE"),),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        UNREADABLE,
    ),
    "a partial match with DESCRIBE shows the matching columns": Case(
        (reads("sensitivity=internal", "DESCRIBE"),),
        gets("analyst", CUSTOMERS),
        {COLUMNS_OF: ["id", "country", "segment"]},
    ),
    "a partial match with ALTER shows and does not alter": Case(
        (reads("sensitivity=internal", "ALTER"),),
        asks("analyst", "ALTER TABLE sales.customers ADD COLUMNS (x int)"),
        HIDDEN,
    ),
    "a full match with ALTER alters": Case(
        (
            reads("domain=finance", "ALTER"),
            asks("analyst", "ALTER TABLE finance.ledger ADD COLUMNS (x int)"),
        ),
        gets("admin", "finance.ledger"),
        {COLUMNS_OF: ["entry_id", "account", "amount", "region", "x"]},
    ),
    "a full match with INSERT inserts": Case(
        (
            reads("domain=finance", "INSERT", "SELECT"),
            asks("analyst", "INSERT INTO finance.ledger VALUES (9,'rev',1.0,'emea')"),
        ),
        asks("analyst", "SELECT count(*) AS n FROM finance.ledger"),
        [[4]],
    ),
    "SELECT by tags revoked partly: ALTER stays": Case(
        (reads("domain=finance", "SELECT", "ALTER"), revoke("analyst", policy("domain=finance"), "SELECT")),
        gets("analyst", "finance.ledger"),
        {COLUMNS_OF: ["entry_id", "account", "amount", "region"]},
    ),
    "SELECT by tags revoked: no data": Case(
        (reads("domain=finance", "SELECT", "ALTER"), revoke("analyst", policy("domain=finance"), "SELECT")),
        asks("analyst", "SELECT count(*) FROM finance.ledger"),
        HIDDEN,
    ),
}

VOCABULARY = {
    "a value added can be assigned": Case(
        (asks("admin", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToAdd=["test"]),),
        tagged(database("finance"), "env=test"),
        {"Failures": []},
    ),
    "a value added changes no resource": Case(
        (asks("admin", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToAdd=["test"]),),
        tags_of("admin", database("sales")),
        {"LFTagOnDatabase[?TagKey=='env'].TagValues[]": ["prod"]},
    ),
    "a value that is nowhere can be deleted": Case(
        (asks("admin", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToDelete=["dev"]),),
        asks("admin", "lakeformation", "GetLFTag", TagKey="env"),
        {"TagValues": ["prod"]},
    ),
    "a value that is assigned cannot be deleted": Case(
        (),
        asks("admin", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToDelete=["prod"]),
        INVALID,
    ),
    "a value taken from its resources can be deleted": Case(
        (
            untagged(database("sales"), "env=prod"),
            untagged(database("hr"), "env=prod"),
            asks("admin", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToDelete=["prod"]),
        ),
        asks("admin", "lakeformation", "GetLFTag", TagKey="env"),
        {"TagValues": ["dev"]},
    ),
    "the last value cannot be deleted": Case(
        (),
        asks("admin", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToDelete=["dev", "prod"]),
        INVALID,
    ),
    "a tag made again under an old key revives no grant": Case(
        (
            reads("domain=finance"),
            asks("admin", "lakeformation", "DeleteLFTag", TagKey="domain"),
            asks("admin", "lakeformation", "CreateLFTag", TagKey="domain", TagValues=["finance"]),
            tagged(database("finance"), "domain=finance"),
        ),
        asks("analyst", "SELECT * FROM finance.ledger"),
        HIDDEN,
    ),
    "a deleted tag is out of every listing": Case(
        (asks("admin", "lakeformation", "DeleteLFTag", TagKey="domain"),),
        asks("admin", "lakeformation", "ListLFTags"),
        {"LFTags[].TagKey": ["env", "pii", "product", "sensitivity"]},
    ),
    "the vocabulary is shown to those who hold something on it": Case(
        (grant("analyst", tag("sensitivity=public,internal"), "DESCRIBE"),),
        asks("analyst", "lakeformation", "ListLFTags"),
        {"LFTags[].[TagKey, TagValues]": [["sensitivity", ["public", "internal"]]]},
    ),
    "DESCRIBE does not assign": Case(
        (grant("producer", tag("domain=hr"), "DESCRIBE"),),
        tagged(database("sales"), "domain=hr", by="producer"),
        {"Failures[0].Error.ErrorCode": "AccessDeniedException"},
    ),
    "ASSOCIATE on one value is none on another": Case(
        (grant("producer", tag("domain=hr"), "ASSOCIATE"),),
        tagged(database("sales"), "domain=finance", by="producer"),
        {"Failures[0].Error.ErrorCode": "AccessDeniedException"},
    ),
    "who may assign the value may take it away": Case(
        (grant("producer", tag("domain=sales"), "ASSOCIATE"),),
        untagged(database("sales"), "domain=sales", by="producer"),
        {"Failures": []},
    ),
    "who may not assign the value may not take it away": Case(
        (),
        untagged(database("sales"), "domain=sales", by="producer"),
        {"Failures[0].Error.ErrorCode": "AccessDeniedException"},
    ),
    "one tag of two fails: the other is assigned": Case(
        (
            grant("producer", tag("domain=hr"), "ASSOCIATE"),
            tagged(database("sales"), "domain=hr env=dev", by="producer"),
        ),
        tags_of("admin", database("sales")),
        {"LFTagOnDatabase[].TagValues[]": ["hr", "prod", "internal"]},
    ),
    "a table's creator tags its columns": Case(
        (grant("producer", tag("pii=true"), "ASSOCIATE"), tagged(columns(ORDERS, "amount"), "pii=true", by="producer")),
        tags_of("admin", columns(ORDERS, "amount"), assigned=True),
        {"LFTagsOnColumns[0].LFTags[].TagValues[]": ["true"]},
    ),
    "the database's owner does not tag the tables of others": Case(
        (
            grant("engineer", database("sales"), "CREATE_TABLE"),
            creates("engineer", "sales.byeng"),
            grant("producer", tag("pii=*"), "ASSOCIATE"),
        ),
        tagged(table("sales.byeng"), "pii=true", by="producer"),
        DENIED,
    ),
    "Super with grant option and ASSOCIATE tag a table": Case(
        (
            grant("engineer", table(ORDERS), "ALL", passing="ALL"),
            grant("engineer", tag("pii=*"), "ASSOCIATE"),
        ),
        tagged(table(ORDERS), "pii=false", by="engineer"),
        {"Failures": []},
    ),
    "Super without grant option tags nothing": Case(
        (grant("engineer", table(ORDERS), "ALL"), grant("engineer", tag("pii=*"), "ASSOCIATE")),
        tagged(table(ORDERS), "pii=false", by="engineer"),
        DENIED,
    ),
    "every database permission with grant option tags a database": Case(
        (
            grant(
                "engineer",
                database("sales"),
                *("DESCRIBE", "CREATE_TABLE", "ALTER", "DROP"),
                passing="DESCRIBE CREATE_TABLE ALTER DROP",
            ),
            grant("engineer", tag("env=*"), "ASSOCIATE"),
        ),
        tagged(database("sales"), "env=dev", by="engineer"),
        {"Failures": []},
    ),
    "three of the four tag nothing": Case(
        (
            grant("engineer", database("sales"), "DESCRIBE", "CREATE_TABLE", "ALTER", passing="DESCRIBE ALTER"),
            grant("engineer", tag("env=*"), "ASSOCIATE"),
        ),
        tagged(database("sales"), "env=dev", by="engineer"),
        DENIED,
    ),
    "a tag's creator grants it, and the holder assigns it": Case(
        (
            grant("steward", CATALOG, "CREATE_LF_TAG"),
            asks("steward", "lakeformation", "CreateLFTag", TagKey="retention", TagValues=["30d", "1y"]),
            grant("producer", tag("retention=1y"), "ASSOCIATE", by="steward"),
        ),
        tagged(database("sales"), "retention=1y", by="producer"),
        {"Failures": []},
    ),
    "a tag's creator grants by it": Case(
        (
            grant("steward", CATALOG, "CREATE_LF_TAG"),
            asks("steward", "lakeformation", "CreateLFTag", TagKey="retention", TagValues=["30d"]),
            tagged(database("finance"), "retention=30d"),
            grant("analyst", policy("retention=30d"), "SELECT", by="steward"),
        ),
        asks("analyst", "SELECT count(*) AS n FROM finance.ledger"),
        [[3]],
    ),
    "a tag's creator does not grant by another's tag": Case(
        (
            grant("steward", CATALOG, "CREATE_LF_TAG"),
            asks("steward", "lakeformation", "CreateLFTag", TagKey="retention", TagValues=["30d"]),
        ),
        grant("analyst", policy("retention=30d domain=sales"), "SELECT", by="steward"),
        DENIED,
    ),
    "a tag's creator deletes it": Case(
        (
            grant("steward", CATALOG, "CREATE_LF_TAG"),
            asks("steward", "lakeformation", "CreateLFTag", TagKey="retention", TagValues=["30d"]),
            asks("steward", "lakeformation", "DeleteLFTag", TagKey="retention"),
        ),
        asks("admin", "lakeformation", "GetLFTag", TagKey="retention"),
        MISSING,
    ),
    "ALTER on a tag lets values be added": Case(
        (grant("steward", tag("env=*"), "ALTER"),),
        asks("steward", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToAdd=["test"]),
        None,
    ),
    "DROP on a tag lets it be deleted": Case(
        (grant("steward", tag("env=*"), "DROP"),),
        asks("steward", "lakeformation", "DeleteLFTag", TagKey="env"),
        None,
    ),
    "ASSOCIATE on a tag does not let it be changed": Case(
        (grant("steward", tag("env=*"), "ASSOCIATE"),),
        asks("steward", "lakeformation", "UpdateLFTag", TagKey="env", TagValuesToAdd=["test"]),
        DENIED,
    ),
    "to use a tag in expressions is to see it": Case(
        (grant("steward", tag("env=prod"), "GRANT_WITH_LF_TAG_EXPRESSION"),),
        asks("steward", "lakeformation", "GetLFTag", TagKey="env"),
        {"TagValues": ["prod"]},
    ),
}

SAVED = {
    "who may use a saved expression grants by it": Case(
        (
            saves("s", "domain=sales"),
            grant("steward", {"LFTagExpression": {"Name": "s"}}, "GRANT_WITH_LF_TAG_EXPRESSION"),
            grant("analyst", saved("s"), "SELECT", by="steward"),
        ),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        ALL_ORDERS,
    ),
    "and not by the same expression inline": Case(
        (
            saves("s", "domain=sales"),
            grant("steward", {"LFTagExpression": {"Name": "s"}}, "GRANT_WITH_LF_TAG_EXPRESSION"),
        ),
        grant("analyst", policy("domain=sales"), "SELECT", by="steward"),
        DENIED,
    ),
    "who may only see it does not": Case(
        (saves("s", "domain=sales"), grant("steward", {"LFTagExpression": {"Name": "s"}}, "DESCRIBE")),
        grant("analyst", saved("s"), "SELECT", by="steward"),
        DENIED,
    ),
    "who may see it sees it": Case(
        (saves("s", "domain=sales"), grant("steward", {"LFTagExpression": {"Name": "s"}}, "DESCRIBE")),
        asks("steward", "lakeformation", "GetLFTagExpression", Name="s"),
        {"Expression[].TagKey": ["domain"]},
    ),
    "ALTER on it is not enough to put in tags that one may not use": Case(
        (saves("s", "domain=sales"), grant("steward", {"LFTagExpression": {"Name": "s"}}, "ALTER")),
        asks("steward", "lakeformation", "UpdateLFTagExpression", Name="s", Expression=pairs("domain=hr")),
        DENIED,
    ),
    "its maker passes it on": Case(
        (
            grant("steward", CATALOG, "CREATE_LF_TAG_EXPRESSION"),
            grant("steward", tag("domain=*"), "GRANT_WITH_LF_TAG_EXPRESSION"),
            saves("s", "domain=sales", by="steward"),
        ),
        grant("engineer", {"LFTagExpression": {"Name": "s"}}, "DESCRIBE", by="steward"),
        None,
    ),
    "DROP on it deletes it and what was granted by it": Case(
        (
            saves("s", "domain=sales"),
            grant("analyst", saved("s"), "SELECT"),
            grant("steward", {"LFTagExpression": {"Name": "s"}}, "DROP"),
            asks("steward", "lakeformation", "DeleteLFTagExpression", Name="s"),
        ),
        asks("analyst", f"SELECT order_id FROM {ORDERS}"),
        HIDDEN,
    ),
}

SEARCHES = {
    "tables by a tag of the database": Case(
        (),
        asks("admin", "lakeformation", "SearchTablesByLFTags", Expression=pairs("domain=hr")),
        {"TableList[].Table.Name": ["employees", "payroll"]},
    ),
    "tables by a tag of columns": Case(
        (),
        asks("admin", "lakeformation", "SearchTablesByLFTags", Expression=pairs("sensitivity=restricted")),
        {
            "TableList[].Table.Name": ["employees", "customers"],
            "TableList[].LFTagsOnColumns[].Name": ["salary", "name", "email"],
        },
    ),
    "tables by two keys": Case(
        (),
        asks("admin", "lakeformation", "SearchTablesByLFTags", Expression=pairs("domain=sales sensitivity=public")),
        {"TableList[].Table.Name": ["orders"]},
    ),
    "databases by their own tags": Case(
        (),
        asks("admin", "lakeformation", "SearchDatabasesByLFTags", Expression=pairs("sensitivity=confidential")),
        {"DatabaseList[].Database.Name": ["finance", "hr"]},
    ),
    "databases never by their tables' tags": Case(
        (),
        asks("admin", "lakeformation", "SearchDatabasesByLFTags", Expression=pairs("product=people")),
        {"DatabaseList": []},
    ),
    "a reader finds what he sees, with the tags that he may know": Case(
        (
            grant("analyst", tag("domain=*"), "DESCRIBE"),
            grant("analyst", columns(CUSTOMERS, "id", "ltv"), "SELECT"),
        ),
        asks("analyst", "lakeformation", "SearchTablesByLFTags", Expression=pairs("domain=sales,hr")),
        {
            "TableList[].Table.Name": ["customers"],
            "TableList[].LFTagsOnColumns[].Name": ["id", "ltv"],
            "TableList[].LFTagsOnColumns[].LFTags[].TagKey": ["domain", "domain"],
            "TableList[].LFTagsOnTable[].TagKey": ["domain"],
        },
    ),
    "a star is the values that the caller may know of": Case(
        (
            grant("analyst", tag("domain=hr"), "DESCRIBE"),
            grant("analyst", table(ORDERS), "DESCRIBE"),
            grant("analyst", table("hr.payroll"), "DESCRIBE"),
        ),
        asks("analyst", "lakeformation", "SearchTablesByLFTags", Expression=pairs("domain=*")),
        {"TableList[].Table.Name": ["payroll"]},
    ),
    "a tag that the caller may not know of": Case(
        (grant("analyst", table(ORDERS), "SELECT"),),
        asks("analyst", "lakeformation", "SearchTablesByLFTags", Expression=pairs("domain=sales")),
        DENIED,
    ),
    "a tag that does not exist": Case(
        (), asks("admin", "lakeformation", "SearchTablesByLFTags", Expression=pairs("nosuch=x")), MISSING
    ),
    "pages": Case(
        (),
        asks("admin", "lakeformation", "SearchTablesByLFTags", Expression=pairs("env=prod"), MaxResults=2),
        {"TableList[].Table.Name": ["employees", "payroll"], "NextToken != null": True},
    ),
}

CASES = INHERITANCE | EXPRESSIONS | VOCABULARY | SAVED | SEARCHES


@pytest.mark.parametrize(
    "name",
    chosen(
        CASES,
        "a star is the values that the caller may know of",
        "a reader finds what he sees, with the tags that he may know",
    ),
)
def test_tags(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
