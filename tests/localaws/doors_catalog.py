"""Doors of the catalog: what Glue, Lake Formation and Athena's metadata say, and whether one may help oneself.

These are cheap, so that every example tries all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from botocore.credentials import Credentials

from tests.localaws import door_data as data
from tests.localaws.door_rules import EVERYBODY, IAM_ALLOWED
from tests.localaws.door_visit import Visit
from tests.localaws.door_world import ACCOUNT, REGION, Answer, Person, arn

Door = Callable[[Visit], None]
DOORS: dict[str, Door] = {}
LF = "lakeformation"


def door(function: Door) -> Door:
    DOORS[function.__name__] = function
    return function


def _named(visit: Visit) -> tuple[str, str]:
    database, _, name = visit.aim.table.partition(".")
    return database, name


def _where(visit: Visit, **more: Any) -> dict[str, Any]:
    database, name = _named(visit)
    return {"DatabaseName": database, "TableName": name, **more}


def _columns_of(table: dict[str, Any]) -> list[str]:
    storage = table.get("StorageDescriptor", {}).get("Columns", [])
    return [column["Name"] for column in [*storage, *table.get("PartitionKeys", [])]]


@door
def get_table(visit: Visit) -> None:
    """The columns that may be known, all of them; or no table at all."""
    database, name = _named(visit)
    answer = visit.person.ask("glue", "GetTable", DatabaseName=database, Name=name)
    described = visit.eyes.described(visit.table)
    assert answer.ok == bool(described), answer
    if answer.ok:
        expected = [c for c in visit.table.columns if visit.table.under([c]) & described]
        assert _columns_of(answer.document["Table"]) == expected


@door
def get_tables(visit: Visit) -> None:
    for database in data.DATABASES:
        answer = visit.person.ask("glue", "GetTables", DatabaseName=database)
        assert answer.ok == (database in visit.eyes.databases()), answer
        tables = [table for table in visit.rules.tables.values() if table.database == database]
        seen = {table.name.partition(".")[2] for table in tables if visit.eyes.described(table)}
        if answer.ok:
            assert {table["Name"] for table in answer.document["TableList"]} == seen


@door
def search_tables(visit: Visit) -> None:
    for text in ("", "tab", visit.aim.column, _named(visit)[1]):
        visit.person.ask("glue", "SearchTables", **({"SearchText": text} if text else {}))
    name = {"Key": "Name", "Value": _named(visit)[1]}
    visit.person.ask("glue", "SearchTables", Filters=[name], SortCriteria=[{"FieldName": "Name", "Sort": "ASC"}])


@door
def search_by_a_hidden_column(visit: Visit) -> None:
    """Whether a table is found by a column's name tells whether it has that column."""
    described = visit.eyes.described(visit.table)
    if visit.table.under([visit.aim.column]) & described:
        return
    answer = visit.person.ask("glue", "SearchTables", SearchText=visit.aim.column)
    assert answer.ok and _named(visit)[1] not in [table["Name"] for table in answer.document["TableList"]]


@door
def table_versions(visit: Visit) -> None:
    visit.person.ask("glue", "GetTableVersions", **_where(visit))
    for version in ("0", "1", "2"):
        visit.person.ask("glue", "GetTableVersion", **_where(visit, VersionId=version))


@door
def partitions(visit: Visit) -> None:
    key = str(visit.table.rows[visit.aim.row].get("col_bk", data.text("b", 0, 9)))
    for expression in ("", f"col_bk = '{key}'", f"col_bk > '{key}'", "col_bk like 'Mq%'"):
        asked = _where(visit, **({"Expression": expression} if expression else {}))
        answer = visit.person.ask("glue", "GetPartitions", **asked)
        if answer.ok and visit.aim.table == "dat_1.tab_b":
            cells = visit.eyes.cells(visit.table)
            assert {(row, "col_bk") for row in range(4)} <= cells, "whether a value exists is told"
    visit.person.ask("glue", "GetPartition", **_where(visit, PartitionValues=[key]))
    visit.person.ask("glue", "BatchGetPartition", **_where(visit, PartitionsToGet=[{"Values": [key]}]))
    visit.person.ask("glue", "GetPartitionIndexes", **_where(visit))


@door
def column_statistics(visit: Visit) -> None:
    """Least and greatest value are values: for those who read every row, or are left to IAM."""
    if visit.eyes.iam_decides(visit.table):
        visit.known = f"{[tuple(row.values()) for row in visit.table.rows]}"
    columns = [name for name in visit.table.columns if not visit.table.columns[name]]
    visit.person.ask("glue", "GetColumnStatisticsForTable", **_where(visit, ColumnNames=columns))
    for column in columns:
        visit.person.ask("glue", "GetColumnStatisticsForTable", **_where(visit, ColumnNames=[column]))
    key = data.text("b", visit.aim.row % 2, 9)
    asked = _where(visit, ColumnNames=columns, PartitionValues=[key])
    visit.person.ask("glue", "GetColumnStatisticsForPartition", **asked)


@door
def databases_and_functions(visit: Visit) -> None:
    database = _named(visit)[0]
    answer = visit.person.ask("glue", "GetDatabases")
    named = {one["Name"] for one in answer.document["DatabaseList"]} & set(data.DATABASES)
    assert named == visit.eyes.databases()
    visit.person.ask("glue", "GetDatabase", Name=database)
    visit.person.ask("glue", "GetUserDefinedFunctions", DatabaseName=database, Pattern=".*")
    visit.person.ask("glue", "GetTags", ResourceArn=f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{database}/tab_a")


@door
def athenas_metadata(visit: Visit) -> None:
    database, name = _named(visit)
    catalog = {"CatalogName": "AwsDataCatalog"}
    visit.person.ask("athena", "ListDatabases", **catalog)
    visit.person.ask("athena", "GetDatabase", **catalog, DatabaseName=database)
    answer = visit.person.ask("athena", "GetTableMetadata", **catalog, DatabaseName=database, TableName=name)
    assert answer.ok == bool(visit.eyes.described(visit.table))
    for expression in ("", name, visit.aim.column):
        more = {"Expression": expression} if expression else {}
        visit.person.ask("athena", "ListTableMetadata", **catalog, DatabaseName=database, **more)


@door
def search_by_tags(visit: Visit) -> None:
    for key in ("key_a", "key_b"):
        expression = [{"TagKey": key, "TagValues": ["val_1", "val_2"]}]
        visit.person.ask(LF, "SearchTablesByLFTags", Expression=expression)
        visit.person.ask(LF, "SearchDatabasesByLFTags", Expression=expression)


@door
def tags_of_resources(visit: Visit) -> None:
    """Tags are for those who hold a permission on them: nobody does here."""
    database, name = _named(visit)
    table = {"DatabaseName": database, "Name": name}
    columns = {"TableWithColumns": {**table, "ColumnNames": [visit.aim.column]}}
    for resource in ({"Database": {"Name": database}}, {"Table": table}, columns):
        for assigned in (False, True):
            got = visit.person.ask(LF, "GetResourceLFTags", Resource=resource, ShowAssignedLFTags=assigned)
            assert "val_" not in got.text, got
    assert "val_" not in visit.person.ask(LF, "ListLFTags").text
    assert not visit.person.ask(LF, "GetLFTag", TagKey="key_a").ok
    assert "val_" not in visit.person.ask(LF, "ListLFTagExpressions").text
    assert not visit.person.ask(LF, "GetLFTagExpression", Name="exp_1").ok


@door
def permissions(visit: Visit) -> None:
    """One's own grants as they were made; nobody else's."""
    database, name = _named(visit)
    table = {"Table": {"DatabaseName": database, "Name": name}}
    answers = [
        visit.person.ask(LF, "ListPermissions"),
        visit.person.ask(LF, "ListPermissions", Resource=table),
        visit.person.ask(LF, "ListPermissions", Resource=table, IncludeRelated="TRUE"),
        visit.person.ask(LF, "ListPermissions", ResourceType="LF_TAG_POLICY_TABLE"),
        visit.person.ask(LF, "GetEffectivePermissionsForPath", ResourceArn=f"arn:aws:s3:::{data.LAKE}/one"),
        visit.person.ask(LF, "GetEffectivePermissionsForPath", ResourceArn=f"arn:aws:s3:::{data.HYBRID}"),
        visit.person.ask(LF, "ListLakeFormationOptIns"),
        visit.person.ask(LF, "ListResources"),
    ]
    stranger = "other" if visit.person.name == "reader" else "reader"
    for answer in answers:
        # the list may end with what the endpoint recorded of the grant: by whom
        assert arn(stranger) not in re.sub(r'"LastUpdatedBy":"[^"]*"', "", answer.text), answer
    visit.hear(visit.own_knowledge)


@door
def filters(visit: Visit) -> None:
    """A filter is shown to those who hold it: its predicate holds values."""
    database, name = _named(visit)
    table = {"CatalogId": ACCOUNT, "DatabaseName": database, "Name": name}
    visit.person.ask(LF, "ListDataCellsFilter")
    visit.person.ask(LF, "ListDataCellsFilter", Table=table)
    for filter_name in ("fil_1", "fil_2"):
        asked = {"TableCatalogId": ACCOUNT, "DatabaseName": database, "TableName": name, "Name": filter_name}
        visit.person.ask(LF, "GetDataCellsFilter", **asked)
    visit.hear(visit.own_knowledge)


@door
def credentials_for_tables(visit: Visit) -> None:
    """Credentials for the files are for those who may read all of them, and open no other table's."""
    database, name = _named(visit)
    table = f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{database}/{name}"
    kinds = {"SupportedPermissionTypes": ["COLUMN_PERMISSION", "CELL_FILTER_PERMISSION", "NESTED_PERMISSION"]}
    got = [
        visit.person.ask(LF, "GetTemporaryGlueTableCredentials", TableArn=table, **kinds),
        visit.person.ask(LF, "GetTemporaryGlueTableCredentials", TableArn=table, Permissions=["SELECT"], **kinds),
        visit.person.ask(
            LF, "GetTemporaryGluePartitionCredentials", TableArn=table,
            Partition={"Values": [data.text("b", 0, 9)]}, **kinds,
        ),
    ]  # fmt: skip
    place = {"DataLocations": [f"s3://{data.LAKE}/one/"]}
    visit.person.ask(LF, "GetTemporaryDataLocationCredentials", **place)
    whole = len(visit.eyes.cells(visit.table)) == len(visit.table.leaves) * len(visit.table.rows)
    assert got[0].ok or visit.table.base or not visit.eyes.reads_all(visit.table), got[0]
    for answer in got:
        assert whole or "SecretAccessKey" not in answer.text, answer
        _use(visit, answer)
    for operation in (
        "GetUnfilteredTableMetadata",
        "GetUnfilteredPartitionsMetadata",
        "GetUnfilteredPartitionMetadata",
    ):
        asked = {"CatalogId": ACCOUNT, "DatabaseName": database, "SupportedPermissionTypes": ["COLUMN_PERMISSION"]}
        visit.person.ask("glue", operation, **asked, Name=name, TableName=name, PartitionValues=["x"])


def _use(visit: Visit, answer: Answer) -> None:
    """What the vended credentials read is judged as if their holder had read it."""
    if not answer.ok:
        return
    found = answer.document
    parts = (found[member] for member in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    holder = Person(visit.world, visit.person.name, Credentials(*parts))
    for file in data.files():
        holder.s3("GET", f"/{file.bucket}/{quote(file.key)}")
        holder.s3("GET", f"/{file.bucket}?list-type=2")
    visit.person.heard += holder.heard


@door
def forbidden_and_missing_tables_look_alike(visit: Visit) -> None:
    """Who sees nothing of a table hears of it what he hears of one that does not exist, whatever he asks."""
    mine = [grant for grant in visit.rules.grants if grant.to in (visit.person.name, EVERYBODY, IAM_ALLOWED)]
    may_make = any(g.kind in ("database", "all_tables") or g.on == "DATABASE" for g in mine)
    if visit.eyes.described(visit.table) or may_make:
        return
    there, missing = (_heard(visit, f"{visit.aim.table[:-1]}{letter}") for letter in (visit.aim.table[-1], "z"))
    differ = [pair for pair in zip(there, missing, strict=True) if pair[0] != pair[1]]
    assert not differ, f"a table that is there, and one that is not: {differ}"
    visit.hear()


def _heard(visit: Visit, table: str) -> list[str]:
    """The answers to all that can be asked about a table, without its name and what is never the same twice."""
    database, _, name = table.partition(".")
    named, of = {"DatabaseName": database, "Name": name}, {"DatabaseName": database, "TableName": name}
    me = {"DataLakePrincipalIdentifier": arn(visit.person.name)}
    cells = {"TableCatalogId": ACCOUNT, **of, "Name": "fil_1"}
    storage = {"Columns": [{"Name": "n", "Type": "string"}], "Location": f"s3://{data.LAKE}/one/"}
    glue: list[tuple[str, dict[str, Any]]] = [
        ("GetTable", named),
        ("GetTableVersions", of),
        ("GetPartitions", of),
        ("GetPartitionIndexes", of),
        ("GetColumnStatisticsForTable", {**of, "ColumnNames": [visit.aim.column]}),
        ("UpdateTable", {"DatabaseName": database, "TableInput": {"Name": name, "StorageDescriptor": storage}}),
        ("CreatePartition", {**of, "PartitionInput": {"Values": ["x"], "StorageDescriptor": storage}}),
        ("DeleteTable", named),
    ]
    lake: list[tuple[str, dict[str, Any]]] = [
        ("GetResourceLFTags", {"Resource": {"Table": named}}),
        ("ListDataCellsFilter", {"Table": {"CatalogId": ACCOUNT, **named}}),
        ("GetDataCellsFilter", cells),
        ("DeleteDataCellsFilter", cells),
        ("ListPermissions", {"Resource": {"Table": named}}),
        ("GrantPermissions", {"Principal": me, "Resource": {"Table": named}, "Permissions": ["SELECT"]}),
        ("GetTemporaryGlueTableCredentials", {"TableArn": f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{database}/{name}"}),
    ]
    catalog = {"CatalogName": "AwsDataCatalog"}
    answers = [visit.person.ask("glue", operation, **params) for operation, params in glue]
    answers += [visit.person.ask(LF, operation, **params) for operation, params in lake]
    answers.append(visit.person.ask("athena", "GetTableMetadata", **catalog, **of))
    said = [f"{answer.status} {answer.text}" for answer in answers]
    for statement in ("SELECT * FROM {}", "SHOW COLUMNS IN {}", "DESCRIBE {}", "SHOW CREATE TABLE {}", "DROP TABLE {}"):
        said.append(visit.run(statement.format(table)).reason)
    return [re.sub(r"Request ID: [0-9a-f-]+", "Request ID", text.replace(name, "NAME")) for text in said]


@door
def help_oneself(visit: Visit) -> None:
    """Nobody who may not pass on gives himself anything, nor changes what narrows him."""
    database, name = _named(visit)
    me, table = {"DataLakePrincipalIdentifier": arn(visit.person.name)}, {"DatabaseName": database, "Name": name}
    everything = {"TableWithColumns": {**table, "ColumnWildcard": {}}}
    policy = {"ResourceType": "TABLE", "Expression": [{"TagKey": "key_a", "TagValues": ["val_1"]}]}
    body = {"TableCatalogId": ACCOUNT, "DatabaseName": database, "TableName": name, "Name": "fil_1"}
    wide = {**body, "RowFilter": {"AllRowsWildcard": {}}, "ColumnWildcard": {}}
    tag = [{"TagKey": "key_a", "TagValues": ["val_1"]}]
    lake = f"arn:aws:s3:::{data.LAKE}"
    settings = {"DataLakeAdmins": [me], "CreateTableDefaultPermissions": []}
    attempts = [
        *(visit.person.ask(LF, "GrantPermissions", Principal=me, Resource=one, Permissions=["SELECT"])
          for one in (everything, {"Table": table}, {"LFTagPolicy": policy}, {"DataCellsFilter": body})),
        visit.person.ask(LF, "GrantPermissions", Principal={"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                         Resource={"Table": table}, Permissions=["ALL"]),
        visit.person.ask(LF, "CreateDataCellsFilter", TableData={**wide, "Name": "mine"}),
        visit.person.ask(LF, "UpdateDataCellsFilter", TableData=wide),
        visit.person.ask(LF, "DeleteDataCellsFilter", **body),
        visit.person.ask(LF, "AddLFTagsToResource", Resource={"Table": table}, LFTags=tag),
        visit.person.ask(LF, "RemoveLFTagsFromResource", Resource={"Table": table}, LFTags=tag),
        visit.person.ask(LF, "UpdateLFTagExpression", Name="exp_1", Expression=tag),
        visit.person.ask(LF, "UpdateLFTag", TagKey="key_a", TagValuesToAdd=["val_3"]),
        visit.person.ask(LF, "PutDataLakeSettings", DataLakeSettings=settings),
        visit.person.ask(LF, "RegisterResource", ResourceArn=f"{lake}/one", UseServiceLinkedRole=True),
        visit.person.ask(LF, "DeregisterResource", ResourceArn=lake),
        visit.person.ask(LF, "DeleteLakeFormationOptIn", Principal=me, Resource={"Table": table}),
    ]  # fmt: skip
    batch = {"Id": "1", "Principal": me, "Resource": everything, "Permissions": ["SELECT"]}
    failures = visit.person.ask(LF, "BatchGrantPermissions", Entries=[batch])
    for answer in attempts:
        assert not answer.ok, f"{visit.person.name} helped himself: {answer}"
    assert not failures.ok or failures.document["Failures"], failures
    visit.hear(visit.own_knowledge)


@door
def change_a_table(visit: Visit) -> None:
    """Without ALTER, DROP, DELETE and INSERT nothing of a table is changed, by Glue or by Athena."""
    if not visit.lacks("ALTER", "DROP", "DELETE", "INSERT", "CREATE_TABLE"):
        return
    database, name = _named(visit)
    key = [{"Name": "p", "Type": "string"}]
    storage = {"Columns": [{"Name": "n", "Type": "string"}], "Location": f"s3://{data.LAKE}/one/"}
    document = {"Name": name, "StorageDescriptor": storage, "PartitionKeys": key}
    partition = {"Values": ["x"], "StorageDescriptor": storage}
    attempts = [
        visit.person.ask("glue", "UpdateTable", DatabaseName=database, TableInput=document),
        visit.person.ask("glue", "CreateTable", DatabaseName=database, TableInput={**document, "Name": "tabownx"}),
        visit.person.ask("glue", "DeleteTable", DatabaseName=database, Name=name),
        visit.person.ask("glue", "DeleteDatabase", Name=database),
        visit.person.ask("glue", "CreatePartition", **_where(visit, PartitionInput=partition)),
        visit.person.ask("glue", "DeletePartition", **_where(visit, PartitionValues=[data.text("b", 0, 9)])),
        visit.person.ask("glue", "DeleteTableVersion", **_where(visit, VersionId="0")),
    ]
    for answer in attempts:
        assert not answer.ok, answer
    visit.hear()
