"""One of everything that Lake Formation governs, and every operation of three services asked about it.

The names of all things begin with zebra; `elsewhere` turns a request into the same about things that do not exist.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mesh_core.localaws.athena.service import AthenaService
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.glue.service import GlueService
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.service import LakeFormationService
from mesh_core.localaws.protocol import JsonApi
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.store import Store
from tests.localaws.athena_world import now
from tests.localaws.lake_world import ACCOUNT, AllowingIam, arn, caller

TABLE = {"DatabaseName": "zebra", "TableName": "zebra_t"}
NAMED = {"DatabaseName": "zebra", "Name": "zebra_t"}
STORAGE = {
    "Columns": [{"Name": "zebra_c", "Type": "string"}],
    "Location": "s3://zebra-lake/zebra_t/",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
}
INPUT = {"Name": "zebra_t", "StorageDescriptor": STORAGE, "PartitionKeys": [{"Name": "zebra_k", "Type": "string"}]}
PARTITION = {"Values": ["zebra_v"], "StorageDescriptor": STORAGE}
FUNCTION = {"DatabaseName": "zebra", "FunctionName": "zebra_f"}
FUNCTION_INPUT = {"FunctionName": "zebra_f", "ClassName": "zebra.F", "OwnerName": "o", "OwnerType": "USER"}
STATISTICS = {
    "ColumnName": "zebra_c",
    "ColumnType": "string",
    "AnalyzedTime": 1.0,
    "StatisticsData": {
        "Type": "STRING",
        "StringColumnStatisticsData": {
            "MaximumLength": 1,
            "AverageLength": 1.0,
            "NumberOfNulls": 0,
            "NumberOfDistinctValues": 1,
        },
    },
}
DATABASE_ARN = f"arn:aws:glue:us-east-1:{ACCOUNT}:database/zebra"
TABLE_ARN = f"arn:aws:glue:us-east-1:{ACCOUNT}:table/zebra/zebra_t"
ENGINE = {"CatalogId": ACCOUNT, "SupportedPermissionTypes": ["NESTED_CELL_PERMISSION"]}
OUTSIDER = {"DataLakePrincipalIdentifier": arn("auditor")}
OWNER = {"DataLakePrincipalIdentifier": arn("producer")}
ANY_VALUE = {"TagKey": "zebra_key", "TagValues": ["*"]}
EXPRESSION = [{"TagKey": "zebra_key", "TagValues": ["zebra_value"]}]
CELLS = {"TableCatalogId": ACCOUNT, "DatabaseName": "zebra", "TableName": "zebra_t", "Name": "zebra_filter"}
FILTER = {**CELLS, "RowFilter": {"AllRowsWildcard": {}}, "ColumnWildcard": {}}
PLACE = "arn:aws:s3:::zebra-lake"
RESOURCES: list[tuple[dict[str, Any], list[str]]] = [
    ({"Catalog": {}}, ["CREATE_DATABASE", "CREATE_LF_TAG", "CREATE_LF_TAG_EXPRESSION"]),
    ({"Database": {"Name": "zebra"}}, ["ALL"]),
    ({"Table": NAMED}, ["SELECT"]),
    ({"Table": {"DatabaseName": "zebra", "TableWildcard": {}}}, ["ALL"]),
    ({"TableWithColumns": {**NAMED, "ColumnNames": ["zebra_c"]}}, ["SELECT"]),
    ({"TableWithColumns": {**NAMED, "ColumnWildcard": {}}}, ["SELECT"]),
    ({"DataCellsFilter": CELLS}, ["SELECT"]),
    ({"LFTag": EXPRESSION[0]}, ["ASSOCIATE", "DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"]),
    ({"LFTag": ANY_VALUE}, ["ALTER", "DROP"]),
    ({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": EXPRESSION}}, ["SELECT"]),
    ({"LFTagPolicy": {"ResourceType": "DATABASE", "Expression": EXPRESSION}}, ["DESCRIBE"]),
    ({"LFTagPolicy": {"ResourceType": "TABLE", "ExpressionName": "zebra_saved"}}, ["SELECT"]),
    ({"LFTagExpression": {"Name": "zebra_saved"}}, ["DESCRIBE"]),
    ({"DataLocation": {"ResourceArn": f"{PLACE}/zebra_t"}}, ["DATA_LOCATION_ACCESS"]),
]
GRANTS = [
    {"Principal": who, "Resource": resource, "Permissions": permissions}
    for resource, permissions in RESOURCES
    for who in (OUTSIDER, OWNER)
]
BATCHES = [{"Entries": [{"Id": str(n), **grant} for n, grant in enumerate(GRANTS[:20])]}]
LISTABLE = [resource for resource, _ in RESOURCES if "TableWithColumns" not in resource]
TAGGABLE = [
    {"Database": {"Name": "zebra"}},
    {"Table": NAMED},
    {"TableWithColumns": {**NAMED, "ColumnNames": ["zebra_c"]}},
]
RESOURCE_TYPES = ["CATALOG", "DATABASE", "TABLE", "DATA_LOCATION", "LF_TAG", "LF_TAG_POLICY", "LF_NAMED_TAG_EXPRESSION"]

GLUE: dict[str, list[dict[str, Any]]] = {
    "CreateDatabase": [{"DatabaseInput": {"Name": "zebra"}}, {"DatabaseInput": {"Name": "zebra_new"}}],
    "GetDatabase": [{"Name": "zebra"}],
    "GetDatabases": [{}, {"AttributesToGet": ["NAME"]}],
    "UpdateDatabase": [{"Name": "zebra", "DatabaseInput": {"Name": "zebra", "Description": "mine"}}],
    "DeleteDatabase": [{"Name": "zebra"}],
    "CreateTable": [{"DatabaseName": "zebra", "TableInput": INPUT}],
    "GetTable": [NAMED],
    "GetTables": [{"DatabaseName": "zebra"}],
    "UpdateTable": [{"DatabaseName": "zebra", "TableInput": INPUT}],
    "DeleteTable": [NAMED],
    "BatchDeleteTable": [{"DatabaseName": "zebra", "TablesToDelete": ["zebra_t", "zebra_view"]}],
    "GetTableVersion": [TABLE, {**TABLE, "VersionId": "0"}],
    "GetTableVersions": [TABLE],
    "DeleteTableVersion": [{**TABLE, "VersionId": "0"}],
    "BatchDeleteTableVersion": [{**TABLE, "VersionIds": ["0"]}],
    "SearchTables": [{}, {"SearchText": "zebra"}],
    "CreatePartition": [{**TABLE, "PartitionInput": PARTITION}],
    "BatchCreatePartition": [{**TABLE, "PartitionInputList": [PARTITION, {**PARTITION, "Values": ["other"]}]}],
    "GetPartition": [{**TABLE, "PartitionValues": ["zebra_v"]}],
    "BatchGetPartition": [{**TABLE, "PartitionsToGet": [{"Values": ["zebra_v"]}]}],
    "GetPartitions": [TABLE, {**TABLE, "Expression": "zebra_k = 'zebra_v'"}],
    "UpdatePartition": [{**TABLE, "PartitionValueList": ["zebra_v"], "PartitionInput": PARTITION}],
    "BatchUpdatePartition": [{**TABLE, "Entries": [{"PartitionValueList": ["zebra_v"], "PartitionInput": PARTITION}]}],
    "DeletePartition": [{**TABLE, "PartitionValues": ["zebra_v"]}],
    "BatchDeletePartition": [{**TABLE, "PartitionsToDelete": [{"Values": ["zebra_v"]}]}],
    "GetPartitionIndexes": [TABLE],
    "CreatePartitionIndex": [{**TABLE, "PartitionIndex": {"Keys": ["zebra_k"], "IndexName": "zebra_second"}}],
    "DeletePartitionIndex": [{**TABLE, "IndexName": "zebra_index"}],
    "GetColumnStatisticsForTable": [{**TABLE, "ColumnNames": ["zebra_c"]}],
    "GetColumnStatisticsForPartition": [{**TABLE, "PartitionValues": ["zebra_v"], "ColumnNames": ["zebra_c"]}],
    "UpdateColumnStatisticsForTable": [{**TABLE, "ColumnStatisticsList": [STATISTICS]}],
    "UpdateColumnStatisticsForPartition": [
        {**TABLE, "PartitionValues": ["zebra_v"], "ColumnStatisticsList": [STATISTICS]}
    ],
    "DeleteColumnStatisticsForTable": [{**TABLE, "ColumnName": "zebra_c"}],
    "DeleteColumnStatisticsForPartition": [{**TABLE, "PartitionValues": ["zebra_v"], "ColumnName": "zebra_c"}],
    "CreateUserDefinedFunction": [{"DatabaseName": "zebra", "FunctionInput": FUNCTION_INPUT}],
    "GetUserDefinedFunction": [FUNCTION],
    "GetUserDefinedFunctions": [{"DatabaseName": "zebra", "Pattern": "*"}, {"Pattern": "*"}],
    "UpdateUserDefinedFunction": [{**FUNCTION, "FunctionInput": FUNCTION_INPUT}],
    "DeleteUserDefinedFunction": [FUNCTION],
    "TagResource": [{"ResourceArn": DATABASE_ARN, "TagsToAdd": {"a": "b"}}],
    "UntagResource": [{"ResourceArn": DATABASE_ARN, "TagsToRemove": ["zebra_tag"]}],
    "GetTags": [{"ResourceArn": DATABASE_ARN}],
    "GetUnfilteredTableMetadata": [{**ENGINE, **NAMED}],
    "GetUnfilteredPartitionMetadata": [{**ENGINE, **TABLE, "PartitionValues": ["zebra_v"]}],
    "GetUnfilteredPartitionsMetadata": [{**ENGINE, **TABLE}],
    "GetCatalogImportStatus": [{}],
    "GetDataCatalogEncryptionSettings": [{}],
}
FORMATION: dict[str, list[dict[str, Any]]] = {
    "GrantPermissions": GRANTS,
    "RevokePermissions": GRANTS,
    "BatchGrantPermissions": BATCHES,
    "BatchRevokePermissions": BATCHES,
    "ListPermissions": [
        {},
        *({"Resource": resource} for resource in LISTABLE),
        *({"Resource": resource, "Principal": OWNER} for resource in LISTABLE),
        *({"ResourceType": kind} for kind in RESOURCE_TYPES),
        {"Resource": {"Table": NAMED}, "IncludeRelated": "TRUE"},
    ],
    "GetEffectivePermissionsForPath": [{"ResourceArn": PLACE}, {"ResourceArn": f"{PLACE}/zebra_t"}],
    "CreateLFTag": [{"TagKey": "zebra_key", "TagValues": ["x"]}, {"TagKey": "zebra_new", "TagValues": ["x"]}],
    "GetLFTag": [{"TagKey": "zebra_key"}],
    "ListLFTags": [{}, {"ResourceShareType": "ALL"}],
    "UpdateLFTag": [{"TagKey": "zebra_key", "TagValuesToAdd": ["x"]}],
    "DeleteLFTag": [{"TagKey": "zebra_key"}],
    "CreateLFTagExpression": [{"Name": "zebra_saved", "Expression": EXPRESSION}],
    "GetLFTagExpression": [{"Name": "zebra_saved"}],
    "ListLFTagExpressions": [{}],
    "UpdateLFTagExpression": [{"Name": "zebra_saved", "Expression": EXPRESSION}],
    "DeleteLFTagExpression": [{"Name": "zebra_saved"}],
    "AddLFTagsToResource": [{"Resource": resource, "LFTags": EXPRESSION} for resource in TAGGABLE],
    "RemoveLFTagsFromResource": [{"Resource": resource, "LFTags": EXPRESSION} for resource in TAGGABLE],
    "GetResourceLFTags": [
        {"Resource": resource, "ShowAssignedLFTags": assigned} for resource in TAGGABLE for assigned in (True, False)
    ],
    "SearchDatabasesByLFTags": [
        {"Expression": EXPRESSION},
        {"Expression": [{"TagKey": "zebra_key", "TagValues": ["*"]}]},
    ],
    "SearchTablesByLFTags": [{"Expression": EXPRESSION}, {"Expression": [{"TagKey": "zebra_key", "TagValues": ["*"]}]}],
    "CreateDataCellsFilter": [{"TableData": FILTER}, {"TableData": {**FILTER, "Name": "zebra_new"}}],
    "UpdateDataCellsFilter": [{"TableData": FILTER}],
    "GetDataCellsFilter": [CELLS],
    "ListDataCellsFilter": [{}, {"Table": NAMED}],
    "DeleteDataCellsFilter": [CELLS],
    "PutDataLakeSettings": [{"DataLakeSettings": {"DataLakeAdmins": [OUTSIDER]}}],
    "RegisterResource": [{"ResourceArn": f"{PLACE}/zebra_t", "RoleArn": arn("lf")}],
    "UpdateResource": [{"ResourceArn": PLACE, "RoleArn": arn("lf"), "HybridAccessEnabled": True}],
    "DeregisterResource": [{"ResourceArn": PLACE}],
    "CreateLakeFormationOptIn": [{"Principal": OWNER, "Resource": {"Table": NAMED}}],
    "DeleteLakeFormationOptIn": [{"Principal": OWNER, "Resource": {"Database": {"Name": "zebra"}}}],
    "ListLakeFormationOptIns": [{}, {"Principal": OWNER}, {"Resource": {"Database": {"Name": "zebra"}}}],
    "GetTemporaryGlueTableCredentials": [{"TableArn": TABLE_ARN}, {"TableArn": TABLE_ARN, "Permissions": ["INSERT"]}],
    "GetTemporaryGluePartitionCredentials": [{"TableArn": TABLE_ARN, "Partition": {"Values": ["zebra_v"]}}],
    "GetTemporaryDataLocationCredentials": [{"DataLocations": ["s3://zebra-lake/zebra_t/"]}],
    "GetDataLakePrincipal": [{}],
    # Open to whom IAM allows it, as on AWS: they say where the lake lies and who administers it, not what is in it.
    "GetDataLakeSettings": [],
    "DescribeResource": [],
    "ListResources": [],
}
_WITHOUT_TABLES = """
StartQueryExecution StopQueryExecution GetQueryExecution BatchGetQueryExecution ListQueryExecutions GetQueryResults
GetQueryRuntimeStatistics CreateWorkGroup GetWorkGroup UpdateWorkGroup DeleteWorkGroup ListWorkGroups TagResource
UntagResource ListTagsForResource CreateNamedQuery GetNamedQuery BatchGetNamedQuery UpdateNamedQuery DeleteNamedQuery
ListNamedQueries CreatePreparedStatement GetPreparedStatement BatchGetPreparedStatement UpdatePreparedStatement
DeletePreparedStatement ListPreparedStatements ListEngineVersions ListDataCatalogs GetDataCatalog
"""
CATALOG = {"CatalogName": "AwsDataCatalog"}
ATHENA: dict[str, list[dict[str, Any]]] = {
    "ListDatabases": [CATALOG],
    "GetDatabase": [{**CATALOG, "DatabaseName": "zebra"}],
    "ListTableMetadata": [{**CATALOG, "DatabaseName": "zebra"}],
    "GetTableMetadata": [{**CATALOG, **TABLE}],
    # These know of no table: IAM and the work group guard them. What StartQueryExecution does is asked elsewhere.
    **{operation: [] for operation in _WITHOUT_TABLES.split()},
}
SQL: dict[str, list[str]] = {
    "Select": [
        "SELECT * FROM zebra.zebra_t",
        "SELECT count(*) FROM zebra.zebra_t",
        "SELECT nosuch FROM zebra.zebra_t",
        "SELECT zebra_c FROM zebra.zebra_t WHERE zebra_k = 'x'",
        'SELECT * FROM zebra."zebra_t$partitions"',
        "SELECT * FROM zebra.zebra_view",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM zebra.zebra_t)",
        "SELECT * FROM information_schema.tables WHERE table_schema = 'zebra'",
        "SELECT * FROM information_schema.columns WHERE table_schema = 'zebra'",
        "SELECT * FROM information_schema.views WHERE table_schema = 'zebra'",
        "SELECT * FROM information_schema.schemata WHERE schema_name = 'zebra'",
    ],
    "Explain": ["EXPLAIN SELECT * FROM zebra.zebra_t", "EXPLAIN (TYPE VALIDATE) SELECT zebra_c FROM zebra.zebra_t"],
    "ShowDatabases": ["SHOW DATABASES LIKE 'zebra'"],
    "ShowTables": ["SHOW TABLES IN zebra", "SHOW VIEWS IN zebra"],
    "ShowColumns": ["SHOW COLUMNS IN zebra.zebra_t"],
    "ShowPartitions": ["SHOW PARTITIONS zebra.zebra_t"],
    "ShowCreate": ["SHOW CREATE TABLE zebra.zebra_t", "SHOW CREATE VIEW zebra.zebra_view"],
    "ShowProperties": ["SHOW TBLPROPERTIES zebra.zebra_t"],
    "Describe": ["DESCRIBE zebra.zebra_t", "DESCRIBE FORMATTED zebra.zebra_t PARTITION (zebra_k='zebra_v')"],
    "CreateDatabase": ["CREATE DATABASE zebra", "CREATE DATABASE IF NOT EXISTS zebra"],
    "DropDatabase": ["DROP DATABASE zebra", "DROP DATABASE zebra CASCADE", "DROP DATABASE IF EXISTS zebra CASCADE"],
    "AlterDatabase": ["ALTER DATABASE zebra SET DBPROPERTIES ('a'='b')"],
    "CreateTable": ["CREATE EXTERNAL TABLE zebra.zebra_t (a int) LOCATION 's3://zebra-lake/zebra_t/'"],
    "DropTable": ["DROP TABLE zebra.zebra_t", "DROP TABLE IF EXISTS zebra.zebra_t", "DROP VIEW zebra.zebra_view"],
    "RepairTable": ["MSCK REPAIR TABLE zebra.zebra_t"],
    "AddPartitions": ["ALTER TABLE zebra.zebra_t ADD PARTITION (zebra_k='zebra_v')"],
    "DropPartitions": ["ALTER TABLE zebra.zebra_t DROP PARTITION (zebra_k='zebra_v')"],
    "RenamePartition": ["ALTER TABLE zebra.zebra_t PARTITION (zebra_k='zebra_v') RENAME TO PARTITION (zebra_k='x')"],
    "AddColumns": ["ALTER TABLE zebra.zebra_t ADD COLUMNS (b int)"],
    "ReplaceColumns": ["ALTER TABLE zebra.zebra_t REPLACE COLUMNS (b int)"],
    "ChangeColumn": ["ALTER TABLE zebra.zebra_t CHANGE COLUMN zebra_c b string"],
    "SetProperties": ["ALTER TABLE zebra.zebra_t SET TBLPROPERTIES ('a'='b')"],
    "SetLocation": [
        "ALTER TABLE zebra.zebra_t SET LOCATION 's3://results/x/'",
        "ALTER TABLE zebra.zebra_t PARTITION (zebra_k='zebra_v') SET LOCATION 's3://results/x/'",
    ],
    "CreateView": [
        "CREATE VIEW zebra.zebra_view AS SELECT 1 AS a",
        "CREATE OR REPLACE VIEW zebra.zebra_view AS SELECT zebra_c FROM zebra.zebra_t",
        "CREATE PROTECTED MULTI DIALECT VIEW zebra.zebra_w SECURITY DEFINER AS SELECT zebra_c FROM zebra.zebra_t",
    ],
    "CreateTableAs": [
        "CREATE TABLE zebra.zebra_t AS SELECT 1 AS a",
        "CREATE TABLE zebra.zebra_n WITH (external_location='s3://zebra-lake/zebra_t/') AS SELECT 1 AS a",
        "CREATE TABLE zebra.zebra_n AS SELECT * FROM zebra.zebra_t",
    ],
    "Insert": ["INSERT INTO zebra.zebra_t VALUES ('a', 'b')", "INSERT INTO zebra.zebra_t SELECT * FROM zebra.zebra_t"],
    "Unload": [
        "UNLOAD (SELECT * FROM zebra.zebra_t) TO 's3://results/out/' WITH (format='JSON')",
        "UNLOAD (SELECT 1 AS a) TO 's3://zebra-lake/zebra_t/' WITH (format='JSON')",
    ],
    "ExecuteImmediate": ["EXECUTE IMMEDIATE 'SELECT * FROM zebra.zebra_t'"],
    "Refused": ["DELETE FROM zebra.zebra_t", "VACUUM zebra.zebra_t"],
    # These keep and forget texts of a work group; what the texts may do is asked when they run.
    "Prepare": [],
    "Execute": [],
    "Deallocate": [],
}
ASKED = {"glue": GLUE, "lakeformation": FORMATION, "athena": ATHENA}


GROUP = {"WorkGroup": "primary"}
QUERY = {"QueryExecutionId": "q"}
STATEMENT = {**GROUP, "StatementName": "s"}
WORK_GROUP_ARN = {"ResourceARN": f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/primary"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "DescribeResource": {"ResourceArn": PLACE},
    "StartQueryExecution": {"QueryString": "SELECT 1"},
    "StopQueryExecution": QUERY,
    "GetQueryExecution": QUERY,
    "BatchGetQueryExecution": {"QueryExecutionIds": ["q"]},
    "GetQueryResults": QUERY,
    "GetQueryRuntimeStatistics": QUERY,
    "CreateWorkGroup": {"Name": "g"},
    "GetWorkGroup": GROUP,
    "UpdateWorkGroup": GROUP,
    "DeleteWorkGroup": GROUP,
    "TagResource": {**WORK_GROUP_ARN, "Tags": []},
    "UntagResource": {**WORK_GROUP_ARN, "TagKeys": []},
    "ListTagsForResource": WORK_GROUP_ARN,
    "CreateNamedQuery": {"Name": "n", "Database": "d", "QueryString": "SELECT 1"},
    "GetNamedQuery": {"NamedQueryId": "n"},
    "BatchGetNamedQuery": {"NamedQueryIds": ["n"]},
    "UpdateNamedQuery": {"NamedQueryId": "n", "Name": "n", "QueryString": "SELECT 1"},
    "DeleteNamedQuery": {"NamedQueryId": "n"},
    "CreatePreparedStatement": {**STATEMENT, "QueryStatement": "SELECT 1"},
    "GetPreparedStatement": STATEMENT,
    "BatchGetPreparedStatement": {**GROUP, "PreparedStatementNames": ["s"]},
    "UpdatePreparedStatement": {**STATEMENT, "QueryStatement": "SELECT 1"},
    "DeletePreparedStatement": STATEMENT,
    "ListPreparedStatements": GROUP,
    "GetDataCatalog": {"Name": "AwsDataCatalog"},
}


class ClosedIam(AllowingIam):
    """Identity policies that allow nothing to `steward`."""

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        return caller.role_name != "steward"

    def principal_exists(self, principal: str) -> bool:
        return True


class World:
    """`producer` has one of everything that Lake Formation governs, and the name of each begins with zebra."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        catalog = Catalog(self.store, ACCOUNT, now)
        lake = Lake(self.store, ACCOUNT, catalog, now)
        objects = ObjectStore(
            self.store, folder / "objects", now, lambda _who, _action, bucket, _key: bucket == "results"
        )
        for bucket in ("zebra-lake", "ghost-lake", "results"):
            objects.buckets.create(bucket, "us-east-1")
        objects.put("zebra-lake", "zebra_t/part-0", b"zebra's secret\n")
        ctx = Context(self.store, ACCOUNT, "us-east-1", folder, now, ClosedIam(), objects, catalog, lake)  # type: ignore[arg-type]
        self.glue, self.formation, self.athena = GlueService(ctx), LakeFormationService(ctx), AthenaService(ctx)
        self.handlers = {
            "glue": self.glue.handlers,
            "lakeformation": self.formation.handlers,
            "athena": self.athena.handlers(),
        }
        self._fill(catalog)

    def _fill(self, catalog: Catalog) -> None:
        admins = {
            "DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn("admin")}],
            "ReadOnlyAdmins": [{"DataLakePrincipalIdentifier": arn("seer")}],
        }
        trust = {"AllowFullTableExternalDataAccess": True}
        self.call("root", "lakeformation", "PutDataLakeSettings", {"DataLakeSettings": {**admins, **trust}})
        self.call("admin", "lakeformation", "RegisterResource", {"ResourceArn": PLACE, "RoleArn": arn("lf")})
        for resource, permissions in RESOURCES[:1]:
            grant = {"Principal": OWNER, "Resource": resource, "Permissions": permissions}
            self.call("admin", "lakeformation", "GrantPermissions", grant)
        location = {"Principal": OWNER, "Resource": RESOURCES[-1][0], "Permissions": RESOURCES[-1][1]}
        self.call("admin", "lakeformation", "GrantPermissions", location)
        make = ("CreateDatabase", "CreateTable", "UpdateTable", "CreatePartition", "CreatePartitionIndex")
        more = ("UpdateColumnStatisticsForTable", "UpdateColumnStatisticsForPartition", "CreateUserDefinedFunction")
        for operation in (*make, *more, "TagResource"):
            self.call("producer", "glue", operation, GLUE[operation][0])
        catalog.index_rows.create(catalog.table("zebra", "zebra_t"), {"Keys": ["zebra_k"], "IndexName": "zebra_index"})
        view = {"Name": "zebra_view", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "zebra"}
        self.call("producer", "glue", "CreateTable", {"DatabaseName": "zebra", "TableInput": view})
        other = {"Name": "zebra_n", "StorageDescriptor": {**STORAGE, "Location": "s3://results/zebra_n/"}}
        self.call("producer", "glue", "CreateTable", {"DatabaseName": "zebra", "TableInput": other})
        self.call("producer", "lakeformation", "CreateLFTag", {"TagKey": "zebra_key", "TagValues": ["zebra_value"]})
        for operation in ("CreateLFTagExpression", "CreateDataCellsFilter", "AddLFTagsToResource"):
            self.call("producer", "lakeformation", operation, FORMATION[operation][0])
        opt_in = FORMATION["DeleteLakeFormationOptIn"][0]
        self.call("admin", "lakeformation", "CreateLakeFormationOptIn", opt_in)
        for grant in GRANTS[2:]:
            if "ColumnWildcard" in grant["Resource"].get("TableWithColumns", {}):
                continue  # the same as SELECT on the table
            to = "engineer" if "TableWithColumns" in grant["Resource"] else "analyst"
            principal = {"Principal": {"DataLakePrincipalIdentifier": arn(to)}}
            self.call("admin", "lakeformation", "GrantPermissions", {**grant, **principal})
        neighbour = {"Principal": {"DataLakePrincipalIdentifier": arn("neighbour")}, "Permissions": ["SELECT"]}
        seen = {"Table": {"DatabaseName": "zebra", "Name": "zebra_n"}}
        self.call("admin", "lakeformation", "GrantPermissions", {**neighbour, "Resource": seen})

    def call(self, role: str, service: str, operation: str, params: dict[str, Any]) -> str:
        """The answer of an operation, or its refusal, as text."""
        try:
            answer: Any = self.handlers[service][operation](caller(role), json.loads(json.dumps(params))) or {}
        except AwsError as error:
            if role not in ("auditor", "neighbour", "seer"):
                raise
            answer = [error.code, error.message]
        return json.dumps(answer, default=str)

    def run(self, role: str, sql: str) -> str:
        """The rows of a statement, or the reason why it failed."""
        place = {"OutputLocation": "s3://results/"}
        params = {"QueryString": sql, "ResultConfiguration": place, "QueryExecutionContext": {"Database": "zebra_n"}}
        started = json.loads(self.call(role, "athena", "StartQueryExecution", params))
        if isinstance(started, list):
            return json.dumps(started)
        while True:
            found = json.loads(self.call(role, "athena", "GetQueryExecution", started))["QueryExecution"]
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
        if found["Status"]["State"] != "SUCCEEDED":
            return str(found["Status"]["StateChangeReason"])
        return self.call(role, "athena", "GetQueryResults", started)

    def everything(self) -> dict[str, list[Any]]:
        """Every row of Glue and Lake Formation, but the counters of changes."""
        with self.store.read() as db:
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            kept = [name for name in names if name.startswith(("glue_", "lf_")) and not name.endswith("_counter")]
            return {name: [tuple(row) for row in db.execute(f"SELECT * FROM {name}")] for name in kept}

    def api(self, service: str) -> JsonApi:
        return {"glue": self.glue, "lakeformation": self.formation, "athena": self.athena}[service].api()  # type: ignore[attr-defined,no-any-return]


def elsewhere(value: Any, name: str = "zebra") -> Any:
    """The same about things that do not exist: all of them, or those of one name."""
    return json.loads(renamed(json.dumps(value), name))


def renamed(text: str, name: str) -> str:
    """A text about things that do not exist, instead of those whose names begin so."""
    return text.replace(name, MISSING[name])


def without_ids(text: str) -> str:
    """An answer without what is different in each."""
    return _REQUEST_ID.sub("", text)


_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MISSING = {"zebra": "ghost", "zebra_t": "zebra_u"}
