"""Several kinds of grants at once, and what is made again under an old name: beside the conformance suite's cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.localaws.mesh_world import (
    DENIED,
    EVERYBODY,
    HIDDEN,
    INVALID,
    NO_COLUMN,
    Case,
    asks,
    cells,
    check,
    chosen,
    columns,
    creates,
    database,
    filtered,
    gets,
    grant,
    policy,
    revoke,
    saved,
    table,
    tagged,
    untagged,
)

CUSTOMERS, ORDERS, LEDGER = "sales.customers", "sales.orders", "finance.ledger"
IDS, NAMES = f"SELECT order_id FROM {ORDERS}", f"SELECT * FROM {CUSTOMERS}"
ALL_ORDERS = [[100], [101], [102], [103], [104]]
DROPS = asks("producer", "glue", "DeleteTable", DatabaseName="sales", Name="orders")
ANEW = creates("producer", ORDERS, "order_id:int customer_id:int")

CASES = {
    "a column's own value counts, not the table's and the database's": Case(
        (
            tagged(columns(CUSTOMERS, "ltv"), "domain=finance"),
            grant("analyst", policy("domain=finance"), "SELECT"),
        ),
        asks("analyst", NAMES),
        "ltv",
    ),
    "a column overridden is out of what the table gives": Case(
        (tagged(columns(CUSTOMERS, "ltv"), "domain=finance"), grant("analyst", policy("domain=sales"), "SELECT")),
        asks("analyst", f"SELECT ltv FROM {CUSTOMERS}"),
        NO_COLUMN,
    ),
    "two policies give the columns of both": Case(
        (
            tagged(columns(CUSTOMERS, "ltv"), "domain=finance"),
            tagged(columns(CUSTOMERS, "country"), "domain=hr"),
            grant("analyst", policy("domain=finance"), "SELECT"),
            grant("analyst", policy("domain=hr product=customer360"), "SELECT"),
        ),
        asks("analyst", NAMES),
        "country ltv",
    ),
    "an override taken away gives the column back": Case(
        (
            tagged(columns(CUSTOMERS, "ltv"), "domain=finance"),
            grant("analyst", policy("domain=sales"), "SELECT"),
            untagged(columns(CUSTOMERS, "ltv"), "domain=finance"),
        ),
        asks("analyst", f"SELECT count(ltv) AS n FROM {CUSTOMERS}"),
        [[5]],
    ),
    "a table overridden leaves what its database gives, its columns with it": Case(
        (tagged(table(ORDERS), "domain=hr"), grant("analyst", policy("domain=sales"), "SELECT")),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "DROP by tags with one column overridden is not given": Case(
        (tagged(columns(ORDERS, "amount"), "domain=hr"), grant("analyst", policy("domain=sales"), "DROP", "SELECT")),
        asks("analyst", "glue", "DeleteTable", DatabaseName="sales", Name="orders"),
        DENIED,
    ),
    "a policy and a named column add up": Case(
        (
            tagged(columns(CUSTOMERS, "ltv"), "domain=finance"),
            grant("analyst", policy("domain=finance"), "SELECT"),
            grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),
        ),
        asks("analyst", NAMES),
        "id ltv",
    ),
    "a filter on rows and a policy on a column: each in its own rows": Case(
        (
            tagged(columns(CUSTOMERS, "id"), "domain=finance"),
            grant("analyst", policy("domain=finance"), "SELECT"),
            filtered(CUSTOMERS, "us", "country = 'US'", ColumnNames=["name"]),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
        ),
        asks("analyst", f"SELECT id, name FROM {CUSTOMERS}"),
        [[1, None], [2, "Bob"], [3, "Chen"], [4, None], [5, None]],
    ),
    "two filters and the one revoked: the other's rows stay": Case(
        (
            filtered(ORDERS, "food", "product_type = 'food'"),
            filtered(ORDERS, "toys", "product_type = 'toys'"),
            grant("analyst", cells(ORDERS, "food"), "SELECT"),
            grant("analyst", cells(ORDERS, "toys"), "SELECT"),
            revoke("analyst", cells(ORDERS, "food"), "SELECT"),
        ),
        asks("analyst", IDS),
        [[104]],
    ),
    "a filter deleted and made again under its name is granted to nobody": Case(
        (
            filtered(ORDERS, "food", "product_type = 'food'"),
            grant("analyst", cells(ORDERS, "food"), "SELECT"),
            asks(
                "admin",
                "lakeformation",
                "DeleteDataCellsFilter",
                TableCatalogId="111122223333",
                DatabaseName="sales",
                TableName="orders",
                Name="food",
            ),
            filtered(ORDERS, "food", "product_type = 'food'"),
        ),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "a filter through the group and one of his own: rows of both": Case(
        (
            filtered(ORDERS, "food", "product_type = 'food'"),
            filtered(ORDERS, "toys", "product_type = 'toys'"),
            grant(EVERYBODY, cells(ORDERS, "food"), "SELECT"),
            grant("analyst", cells(ORDERS, "toys"), "SELECT"),
        ),
        asks("analyst", IDS),
        [[101], [103], [104]],
    ),
    "a table made again has none of the old one's filters": Case(
        (filtered(ORDERS, "food", "product_type = 'food'"), DROPS, ANEW),
        asks("admin", "lakeformation", "ListDataCellsFilter"),
        {"DataCellsFilters": []},
    ),
    "a table made again has none of the old one's tags but inherits": Case(
        (tagged(table(ORDERS), "domain=hr"), DROPS, ANEW, grant("analyst", policy("domain=hr"), "SELECT")),
        gets("analyst", ORDERS),
        DENIED,
    ),
    "a table made again is reached through its database's tag": Case(
        (DROPS, ANEW, grant("analyst", policy("domain=sales"), "SELECT")),
        gets("analyst", ORDERS),
        {"Table.Name": "orders"},
    ),
    "a table made again is reached through all tables": Case(
        (grant("analyst", table("sales.*"), "SELECT"), DROPS, ANEW), gets("analyst", ORDERS), {"Table.Name": "orders"}
    ),
    "a table made again is not its old readers'": Case(
        (grant("analyst", table(ORDERS), "SELECT"), DROPS, ANEW), gets("analyst", ORDERS), DENIED
    ),
    "ALL revoked leaves SELECT that was granted beside it": Case(
        (
            grant("analyst", table(ORDERS), "ALL"),
            grant("analyst", table(ORDERS), "SELECT"),
            revoke("analyst", table(ORDERS), "ALL"),
        ),
        asks("analyst", IDS),
        ALL_ORDERS,
    ),
    "ALL is not taken by revoking SELECT": Case(
        (grant("analyst", table(ORDERS), "ALL"),), revoke("analyst", table(ORDERS), "SELECT"), INVALID
    ),
    "the grant option revoked alone leaves the permission": Case(
        (
            grant("analyst", table(ORDERS), "SELECT", passing="SELECT"),
            revoke("analyst", table(ORDERS), passing="SELECT"),
        ),
        asks("analyst", IDS),
        ALL_ORDERS,
    ),
    "the grant option revoked alone ends passing on": Case(
        (
            grant("analyst", table(ORDERS), "SELECT", passing="SELECT"),
            revoke("analyst", table(ORDERS), passing="SELECT"),
        ),
        grant("steward", table(ORDERS), "SELECT", by="analyst"),
        DENIED,
    ),
    "a column's grant option passes no other column": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT", passing="SELECT"),),
        grant("steward", columns(CUSTOMERS, "id", "name"), "SELECT", by="analyst"),
        DENIED,
    ),
    "a policy with the grant option passes no narrower one": Case(
        (grant("analyst", policy("domain=sales"), "SELECT", passing="SELECT"),),
        grant("steward", policy("domain=sales product=order-hub"), "SELECT", by="analyst"),
        DENIED,
    ),
    "a policy with the grant option passes no table by name": Case(
        (
            asks(
                "admin",
                "lakeformation",
                "CreateLFTagExpression",
                Name="ours",
                Expression=[{"TagKey": "domain", "TagValues": ["sales"]}],
            ),
            grant("analyst", saved("ours"), "SELECT"),
        ),
        grant("steward", table(ORDERS), "SELECT", by="analyst"),
        DENIED,
    ),
    "DESCRIBE on a database shows no table of it": Case(
        (grant("analyst", database("finance"), "DESCRIBE"),), gets("analyst", LEDGER), DENIED
    ),
}


@pytest.mark.parametrize("name", chosen(CASES))
def test_mixed(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
