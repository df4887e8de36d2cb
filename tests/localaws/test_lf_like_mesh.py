"""Administrators, creators, locations, IAM's own tables, statements that write: cases beside those of the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.mesh_world import (
    CATALOG,
    DENIED,
    EVERYBODY,
    HIDDEN,
    IAM_ALLOWED,
    INVALID,
    MISSING,
    Case,
    Step,
    arn,
    asks,
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
    location,
    policy,
    revoke,
    settings,
    table,
    tagged,
)

ORDERS, CUSTOMERS, PAYROLL, EVENTS = "sales.orders", "sales.customers", "hr.payroll", "legacy.events"
COLUMNS_OF = "Table.StorageDescriptor.Columns[].Name"
NO = codes("AccessDenied")
IAM_DEFAULTS = [{"Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED}, "Permissions": ["ALL"]}]
OPEN = {"CreateDatabaseDefaultPermissions": IAM_DEFAULTS, "CreateTableDefaultPermissions": IAM_DEFAULTS}
READ_ONLY = settings(ReadOnlyAdmins=["auditor"])


def lf(who: str, operation: str, **params: Any) -> Step:
    return asks(who, "lakeformation", operation, **params)


def glue(who: str, operation: str, **params: Any) -> Step:
    return asks(who, "glue", operation, **params)


def makes(who: str, name: str, **more: Any) -> Step:
    return glue(who, "CreateDatabase", DatabaseInput={"Name": name, **more})


def opts(operation: str, who: str, resource: dict[str, Any], by: str = "admin") -> Step:
    return lf(by, operation, Principal={"DataLakePrincipalIdentifier": arn(who)}, Resource=resource)


def registers(path: str, by: str = "admin", **more: Any) -> Step:
    return lf(by, "RegisterResource", ResourceArn=f"arn:aws:s3:::{path}", RoleArn=arn("admin"), **more)


ADMINISTRATORS: dict[str, Case] = {
    "an administrator describes every database": Case(
        (), glue("admin", "GetDatabase", Name="hr"), {"Database.Name": "hr"}
    ),
    "an administrator lists every table": Case((), asks("admin", "SHOW TABLES IN hr"), [["employees"], ["payroll"]]),
    "an administrator does not alter": Case((), asks("admin", f"ALTER TABLE {PAYROLL} ADD COLUMNS (x int)"), NO),
    "an administrator does not drop a database": Case((), glue("admin", "DeleteDatabase", Name="hr"), DENIED),
    "an administrator does not insert": Case((), asks("admin", f"INSERT INTO {PAYROLL} VALUES (1,'2024-01',1)"), NO),
    "an administrator does not count rows": Case((), asks("admin", f"SELECT count(*) FROM {PAYROLL}"), NO),
    "an administrator sees no partition": Case(
        (), glue("admin", "GetPartitions", DatabaseName="sales", TableName="orders"), DENIED
    ),
    "an administrator does not make tables in another's database": Case((), creates("admin", "hr.mine"), DENIED),
    "an administrator makes databases anywhere": Case(
        (makes("admin", "mine", LocationUri="s3://mesh-lake/mine/"),), creates("admin", "mine.t"), None
    ),
    "an administrator filters cells of others": Case((), filtered(PAYROLL, "f", "gross > 1"), None),
    "an administrator tags what others own": Case((), tagged(table(PAYROLL), "env=dev"), {"Failures": []}),
    "an administrator grants and takes back": Case(
        (grant("admin", table(PAYROLL), "SELECT"), revoke("admin", table(PAYROLL), "SELECT")),
        asks("admin", f"SELECT * FROM {PAYROLL}"),
        codes("AccessDenied", "ColumnNotFound"),
    ),
    "an administrator who is replaced loses all of it": Case(
        (settings(DataLakeAdmins=["steward"]),), gets("admin", PAYROLL), DENIED
    ),
    "an administrator who is replaced keeps what he was granted": Case(
        (grant("admin", table(PAYROLL), "SELECT"), settings(DataLakeAdmins=["steward"])),
        asks("admin", f"SELECT count(*) AS n FROM {PAYROLL}"),
        [[3]],
    ),
    "a new administrator grants": Case(
        (settings(DataLakeAdmins=["admin", "steward"]),),
        grant("analyst", table(PAYROLL), "SELECT", by="steward"),
        None,
    ),
    "a read-only administrator lists the tags": Case((READ_ONLY,), lf("auditor", "ListLFTags"), {"length(LFTags)": 5}),
    "a read-only administrator sees the tags of a column": Case(
        (READ_ONLY,),
        lf("auditor", "GetResourceLFTags", Resource=columns(CUSTOMERS, "ltv")),
        {"LFTagsOnColumns[0].LFTags[?TagKey=='sensitivity'].TagValues[]": ["confidential"]},
    ),
    "a read-only administrator lists everybody's grants": Case(
        (READ_ONLY, grant("analyst", table(PAYROLL), "SELECT")),
        lf("auditor", "ListPermissions", Resource=table(PAYROLL)),
        {
            "sort(PrincipalResourcePermissions[].Principal.DataLakePrincipalIdentifier)": sorted(
                [arn("analyst"), arn("hrowner")]
            )
        },
    ),
    "a read-only administrator sees filters": Case(
        (READ_ONLY, filtered(PAYROLL, "f", "gross > 1")),
        lf("auditor", "ListDataCellsFilter"),
        {"DataCellsFilters[].Name": ["f"]},
    ),
    "a read-only administrator revokes nothing": Case(
        (READ_ONLY, grant("analyst", table(PAYROLL), "SELECT")),
        revoke("analyst", table(PAYROLL), "SELECT", by="auditor"),
        DENIED,
    ),
    "a read-only administrator makes no tag": Case(
        (READ_ONLY,), lf("auditor", "CreateLFTag", TagKey="x", TagValues=["y"]), DENIED
    ),
    "a read-only administrator assigns no tag": Case(
        (READ_ONLY,), tagged(table(PAYROLL), "env=dev", by="auditor"), DENIED
    ),
    "a read-only administrator makes no filter": Case((READ_ONLY,), filtered(PAYROLL, "f", None, by="auditor"), DENIED),
    "a read-only administrator registers nothing": Case((READ_ONLY,), registers("mesh-open", by="auditor"), DENIED),
    "a read-only administrator makes no database": Case((READ_ONLY,), makes("auditor", "mine"), DENIED),
    "a read-only administrator does not administer": Case(
        (READ_ONLY,), lf("auditor", "PutDataLakeSettings", DataLakeSettings={}), DENIED
    ),
    "a read-only administrator who may read reads": Case(
        (READ_ONLY, grant("auditor", table(PAYROLL), "SELECT")),
        asks("auditor", f"SELECT count(*) AS n FROM {PAYROLL}"),
        [[3]],
    ),
    "one column of a read-only administrator: he sees the schema and reads the column": Case(
        (READ_ONLY, grant("auditor", columns(PAYROLL, "month"), "SELECT")),
        asks("auditor", f"SELECT * FROM {PAYROLL}"),
        "month",
    ),
    "and his schema stays whole": Case(
        (READ_ONLY, grant("auditor", columns(PAYROLL, "month"), "SELECT")),
        gets("auditor", PAYROLL),
        {COLUMNS_OF: ["emp_id", "month", "gross"]},
    ),
    "nobody makes himself administrator": Case(
        (), lf("producer", "PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": []}), DENIED
    ),
    "the root settles who administers": Case(
        (), lf("root", "PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": []}), None
    ),
    "the root reads no governed data": Case((), asks("root", f"SELECT * FROM {PAYROLL}"), HIDDEN),
    "the root grants nothing": Case((), grant("analyst", table(PAYROLL), "SELECT", by="root"), DENIED),
    "more than thirty read-only administrators": Case(
        (),
        lf(
            "admin",
            "PutDataLakeSettings",
            DataLakeSettings={
                "ReadOnlyAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::1:role/a{n}"} for n in range(31)]
            },
        ),
        INVALID,
    ),
    "thirty administrators": Case((), settings(DataLakeAdmins=[f"arn:aws:iam::1:role/a{n}" for n in range(30)]), None),
}

CREATORS: dict[str, Case] = {
    "a database's creator sees it": Case(
        (makes("producer", "mine"),), glue("producer", "GetDatabase", Name="mine"), {"Database.Name": "mine"}
    ),
    "others do not": Case((makes("producer", "mine"),), glue("analyst", "GetDatabase", Name="mine"), DENIED),
    "a database's creator drops it": Case(
        (makes("producer", "mine"),), glue("producer", "DeleteDatabase", Name="mine"), None
    ),
    "a database's creator makes tables in it": Case(
        (makes("producer", "mine"),), creates("producer", "mine.t", at="s3://other-bucket/t/"), None
    ),
    "a database's creator lists no table of others": Case(
        (grant("engineer", database("sales"), "CREATE_TABLE"), creates("engineer", "sales.byeng")),
        asks("producer", "SHOW TABLES IN sales"),
        [["customers"], ["orders"]],
    ),
    "a table's creator sees the database": Case(
        (
            grant("engineer", database("sales"), "CREATE_TABLE"),
            creates("engineer", "sales.byeng"),
            revoke("engineer", database("sales"), "CREATE_TABLE"),
        ),
        glue("engineer", "GetDatabase", Name="sales"),
        {"Database.Name": "sales"},
    ),
    "a table's creator without CREATE_TABLE makes no second one": Case(
        (
            grant("engineer", database("sales"), "CREATE_TABLE"),
            creates("engineer", "sales.byeng"),
            revoke("engineer", database("sales"), "CREATE_TABLE"),
        ),
        creates("engineer", "sales.more"),
        DENIED,
    ),
    "a table's creator drops it": Case(
        (grant("engineer", database("sales"), "CREATE_TABLE"), creates("engineer", "sales.byeng")),
        asks("engineer", "DROP TABLE sales.byeng"),
        [],
    ),
    "CREATE_DATABASE revoked: no more databases": Case(
        (revoke("producer", CATALOG, "CREATE_DATABASE"),), makes("producer", "mine"), DENIED
    ),
    "CREATE_DATABASE for everybody": Case(
        (grant(EVERYBODY, CATALOG, "CREATE_DATABASE"),), makes("outsider", "mine"), None
    ),
    "CREATE_TABLE alone does not drop": Case(
        (grant("engineer", database("sales"), "CREATE_TABLE"),),
        glue("engineer", "DeleteDatabase", Name="sales"),
        DENIED,
    ),
    "ALTER alone changes a database's description": Case(
        (grant("engineer", database("sales"), "ALTER"),),
        glue("engineer", "UpdateDatabase", Name="sales", DatabaseInput={"Name": "sales", "Description": "x"}),
        None,
    ),
    "DESCRIBE alone does not": Case(
        (grant("engineer", database("sales"), "DESCRIBE"),),
        glue("engineer", "UpdateDatabase", Name="sales", DatabaseInput={"Name": "sales"}),
        DENIED,
    ),
    "DROP on the database does not drop a table by name": Case(
        (grant("engineer", database("sales"), "DROP"),),
        glue("engineer", "DeleteTable", DatabaseName="sales", Name="orders"),
        DENIED,
    ),
    "ALTER alone does not drop a table": Case(
        (grant("engineer", table(ORDERS), "ALTER"),), asks("engineer", f"DROP TABLE {ORDERS}"), NO
    ),
    "DROP alone drops a table": Case(
        (grant("engineer", table(ORDERS), "DROP"),), asks("engineer", f"DROP TABLE {ORDERS}"), []
    ),
    "SELECT alone does not alter": Case(
        (grant("engineer", table(ORDERS), "SELECT"),), asks("engineer", f"ALTER TABLE {ORDERS} ADD COLUMNS (x int)"), NO
    ),
    "DESCRIBE alone does not insert": Case(
        (grant("engineer", table("finance.ledger"), "DESCRIBE"),),
        asks("engineer", "INSERT INTO finance.ledger VALUES (9,'rev',1.0,'emea')"),
        NO,
    ),
    "INSERT alone inserts": Case(
        (
            grant("engineer", table("finance.ledger"), "INSERT"),
            asks("engineer", "INSERT INTO finance.ledger VALUES (9,'rev',1.0,'emea')"),
            grant("admin", table("finance.ledger"), "SELECT"),
        ),
        asks("admin", "SELECT count(*) AS n FROM finance.ledger"),
        [[4]],
    ),
    "INSERT alone adds a partition": Case(
        (grant("engineer", table(ORDERS), "INSERT"),),
        asks("engineer", f"ALTER TABLE {ORDERS} ADD PARTITION (year=2030)"),
        [],
    ),
    "DELETE alone drops one": Case(
        (grant("engineer", table(ORDERS), "DELETE"),),
        glue("engineer", "DeletePartition", DatabaseName="sales", TableName="orders", PartitionValues=["2023"]),
        None,
    ),
    "SELECT alone drops none": Case(
        (grant("engineer", table(ORDERS), "SELECT"),),
        glue("engineer", "DeletePartition", DatabaseName="sales", TableName="orders", PartitionValues=["2023"]),
        DENIED,
    ),
    "a batch of drops drops what it may": Case(
        (
            grant("engineer", table(ORDERS), "DROP"),
            glue("engineer", "BatchDeleteTable", DatabaseName="sales", TablesToDelete=["customers", "orders"]),
        ),
        asks("admin", "SHOW TABLES IN sales"),
        [["customers"]],
    ),
}

LOCATIONS: dict[str, Case] = {
    "CREATE_TABLE and the location": Case(
        (
            makes("admin", "bare"),
            grant("engineer", database("bare"), "CREATE_TABLE"),
            grant("engineer", location("mesh-lake/raw"), "DATA_LOCATION_ACCESS"),
        ),
        creates("engineer", "bare.t", at="s3://mesh-lake/raw/t/"),
        None,
    ),
    "a location next to the granted one": Case(
        (
            makes("admin", "bare"),
            grant("engineer", database("bare"), "CREATE_TABLE"),
            grant("engineer", location("mesh-lake/raw"), "DATA_LOCATION_ACCESS"),
        ),
        creates("engineer", "bare.t", at="s3://mesh-lake/raw2/t/"),
        DENIED,
    ),
    "below the database's own registered location": Case(
        (grant("engineer", database("scratch"), "CREATE_TABLE"),), creates("engineer", "scratch.t"), None
    ),
    "beside the database's own location": Case(
        (grant("engineer", database("scratch"), "CREATE_TABLE"),),
        creates("engineer", "scratch.t", at="s3://mesh-lake/sales/t/"),
        DENIED,
    ),
    "a path that is not registered": Case(
        (grant("engineer", database("scratch"), "CREATE_TABLE"),),
        creates("engineer", "scratch.t", at="s3://other-bucket/t/"),
        None,
    ),
    "the location revoked": Case(
        (
            makes("admin", "bare"),
            grant("engineer", database("bare"), "CREATE_TABLE"),
            grant("engineer", location("mesh-lake/raw"), "DATA_LOCATION_ACCESS"),
            revoke("engineer", location("mesh-lake/raw"), "DATA_LOCATION_ACCESS"),
        ),
        creates("engineer", "bare.t", at="s3://mesh-lake/raw/t/"),
        DENIED,
    ),
    "the location for everybody": Case(
        (
            makes("admin", "bare"),
            grant("engineer", database("bare"), "CREATE_TABLE"),
            grant(EVERYBODY, location("mesh-lake/raw"), "DATA_LOCATION_ACCESS"),
        ),
        creates("engineer", "bare.t", at="s3://mesh-lake/raw/t/"),
        None,
    ),
    "a table moved to a registered place": Case(
        (grant("engineer", table(ORDERS), "ALTER"),),
        asks("engineer", f"ALTER TABLE {ORDERS} SET LOCATION 's3://mesh-lake/hr/'"),
        NO,
    ),
    "a table altered where it lies": Case(
        (grant("engineer", table(ORDERS), "ALTER"),), asks("engineer", f"ALTER TABLE {ORDERS} ADD COLUMNS (x int)"), []
    ),
    "a partition put at a registered place": Case(
        (grant("engineer", table(ORDERS), "ALTER"),),
        asks("engineer", f"ALTER TABLE {ORDERS} ADD PARTITION (year=2030) LOCATION 's3://mesh-lake/hr/'"),
        NO,
    ),
    "a database made at a registered place": Case(
        (grant("engineer", CATALOG, "CREATE_DATABASE"),),
        makes("engineer", "mine", LocationUri="s3://mesh-lake/hr/"),
        DENIED,
    ),
    "access to a location reads nothing": Case(
        (grant("engineer", location("mesh-lake/hr"), "DATA_LOCATION_ACCESS"),),
        asks("engineer", f"SELECT * FROM {PAYROLL}"),
        HIDDEN,
    ),
    "a reader needs no location": Case(
        (grant("engineer", table(PAYROLL), "SELECT"),), asks("engineer", f"SELECT count(*) AS n FROM {PAYROLL}"), [[3]]
    ),
    "an unregistered location is not granted": Case(
        (), grant("engineer", location("other-bucket"), "DATA_LOCATION_ACCESS"), INVALID
    ),
    "a location registered twice": Case((), registers("mesh-lake"), codes("AlreadyExistsException")),
    "a location inside of a registered one": Case(
        (registers("mesh-lake/hr", HybridAccessEnabled=True),),
        lf("admin", "DescribeResource", ResourceArn="arn:aws:s3:::mesh-lake/hr"),
        {"ResourceInfo.HybridAccessEnabled": True},
    ),
    "a location that is not there": Case(
        (), lf("admin", "DescribeResource", ResourceArn="arn:aws:s3:::mesh-lake/hr"), MISSING
    ),
    "deregistered: data is read with one's own rights": Case(
        (
            grant("analyst", table(PAYROLL), "SELECT"),
            lf("admin", "DeregisterResource", ResourceArn="arn:aws:s3:::mesh-lake"),
        ),
        asks("analyst", f"SELECT * FROM {PAYROLL}"),
        codes("AccessDenied", "other"),
    ),
    "locations by their prefix": Case(
        (registers("mesh-open"), registers("mesh-lake/hr")),
        lf(
            "admin",
            "ListResources",
            FilterConditionList=[
                {
                    "Field": "RESOURCE_ARN",
                    "ComparisonOperator": "BEGINS_WITH",
                    "StringValueList": ["arn:aws:s3:::mesh-lake"],
                }
            ],
        ),
        {"ResourceInfoList[].ResourceArn": ["arn:aws:s3:::mesh-lake", "arn:aws:s3:::mesh-lake/hr"]},
    ),
    "locations in pages": Case(
        (registers("mesh-open"),),
        lf("admin", "ListResources", MaxResults=1),
        {"length(ResourceInfoList)": 1, "NextToken != null": True},
    ),
    "registering is for administrators": Case((), registers("mesh-open", by="producer"), DENIED),
    "registering with the service's own role": Case(
        (lf("admin", "RegisterResource", ResourceArn="arn:aws:s3:::mesh-open", UseServiceLinkedRole=True),),
        lf("admin", "DescribeResource", ResourceArn="arn:aws:s3:::mesh-open"),
        {"ends_with(ResourceInfo.RoleArn, 'AWSServiceRoleForLakeFormationDataAccess')": True},
    ),
}

# The legacy mesh: IAM_ALLOWED_PRINCIPALS holds ALL on legacy and legacy.events, in a hybrid location.
LEGACY: dict[str, Case] = {
    "everybody reads what IAM decides about": Case(
        (), asks("outsider", f"SELECT * FROM {EVENTS}"), [[1, "click", "s1"], [2, "view", "s2"]]
    ),
    "narrower grants do not narrow it": Case(
        (grant("analyst", columns(EVENTS, "id"), "SELECT"),),
        asks("analyst", f"SELECT * FROM {EVENTS}"),
        "id kind secret",
    ),
    "a filter does not narrow it": Case(
        (filtered(EVENTS, "f", "id = 1"), grant("analyst", cells(EVENTS, "f"), "SELECT")),
        asks("analyst", f"SELECT id FROM {EVENTS}"),
        [[1], [2]],
    ),
    "revoked on the database alone: the table stays open": Case(
        (revoke("IAM_ALLOWED_PRINCIPALS", database("legacy"), "ALL"),),
        asks("outsider", f"SELECT id FROM {EVENTS}"),
        [[1], [2]],
    ),
    "revoked on the table alone: others' tables may still be made": Case(
        (revoke("IAM_ALLOWED_PRINCIPALS", table(EVENTS), "ALL"),),
        creates("outsider", "legacy.mine", at="s3://other-bucket/mine/"),
        None,
    ),
    "revoked on both: the database is invisible": Case(
        (
            revoke("IAM_ALLOWED_PRINCIPALS", table(EVENTS), "ALL"),
            revoke("IAM_ALLOWED_PRINCIPALS", database("legacy"), "ALL"),
        ),
        glue("outsider", "GetDatabase", Name="legacy"),
        DENIED,
    ),
    "revoked on the table: filters hold": Case(
        (
            revoke("IAM_ALLOWED_PRINCIPALS", table(EVENTS), "ALL"),
            filtered(EVENTS, "f", "id = 1"),
            grant("analyst", cells(EVENTS, "f"), "SELECT"),
        ),
        asks("analyst", f"SELECT id FROM {EVENTS}"),
        [[1]],
    ),
    "granted again: open again": Case(
        (revoke("IAM_ALLOWED_PRINCIPALS", table(EVENTS), "ALL"), grant("IAM_ALLOWED_PRINCIPALS", table(EVENTS), "ALL")),
        asks("outsider", f"SELECT id FROM {EVENTS}"),
        [[1], [2]],
    ),
    "new tables are open by default": Case(
        (creates("producer", "legacy.more", at="s3://other-bucket/more/"),),
        gets("outsider", "legacy.more"),
        {"Table.Name": "more"},
    ),
    "emptied defaults: a new table is closed": Case(
        (
            settings(CreateDatabaseDefaultPermissions=[], CreateTableDefaultPermissions=[]),
            creates("producer", "legacy.more", at="s3://other-bucket/more/"),
        ),
        gets("outsider", "legacy.more"),
        DENIED,
    ),
    "emptied defaults: databases need CREATE_DATABASE": Case(
        (settings(CreateDatabaseDefaultPermissions=[], CreateTableDefaultPermissions=[]),),
        makes("outsider", "mine"),
        DENIED,
    ),
    "only the tables' defaults emptied: a new database is open": Case(
        (
            settings(CreateDatabaseDefaultPermissions=IAM_DEFAULTS, CreateTableDefaultPermissions=[]),
            makes("producer", "mine"),
        ),
        glue("outsider", "GetDatabase", Name="mine"),
        {"Database.Name": "mine"},
    ),
    "and its tables are closed": Case(
        (
            settings(CreateDatabaseDefaultPermissions=IAM_DEFAULTS, CreateTableDefaultPermissions=[]),
            makes("producer", "mine"),
            creates("producer", "mine.t", at="s3://other-bucket/t/"),
        ),
        gets("outsider", "mine.t"),
        DENIED,
    ),
    "a database with defaults of its own: its tables are closed": Case(
        (
            makes("producer", "mine", CreateTableDefaultPermissions=[]),
            creates("producer", "mine.t", at="s3://other-bucket/t/"),
        ),
        gets("outsider", "mine.t"),
        DENIED,
    ),
    "opted in with a column": Case(
        (
            grant("engineer", columns(EVENTS, "id"), "SELECT"),
            opts("CreateLakeFormationOptIn", "engineer", table(EVENTS)),
        ),
        asks("engineer", f"SELECT * FROM {EVENTS}"),
        "id",
    ),
    "opted in with a filter": Case(
        (
            filtered(EVENTS, "f", "id = 1"),
            grant("engineer", cells(EVENTS, "f"), "SELECT"),
            opts("CreateLakeFormationOptIn", "engineer", table(EVENTS)),
        ),
        asks("engineer", f"SELECT id FROM {EVENTS}"),
        [[1]],
    ),
    "opted in: Glue is narrowed too": Case(
        (
            grant("engineer", columns(EVENTS, "id"), "SELECT"),
            opts("CreateLakeFormationOptIn", "engineer", table(EVENTS)),
        ),
        gets("engineer", EVENTS),
        {COLUMNS_OF: ["id"]},
    ),
    "opted in to the database": Case(
        (opts("CreateLakeFormationOptIn", "engineer", database("legacy")),), gets("engineer", EVENTS), DENIED
    ),
    "opted in to all tables": Case(
        (opts("CreateLakeFormationOptIn", "engineer", table("legacy.*")),),
        asks("engineer", f"SELECT id FROM {EVENTS}"),
        HIDDEN,
    ),
    "opted in for everybody": Case(
        (opts("CreateLakeFormationOptIn", "ALL_IAM", table(EVENTS)),),
        asks("outsider", f"SELECT id FROM {EVENTS}"),
        HIDDEN,
    ),
    "opted out again": Case(
        (
            opts("CreateLakeFormationOptIn", "engineer", table(EVENTS)),
            opts("DeleteLakeFormationOptIn", "engineer", table(EVENTS)),
        ),
        asks("engineer", f"SELECT id FROM {EVENTS}"),
        [[1], [2]],
    ),
    "opting in is for administrators": Case(
        (), opts("CreateLakeFormationOptIn", "engineer", table(EVENTS), by="producer"), DENIED
    ),
    "nobody opts himself out": Case(
        (opts("CreateLakeFormationOptIn", "engineer", table(EVENTS)),),
        opts("DeleteLakeFormationOptIn", "engineer", table(EVENTS), by="engineer"),
        DENIED,
    ),
    "an opt-in names no tag": Case((), opts("CreateLakeFormationOptIn", "engineer", policy("a=b")), INVALID),
    "an opt-in names no column": Case((), opts("CreateLakeFormationOptIn", "engineer", columns(EVENTS, "id")), INVALID),
    "a missing table is not opted in to": Case(
        (), opts("CreateLakeFormationOptIn", "engineer", table("legacy.nosuch")), MISSING
    ),
    "the opted-in are listed by resource": Case(
        (
            opts("CreateLakeFormationOptIn", "engineer", table(EVENTS)),
            opts("CreateLakeFormationOptIn", "analyst", database("legacy")),
        ),
        lf("admin", "ListLakeFormationOptIns", Resource=table(EVENTS)),
        {"LakeFormationOptInsInfoList[].Principal.DataLakePrincipalIdentifier": [arn("engineer")]},
    ),
    "a table in hybrid mode needs the location all the same": Case(
        (), creates("outsider", "legacy.mine", at="s3://mesh-open/else/mine/"), DENIED
    ),
    "with the location it is made": Case(
        (grant("outsider", location("mesh-open/else"), "DATA_LOCATION_ACCESS"),),
        creates("outsider", "legacy.mine", at="s3://mesh-open/else/mine/"),
        None,
    ),
    "the group takes no grant option": Case(
        (), grant("IAM_ALLOWED_PRINCIPALS", table(EVENTS), "SELECT", passing="SELECT"), INVALID
    ),
    "the settings take no other defaults": Case(
        (),
        settings(
            CreateTableDefaultPermissions=[
                {"Principal": {"DataLakePrincipalIdentifier": arn("analyst")}, "Permissions": ["ALL"]}
            ]
        ),
        INVALID,
    ),
}

CASES = (
    ADMINISTRATORS
    | CREATORS
    | LOCATIONS
    | {name: Case(case.steps, case.ask, case.expect, "legacy-iam") for name, case in LEGACY.items()}
)


@pytest.mark.parametrize("name", chosen(CASES))
def test_the_mesh(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
