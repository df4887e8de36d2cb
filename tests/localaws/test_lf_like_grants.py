"""Named grants, revokes and delegation: cases beside those of the conformance suite, on its meshes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.mesh_world import (
    CATALOG,
    DENIED,
    EVERYBODY,
    HIDDEN,
    INVALID,
    MISSING,
    NO_COLUMN,
    UNREADABLE,
    Case,
    Step,
    arn,
    asks,
    but,
    cells,
    check,
    chosen,
    columns,
    creates,
    database,
    filtered,
    gets,
    grant,
    location,
    policy,
    revoke,
    table,
    tag,
)

CUSTOMERS, ORDERS, PAYROLL = "sales.customers", "sales.orders", "hr.payroll"
MINE = f"Principal.DataLakePrincipalIdentifier=='{arn('analyst')}'"
ALL_ORDERS = [[100], [101], [102], [103], [104]]
COLUMNS_OF = "Table.StorageDescriptor.Columns[].Name"
IDS = f"SELECT order_id FROM {ORDERS}"


def batch(operation: str, *steps: Step, by: str = "admin") -> Step:
    entries = [{"Id": str(number), **step.params} for number, step in enumerate(steps)]
    return asks(by, "lakeformation", operation, Entries=entries)


def lists(who: str, **params: Any) -> Step:
    return asks(who, "lakeformation", "ListPermissions", **params)


def principal(who: str) -> dict[str, str]:
    return {"DataLakePrincipalIdentifier": arn(who)}


UNIONS = {
    "a table grant and a column grant through the group add up": Case(
        (grant(EVERYBODY, columns(CUSTOMERS, "id"), "SELECT"), grant("analyst", columns(CUSTOMERS, "ltv"), "SELECT")),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id ltv",
    ),
    "the group's grant reaches everybody": Case(
        (grant(EVERYBODY, table(ORDERS), "SELECT"),), asks("outsider", IDS), ALL_ORDERS
    ),
    "an administrator is one of everybody": Case(
        (grant(EVERYBODY, table(ORDERS), "SELECT"),), asks("admin", IDS), ALL_ORDERS
    ),
    "the group's grant revoked ends it for all": Case(
        (grant(EVERYBODY, table(ORDERS), "SELECT"), revoke(EVERYBODY, table(ORDERS), "SELECT")),
        asks("outsider", IDS),
        HIDDEN,
    ),
    "one principal cannot be carved out of the group": Case(
        (grant(EVERYBODY, table(ORDERS), "SELECT"),), revoke("outsider", table(ORDERS), "SELECT"), INVALID
    ),
    "all tables and one table: revoking the one leaves the all": Case(
        (
            grant("analyst", table("sales.*"), "SELECT"),
            grant("analyst", table(ORDERS), "SELECT"),
            revoke("analyst", table(ORDERS), "SELECT"),
        ),
        asks("analyst", IDS),
        ALL_ORDERS,
    ),
    "all tables and one table: revoking the all leaves the one": Case(
        (
            grant("analyst", table("sales.*"), "SELECT"),
            grant("analyst", table(ORDERS), "SELECT"),
            revoke("analyst", table("sales.*"), "SELECT"),
        ),
        asks("analyst", "SHOW TABLES IN sales"),
        [["orders"]],
    ),
    "all tables: a table made later is read": Case(
        (grant("analyst", table("scratch.*"), "SELECT"), creates("admin", "scratch.leads")),
        asks("analyst", "SELECT count(*) AS n FROM scratch.leads"),
        [[0]],
    ),
    "all tables: the database is visible, even empty": Case(
        (grant("analyst", table("scratch.*"), "SELECT"),),
        asks("analyst", "glue", "GetDatabase", Name="scratch"),
        {"Database.Name": "scratch"},
    ),
    "all tables with DESCRIBE reads nothing": Case(
        (grant("analyst", table("sales.*"), "DESCRIBE"),), asks("analyst", IDS), UNREADABLE
    ),
    "all tables with DROP drops one": Case(
        (grant("analyst", table("sales.*"), "DROP"),),
        asks("analyst", "glue", "DeleteTable", DatabaseName="sales", Name="orders"),
        None,
    ),
    "the wildcard's column form is the same grant": Case(
        (grant("analyst", but("sales.ALL_TABLES"), "SELECT"),), asks("analyst", IDS), ALL_ORDERS
    ),
    "the wildcard granted as a table is revoked as listed": Case(
        (grant("analyst", table("sales.*"), "SELECT"), revoke("analyst", but("sales.ALL_TABLES"), "SELECT")),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "SELECT on the table is revoked by its column form": Case(
        (grant("analyst", table(ORDERS), "SELECT"), revoke("analyst", but(ORDERS), "SELECT")),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "ALL revoked leaves SELECT granted apart": Case(
        (grant("analyst", table(ORDERS), "ALL", "SELECT"), revoke("analyst", table(ORDERS), "ALL")),
        asks("analyst", IDS),
        ALL_ORDERS,
    ),
    "ALL is not revoked in parts": Case(
        (grant("analyst", table(ORDERS), "ALL"),), revoke("analyst", table(ORDERS), "SELECT"), INVALID
    ),
    "a permission more than was granted is revoked as far as it goes": Case(
        (grant("analyst", table(ORDERS), "SELECT"), revoke("analyst", table(ORDERS), "SELECT", "INSERT")),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "granting twice and revoking once": Case(
        (
            grant("analyst", table(ORDERS), "SELECT"),
            grant("analyst", table(ORDERS), "SELECT", passing="SELECT"),
            revoke("analyst", table(ORDERS), "SELECT", passing="SELECT"),
        ),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "a second grant without the option keeps the option": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("engineer", table(ORDERS), "SELECT"),
        ),
        grant("analyst", table(ORDERS), "SELECT", by="engineer"),
        None,
    ),
    "a revoke of the option that is not there": Case(
        (grant("engineer", table(ORDERS), "SELECT"),),
        revoke("engineer", table(ORDERS), passing="SELECT"),
        INVALID,
    ),
    "a revoke of everything of somebody who has nothing": Case((), revoke("analyst", table(ORDERS), "ALL"), INVALID),
    "a creator's own rights are not revoked": Case((), revoke("producer", table(ORDERS), "ALL"), INVALID),
    "a table made again has none of the old grants": Case(
        (
            grant("analyst", table(ORDERS), "SELECT"),
            asks("producer", "DROP TABLE sales.orders"),
            creates("producer", ORDERS),
        ),
        gets("analyst", ORDERS),
        DENIED,
    ),
    "a table made again is covered by the grant on all tables": Case(
        (
            grant("analyst", table("sales.*"), "DESCRIBE"),
            asks("producer", "DROP TABLE sales.orders"),
            creates("producer", ORDERS),
        ),
        gets("analyst", ORDERS),
        {"Table.Name": "orders"},
    ),
    "a batch: what fails in the middle undoes nothing": Case(
        (
            batch(
                "BatchGrantPermissions",
                grant("analyst", table(ORDERS), "SELECT"),
                grant("analyst", table("sales.nosuch"), "SELECT"),
                grant("analyst", table(PAYROLL), "SELECT"),
            ),
        ),
        asks("analyst", "SELECT count(*) AS n FROM hr.payroll"),
        [[3]],
    ),
    "a batch of revokes: what fails in the middle undoes nothing": Case(
        (
            grant("analyst", table(ORDERS), "SELECT"),
            grant("analyst", table(PAYROLL), "SELECT"),
            batch(
                "BatchRevokePermissions",
                revoke("analyst", table(ORDERS), "SELECT"),
                revoke("analyst", table("finance.ledger"), "SELECT"),
                revoke("analyst", table(PAYROLL), "SELECT"),
            ),
        ),
        asks("analyst", "SELECT count(*) FROM hr.payroll"),
        HIDDEN,
    ),
    "a batch says which entries failed, and why": Case(
        (),
        batch(
            "BatchGrantPermissions",
            grant("analyst", table(ORDERS), "SELECT"),
            grant("analyst", database("sales"), "SELECT"),
            grant("nobody-there", table(ORDERS), "SELECT"),
            grant("analyst", table("sales.nosuch"), "SELECT"),
        ),
        {
            "Failures[].RequestEntry.Id": ["1", "2", "3"],
            "Failures[].Error.ErrorCode": [
                "InvalidInputException",
                "InvalidInputException",
                "EntityNotFoundException",
            ],
        },
    ),
    "a batch by somebody without rights fails entry by entry": Case(
        (),
        batch(
            "BatchGrantPermissions",
            grant("analyst", table(ORDERS), "SELECT"),
            grant("analyst", database("sales"), "DESCRIBE"),
            by="analyst",
        ),
        {"Failures[].Error.ErrorCode": ["AccessDeniedException", "AccessDeniedException"]},
    ),
    "a batch entry sees what an earlier one granted": Case(
        (
            batch(
                "BatchGrantPermissions",
                grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),
                grant("analyst", table(CUSTOMERS), "SELECT"),
            ),
        ),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id",
    ),
}

COLUMNS = {
    "an include list in another order keeps the table's order": Case(
        (grant("analyst", columns(CUSTOMERS, "ltv", "id"), "SELECT"),),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id ltv",
    ),
    "an include list in upper case": Case(
        (grant("analyst", columns(CUSTOMERS, "ID", "Country"), "SELECT"),),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id country",
    ),
    "a column that is not included cannot be selected": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),),
        asks("analyst", f"SELECT email FROM {CUSTOMERS}"),
        NO_COLUMN,
    ),
    "nor ordered by": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),),
        asks("analyst", f"SELECT id FROM {CUSTOMERS} ORDER BY email"),
        NO_COLUMN,
    ),
    "nor grouped by": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),),
        asks("analyst", f"SELECT count(*) FROM {CUSTOMERS} GROUP BY country"),
        NO_COLUMN,
    ),
    "nor joined on": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"), grant("analyst", table(ORDERS), "SELECT")),
        asks("analyst", f"SELECT o.order_id FROM {ORDERS} o JOIN {CUSTOMERS} c ON c.name = o.status"),
        NO_COLUMN,
    ),
    "nor counted": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),),
        asks("analyst", f"SELECT count(email) FROM {CUSTOMERS}"),
        NO_COLUMN,
    ),
    "nor used inside of a query in WHERE": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"), grant("analyst", table(ORDERS), "SELECT")),
        asks("analyst", f"SELECT order_id FROM {ORDERS} WHERE customer_id IN (SELECT ltv FROM {CUSTOMERS})"),
        NO_COLUMN,
    ),
    "what is included can be joined": Case(
        (
            grant("analyst", columns(CUSTOMERS, "id", "country"), "SELECT"),
            grant("analyst", columns(ORDERS, "order_id", "customer_id"), "SELECT"),
        ),
        asks(
            "analyst",
            f"SELECT o.order_id FROM {ORDERS} o JOIN {CUSTOMERS} c ON c.id = o.customer_id WHERE c.country = 'DE'",
        ),
        [[100], [103]],
    ),
    "partition keys come with any column": Case(
        (grant("analyst", columns(ORDERS, "order_id"), "SELECT"),),
        asks("analyst", f"SELECT * FROM {ORDERS}"),
        "order_id year",
    ),
    "two exclude lists hide what both hide": Case(
        (
            grant("analyst", but(CUSTOMERS, "email", "ltv"), "SELECT"),
            grant("analyst", but(CUSTOMERS, "email", "name"), "SELECT"),
        ),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id name country segment ltv",
    ),
    "an include list and an exclude list add up": Case(
        (
            grant("analyst", but(CUSTOMERS, "email", "ltv"), "SELECT"),
            grant("analyst", columns(CUSTOMERS, "ltv"), "SELECT"),
        ),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id name country segment ltv",
    ),
    "a column added later is shown under an exclude list": Case(
        (
            grant("analyst", but(CUSTOMERS, "email"), "SELECT"),
            asks("producer", f"ALTER TABLE {CUSTOMERS} ADD COLUMNS (note string)"),
        ),
        gets("analyst", CUSTOMERS),
        {COLUMNS_OF: ["id", "name", "country", "segment", "ltv", "note"]},
    ),
    "an excluded column that is renamed becomes visible": Case(
        (
            grant("analyst", but(CUSTOMERS, "email"), "SELECT"),
            asks("producer", f"ALTER TABLE {CUSTOMERS} CHANGE COLUMN email mail string"),
        ),
        gets("analyst", CUSTOMERS),
        {COLUMNS_OF: ["id", "name", "mail", "country", "segment", "ltv"]},
    ),
    "an included column that is renamed is hidden": Case(
        (
            grant("analyst", columns(CUSTOMERS, "id", "email"), "SELECT"),
            asks("producer", f"ALTER TABLE {CUSTOMERS} CHANGE COLUMN email mail string"),
        ),
        gets("analyst", CUSTOMERS),
        {COLUMNS_OF: ["id"]},
    ),
    "an exclude list revoked by other columns": Case(
        (grant("analyst", but(CUSTOMERS, "email"), "SELECT"),),
        revoke("analyst", but(CUSTOMERS, "name"), "SELECT"),
        INVALID,
    ),
    "a table's SELECT is not revoked column by column": Case(
        (grant("analyst", table(CUSTOMERS), "SELECT"),),
        revoke("analyst", columns(CUSTOMERS, "email"), "SELECT"),
        INVALID,
    ),
    "an unknown column in a revoke": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT"),),
        revoke("analyst", columns(CUSTOMERS, "nosuch"), "SELECT"),
        INVALID,
    ),
    "column rights through tags narrow nothing that a name gives": Case(
        (grant("analyst", policy("sensitivity=internal"), "SELECT"), grant("analyst", table(CUSTOMERS), "SELECT")),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id name email country segment ltv",
    ),
    "column rights by name and by tags add up": Case(
        (
            grant("analyst", policy("sensitivity=internal"), "SELECT"),
            grant("analyst", columns(CUSTOMERS, "ltv"), "SELECT"),
        ),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id country segment ltv",
    ),
}

DELEGATION = {
    "a database creator passes on CREATE_TABLE": Case(
        (grant("engineer", database("sales"), "CREATE_TABLE", by="producer"), creates("engineer", "sales.leads")),
        gets("engineer", "sales.leads"),
        {"Table.Name": "leads"},
    ),
    "a database creator does not pass on others' tables": Case(
        (grant("engineer", database("sales"), "CREATE_TABLE"), creates("engineer", "sales.leads")),
        grant("analyst", table("sales.leads"), "SELECT", by="producer"),
        DENIED,
    ),
    "a database creator does not grant all tables": Case(
        (), grant("analyst", table("sales.*"), "SELECT", by="producer"), DENIED
    ),
    "a table creator passes on ALL": Case(
        (grant("analyst", table(ORDERS), "ALL", by="producer"),), asks("analyst", "DROP TABLE sales.orders"), []
    ),
    "a table creator passes on columns": Case(
        (grant("analyst", columns(CUSTOMERS, "id"), "SELECT", by="producer"),),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id",
    ),
    "a table creator revokes what the administrator granted": Case(
        (grant("analyst", table(ORDERS), "SELECT"), revoke("analyst", table(ORDERS), "SELECT", by="producer")),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "a grantee revokes what he could have granted": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("analyst", table(ORDERS), "SELECT"),
            revoke("analyst", table(ORDERS), "SELECT", by="engineer"),
        ),
        asks("analyst", IDS),
        HIDDEN,
    ),
    "a grantee without the option revokes nothing": Case(
        (grant("engineer", table(ORDERS), "SELECT"), grant("analyst", table(ORDERS), "SELECT")),
        revoke("analyst", table(ORDERS), "SELECT", by="engineer"),
        DENIED,
    ),
    "a grantee does not revoke his own": Case(
        (grant("analyst", table(ORDERS), "SELECT"),), revoke("analyst", table(ORDERS), "SELECT", by="analyst"), DENIED
    ),
    "the option is passed on with the option": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("analyst", table(ORDERS), "SELECT", passing="SELECT", by="engineer"),
            grant("analyst2", table(ORDERS), "SELECT", by="analyst"),
        ),
        asks("analyst2", IDS),
        ALL_ORDERS,
    ),
    "three hands, and the first is taken away": Case(
        (
            grant("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("analyst", table(ORDERS), "SELECT", passing="SELECT", by="engineer"),
            revoke("engineer", table(ORDERS), "SELECT", passing="SELECT"),
            grant("analyst2", table(ORDERS), "SELECT", by="analyst"),
        ),
        asks("analyst2", IDS),
        ALL_ORDERS,
    ),
    "one permission of two without the option: nothing is granted": Case(
        (grant("engineer", table(ORDERS), "SELECT", "INSERT", passing="SELECT"),),
        grant("analyst", table(ORDERS), "SELECT", "INSERT", by="engineer"),
        DENIED,
    ),
    "the option on all tables passes on columns of one": Case(
        (
            grant("engineer", table("sales.*"), "SELECT", passing="SELECT"),
            grant("analyst", columns(CUSTOMERS, "id"), "SELECT", by="engineer"),
        ),
        asks("analyst", f"SELECT * FROM {CUSTOMERS}"),
        "id",
    ),
    "the option on all tables makes cells filters": Case(
        (
            grant("engineer", table("sales.*"), "SELECT", passing="SELECT"),
            filtered(CUSTOMERS, "us", "country = 'US'", by="engineer"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT", by="engineer"),
        ),
        asks("analyst", f"SELECT id FROM {CUSTOMERS}"),
        [[2], [3]],
    ),
    "the option on some columns makes no filter": Case(
        (grant("engineer", columns(CUSTOMERS, "id", "country"), "SELECT", passing="SELECT"),),
        filtered(CUSTOMERS, "us", "country = 'US'", by="engineer"),
        DENIED,
    ),
    "the option on some columns does not pass on another's filter": Case(
        (
            grant("engineer", columns(CUSTOMERS, "id"), "SELECT", passing="SELECT"),
            filtered(CUSTOMERS, "us", "country = 'US'"),
        ),
        grant("analyst", cells(CUSTOMERS, "us"), "SELECT", by="engineer"),
        DENIED,
    ),
    "the option on a filter passes on the filter": Case(
        (
            filtered(CUSTOMERS, "us", "country = 'US'"),
            grant("engineer", cells(CUSTOMERS, "us"), "SELECT", passing="SELECT"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT", by="engineer"),
        ),
        asks("analyst", f"SELECT id FROM {CUSTOMERS}"),
        [[2], [3]],
    ),
    "the option on a filter does not pass on the table": Case(
        (
            filtered(CUSTOMERS, "us", "country = 'US'"),
            grant("engineer", cells(CUSTOMERS, "us"), "SELECT", passing="SELECT"),
        ),
        grant("analyst", table(CUSTOMERS), "SELECT", by="engineer"),
        DENIED,
    ),
    "the identical expression is passed on": Case(
        (
            grant("engineer", policy("domain=sales sensitivity=public"), "SELECT", passing="SELECT"),
            grant("analyst", policy("sensitivity=public domain=sales"), "SELECT", by="engineer"),
        ),
        asks("analyst", IDS),
        ALL_ORDERS,
    ),
    "the identical expression of the other type is not": Case(
        (grant("engineer", policy("domain=sales"), "DESCRIBE", passing="DESCRIBE"),),
        grant("analyst", policy("domain=sales", "DATABASE"), "DESCRIBE", by="engineer"),
        DENIED,
    ),
    "the identical expression without the option is not": Case(
        (grant("engineer", policy("domain=sales"), "SELECT"),),
        grant("analyst", policy("domain=sales"), "SELECT", by="engineer"),
        DENIED,
    ),
    "the right to use one tag of two": Case(
        (grant("engineer", tag("domain=sales"), "GRANT_WITH_LF_TAG_EXPRESSION"),),
        grant("analyst", policy("domain=sales env=prod"), "SELECT", by="engineer"),
        DENIED,
    ),
    "the right to use both": Case(
        (
            grant("engineer", tag("domain=sales"), "GRANT_WITH_LF_TAG_EXPRESSION"),
            grant("engineer", tag("env=*"), "GRANT_WITH_LF_TAG_EXPRESSION"),
            grant("analyst", policy("domain=sales env=prod"), "SELECT", by="engineer"),
        ),
        asks("analyst", IDS),
        ALL_ORDERS,
    ),
    "the right to use tags reads nothing": Case(
        (grant("engineer", tag("domain=*"), "GRANT_WITH_LF_TAG_EXPRESSION"),), asks("engineer", IDS), HIDDEN
    ),
    "a location's option is passed on for a path below": Case(
        (grant("engineer", location("mesh-lake/scratch"), "DATA_LOCATION_ACCESS", passing="DATA_LOCATION_ACCESS"),),
        grant("analyst", location("mesh-lake/scratch/deep"), "DATA_LOCATION_ACCESS", by="engineer"),
        None,
    ),
    "and not for the path above": Case(
        (grant("engineer", location("mesh-lake/scratch"), "DATA_LOCATION_ACCESS", passing="DATA_LOCATION_ACCESS"),),
        grant("analyst", location("mesh-lake"), "DATA_LOCATION_ACCESS", by="engineer"),
        DENIED,
    ),
    "CREATE_DATABASE is passed on with the option": Case(
        (
            grant("engineer", CATALOG, "CREATE_DATABASE", passing="CREATE_DATABASE"),
            grant("analyst", CATALOG, "CREATE_DATABASE", by="engineer"),
            asks("analyst", "glue", "CreateDatabase", DatabaseInput={"Name": "mine"}),
        ),
        asks("analyst", "glue", "GetDatabase", Name="mine"),
        {"Database.Name": "mine"},
    ),
    "CREATE_DATABASE without the option is not": Case(
        (), grant("analyst", CATALOG, "CREATE_DATABASE", by="producer"), DENIED
    ),
    "CREATE_LF_TAG is passed on with the option": Case(
        (
            grant("steward", CATALOG, "CREATE_LF_TAG", passing="CREATE_LF_TAG"),
            grant("engineer", CATALOG, "CREATE_LF_TAG", by="steward"),
        ),
        asks("engineer", "lakeformation", "CreateLFTag", TagKey="mine", TagValues=["x"]),
        None,
    ),
}

LISTS = {
    "a reader lists his own": Case(
        (grant("analyst", table(ORDERS), "SELECT"), grant("engineer", table(ORDERS), "SELECT")),
        lists("analyst", Resource=table(ORDERS)),
        {"PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier": [arn("analyst")]},
    ),
    "an outsider lists none but the group's": Case(
        (grant("analyst", table(ORDERS), "SELECT"), grant(EVERYBODY, table(ORDERS), "DESCRIBE")),
        lists("outsider", Resource=table(ORDERS)),
        {"PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier": [EVERYBODY]},
    ),
    "an owner lists what he could grant": Case(
        (grant("analyst", table(ORDERS), "SELECT"),),
        lists("producer", Resource=table(ORDERS), Principal=principal("analyst")),
        {"PrincipalResourcePermissions[].Permissions": [["SELECT"]]},
    ),
    "a principal and a table: its grant on all tables too": Case(
        (grant("analyst", table("sales.*"), "SELECT"), grant("analyst", table(ORDERS), "DESCRIBE")),
        lists("admin", Resource=table(ORDERS), Principal=principal("analyst")),
        {
            "PrincipalResourcePermissions[].Resource.TableWithColumns.Name": ["ALL_TABLES"],
            "PrincipalResourcePermissions[].Resource.Table.Name": ["orders"],
        },
    ),
    "columns of one grant stand together": Case(
        (grant("analyst", columns(CUSTOMERS, "country", "id"), "SELECT"),),
        lists("admin", Resource=table(CUSTOMERS), Principal=principal("analyst")),
        {"PrincipalResourcePermissions[].Resource.TableWithColumns.ColumnNames": [["country", "id"]]},
    ),
    "excluded columns are listed as such": Case(
        (grant("analyst", but(CUSTOMERS, "email"), "SELECT"),),
        lists("admin", Resource=table(CUSTOMERS), Principal=principal("analyst")),
        {
            "PrincipalResourcePermissions[].Resource.TableWithColumns.ColumnWildcard.ExcludedColumnNames": [["email"]],
        },
    ),
    "related: the table's filters too": Case(
        (
            filtered(CUSTOMERS, "us", "country = 'US'"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
        ),
        lists("admin", Resource=table(CUSTOMERS), IncludeRelated="TRUE"),
        {"PrincipalResourcePermissions[].Resource.DataCellsFilter.Name": ["us"]},
    ),
    "not related: no filters": Case(
        (
            filtered(CUSTOMERS, "us", "country = 'US'"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
        ),
        lists("admin", Resource=table(CUSTOMERS)),
        {"PrincipalResourcePermissions[].Resource.DataCellsFilter.Name": []},
    ),
    "by a filter": Case(
        (
            filtered(CUSTOMERS, "us", "country = 'US'"),
            filtered(CUSTOMERS, "de", "country = 'DE'"),
            grant("analyst", cells(CUSTOMERS, "us"), "SELECT"),
            grant("analyst", cells(CUSTOMERS, "de"), "SELECT"),
        ),
        lists("admin", Resource=cells(CUSTOMERS, "de")),
        {"PrincipalResourcePermissions[].Resource.DataCellsFilter.Name": ["de"]},
    ),
    "by a tag's value: the grants on that value and on all": Case(
        (
            grant("analyst", tag("domain=sales"), "DESCRIBE"),
            grant("engineer", tag("domain=hr"), "DESCRIBE"),
            grant("steward", tag("domain=*"), "ALTER"),
        ),
        lists("admin", Resource=tag("domain=sales")),
        {
            "sort(PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier)": sorted(
                [arn("admin"), arn("analyst"), arn("steward")]
            )
        },
    ),
    "by an expression": Case(
        (grant("analyst", policy("domain=sales,hr"), "SELECT"), grant("engineer", policy("domain=sales"), "SELECT")),
        lists("admin", Resource=policy("domain=hr,sales")),
        {"PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier": [arn("analyst")]},
    ),
    "by a location": Case(
        (),
        lists("admin", Resource=location("mesh-lake/sales")),
        {"PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier": [arn("producer")]},
    ),
    "by the catalog": Case(
        (),
        lists("admin", Resource=CATALOG),
        {
            "sort(PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier)": sorted(
                [arn("producer"), arn("hrowner")]
            )
        },
    ),
    **{
        f"by the type {kind}": Case(
            (
                grant("analyst", table(ORDERS), "SELECT"),
                grant("analyst", policy("domain=sales"), "SELECT"),
                grant("analyst", policy("domain=sales", "DATABASE"), "DESCRIBE"),
                grant("analyst", tag("domain=sales"), "DESCRIBE"),
            ),
            lists("analyst", ResourceType=kind),
            {f"PrincipalResourcePermissions[?{MINE}].keys(Resource)[]": found},
        )
        for kind, found in (
            ("TABLE", ["TableWithColumns"]),
            ("LF_TAG", ["LFTag"]),
            ("LF_TAG_POLICY", ["LFTagPolicy", "LFTagPolicy"]),
            ("LF_TAG_POLICY_TABLE", ["LFTagPolicy"]),
            ("LF_TAG_POLICY_DATABASE", ["LFTagPolicy"]),
            ("DATA_LOCATION", []),
        )
    },
    "for a path: the tables below it": Case(
        (grant("analyst", table(ORDERS), "SELECT"),),
        asks(
            "admin",
            "lakeformation",
            "GetEffectivePermissionsForPath",
            ResourceArn="arn:aws:s3:::mesh-lake/sales/orders/",
        ),
        {
            "Permissions[].Resource.[Table.Name, TableWithColumns.Name][]": ["orders", "orders"],
            "Permissions[].Resource.DataLocation.ResourceArn": ["arn:aws:s3:::mesh-lake/sales"],
        },
    ),
    "for a path: nothing for an outsider": Case(
        (),
        asks("outsider", "lakeformation", "GetEffectivePermissionsForPath", ResourceArn="arn:aws:s3:::mesh-lake/sales"),
        {"Permissions": []},
    ),
    "a listing in pages": Case(
        (grant("analyst", table(ORDERS), "SELECT", "INSERT", "DROP"),),
        lists("admin", MaxResults=3),
        {"length(PrincipalResourcePermissions)": 3, "NextToken != null": True},
    ),
    "another account's catalog": Case((), lists("admin", CatalogId="999999999999"), MISSING),
}

CASES = UNIONS | COLUMNS | DELEGATION | LISTS


@pytest.mark.parametrize("name", chosen(CASES))
def test_grants(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
