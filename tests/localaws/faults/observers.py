"""All that clients can see of a thing, by its kind: read before and after a kill, it must be the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.localaws.faults import athena_changes
from tests.localaws.faults.requests import Clients, Key, Seen

_MISSING = {
    "EntityNotFoundException",
    "NoSuchEntity",
    "NoSuchKey",
    "NoSuchBucket",
    "NoSuchUpload",
    "ResourceNotFoundException",
    "InvalidRequestException",
}


def observe(clients: Clients, key: Key) -> Seen:
    """What there is of a thing; None when it is not there. ClientError for anything but "not found"."""
    try:
        return OBSERVERS[key[0]](clients, *key[1:])
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return None
        raise


def _body(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _database(clients: Clients, name: str) -> Seen:
    return clients.glue.get_database(Name=name)["Database"]


def _table(clients: Clients, database: str, name: str) -> Seen:
    """With its versions, partitions and statistics: none of them is ever there without the others."""
    where = {"DatabaseName": database, "TableName": name}
    table = clients.glue.get_table(DatabaseName=database, Name=name)["Table"]
    versions = clients.glue.get_table_versions(**where, MaxResults=100)["TableVersions"]
    assert versions[0]["Table"] == table, "the newest version of a table is not the table"
    columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
    statistics = clients.glue.get_column_statistics_for_table(**where, ColumnNames=columns)
    partitions = clients.glue.get_partitions(**where, MaxResults=100)["Partitions"]
    return {
        "table": table,
        "versions": {version["VersionId"]: version["Table"] for version in versions},
        "partitions": {"/".join(partition["Values"]): partition for partition in partitions},
        "statistics": {one["ColumnName"]: one for one in statistics["ColumnStatisticsList"]},
    }


def _tag(clients: Clients, key: str) -> Seen:
    return sorted(clients.lake.get_lf_tag(TagKey=key)["TagValues"])


def _tagged(clients: Clients, database: str, table: str) -> Seen:
    found = clients.lake.get_resource_lf_tags(Resource={"Table": {"DatabaseName": database, "Name": table}})
    return {name: found.get(name, []) for name in ("LFTagsOnTable", "LFTagsOnColumns")}


def _grants(clients: Clients, principal: str, database: str, table: str) -> Seen:
    clients.glue.get_table(DatabaseName=database, Name=table)
    found = clients.lake.list_permissions(
        Principal={"DataLakePrincipalIdentifier": principal},
        Resource={"Table": {"DatabaseName": database, "Name": table}},
    )
    return sorted((_body(entry) for entry in found["PrincipalResourcePermissions"]), key=repr)


def _filter(clients: Clients, account: str, database: str, table: str, name: str) -> Seen:
    return clients.lake.get_data_cells_filter(
        TableCatalogId=account, DatabaseName=database, TableName=table, Name=name
    )["DataCellsFilter"]


def _expression(clients: Clients, name: str) -> Seen:
    return _body(clients.lake.get_lf_tag_expression(Name=name))


def _location(clients: Clients, arn: str) -> Seen:
    return clients.lake.describe_resource(ResourceArn=arn)["ResourceInfo"]


def _settings(clients: Clients) -> Seen:
    return clients.lake.get_data_lake_settings()["DataLakeSettings"]


def _bucket(clients: Clients, name: str) -> Seen:
    found = {bucket["Name"]: bucket for bucket in clients.s3.list_buckets()["Buckets"]}
    if name not in found:
        return None
    versioning = clients.s3.get_bucket_versioning(Bucket=name).get("Status", "")
    return {"created": found[name]["CreationDate"], "versioning": versioning, "tags": _bucket_tags(clients, name)}


def _bucket_tags(clients: Clients, name: str) -> Seen:
    try:
        return clients.s3.get_bucket_tagging(Bucket=name)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return []
        raise


def _object(clients: Clients, bucket: str, key: str) -> Seen:
    """Every version that is listed, with its bytes: one that can't be read is an error here."""
    listed = clients.s3.list_object_versions(Bucket=bucket, Prefix=key)
    versions = [
        {
            "id": version["VersionId"],
            "latest": version["IsLatest"],
            "modified": version["LastModified"],
            "size": version["Size"],
            **_version(clients, bucket, key, version["VersionId"]),
        }
        for version in listed.get("Versions", [])
        if version["Key"] == key
    ]
    markers = [
        {"id": marker["VersionId"], "latest": marker["IsLatest"], "modified": marker["LastModified"]}
        for marker in listed.get("DeleteMarkers", [])
        if marker["Key"] == key
    ]
    return {"versions": versions, "markers": markers} if versions or markers else None


def _version(clients: Clients, bucket: str, key: str, version_id: str) -> dict[str, Any]:
    where = {"Bucket": bucket, "Key": key, "VersionId": version_id}
    found = clients.s3.get_object(**where)
    digest = hashlib.sha256()
    for chunk in found["Body"].iter_chunks(1 << 20):
        digest.update(chunk)
    return {
        "sha256": digest.hexdigest(),
        "etag": found["ETag"],
        "metadata": found["Metadata"],
        "type": found["ContentType"],
        "tags": sorted((tag["Key"], tag["Value"]) for tag in clients.s3.get_object_tagging(**where)["TagSet"]),
    }


def _upload(clients: Clients, bucket: str, key: str, upload_id: str) -> Seen:
    parts = clients.s3.list_parts(Bucket=bucket, Key=key, UploadId=upload_id).get("Parts", [])
    return {part["PartNumber"]: (part["ETag"], part["Size"], part["LastModified"]) for part in parts}


def _role(clients: Clients, name: str) -> Seen:
    iam = clients.iam
    role = iam.get_role(RoleName=name)["Role"]
    role.pop("RoleLastUsed", None)
    return {
        "role": role,
        "inline": {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        },
        "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
    }


def _user(clients: Clients, name: str) -> Seen:
    iam = clients.iam
    user = iam.get_user(UserName=name)["User"]
    user.pop("PasswordLastUsed", None)
    return {
        "user": user,
        "keys": iam.list_access_keys(UserName=name)["AccessKeyMetadata"],
        "inline": sorted(iam.list_user_policies(UserName=name)["PolicyNames"]),
    }


def _policy(clients: Clients, arn: str) -> Seen:
    found = clients.iam.get_policy(PolicyArn=arn)["Policy"]
    versions = clients.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    documents = {
        version["VersionId"]: clients.iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])[
            "PolicyVersion"
        ]
        for version in versions
    }
    return {"policy": {**found, "AttachmentCount": 0}, "versions": documents}


def _session(clients: Clients, access_key_id: str, secret: str, token: str) -> Seen:
    return clients.identity(access_key_id, secret, token or None)


def _group(clients: Clients, name: str) -> Seen:
    return clients.athena.get_work_group(WorkGroup=name)["WorkGroup"]


def _named(clients: Clients, query_id: str) -> Seen:
    return clients.athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]


def _prepared(clients: Clients, group: str, name: str) -> Seen:
    return clients.athena.get_prepared_statement(WorkGroup=group, StatementName=name)["PreparedStatement"]


def _execution(clients: Clients, execution_id: str) -> Seen:
    """Of a finished statement, with the rows that it gave."""
    found = clients.athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
    rows: list[Any] = []
    if found["Status"]["State"] == "SUCCEEDED":
        rows = clients.athena.get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"]
    return {"execution": found, "rows": rows}


OBSERVERS: dict[str, Callable[..., Seen]] = {
    "database": _database,
    "schema": _database,
    "table": _table,
    "tag": _tag,
    "tagged": _tagged,
    "grants": _grants,
    "filter": _filter,
    "expression": _expression,
    "location": _location,
    "settings": _settings,
    "bucket": _bucket,
    "object": _object,
    "upload": _upload,
    "role": _role,
    "user": _user,
    "policy": _policy,
    "session": _session,
    "group": _group,
    "named": _named,
    "prepared": _prepared,
    "execution": _execution,
    "rows": athena_changes.rows,
}
