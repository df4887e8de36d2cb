"""The AWS CLI, unmodified, led to the endpoint by its settings: S3, IAM, STS, Glue, Lake Formation, Athena."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients import tools
from tests.clients.limits import cannot

CLIENT = "AWS CLI"
OVER_8_MB = 9 * 1024 * 1024 + 1
PROGRAMS = {"v1": tools.tool("awscli", "aws"), "v2": tools.tool("awscli2", "aws")}

Aws = Callable[..., Any]


@pytest.fixture(
    params=[
        pytest.param(version, marks=pytest.mark.skipif(program is None, reason=tools.NO_CLIENT))
        for version, program in PROGRAMS.items()
    ]
)
def aws(request: Any, endpoint: Any, tmp_path: Path) -> Aws:
    """Runs the CLI as the root, or as a `profile`; the answer parsed where it is JSON."""
    config = tmp_path / "config"
    config.write_text(
        f"[profile analyst]\nrole_arn = {endpoint.role_arn('cli-analyst-' + request.param)}\nsource_profile = root\n"
    )
    env = {**tools.settings(endpoint), "AWS_CONFIG_FILE": str(config), "AWS_PAGER": "", "HOME": str(tmp_path)}
    # Debian's CLI of version 2 is older than AWS_ENDPOINT_URL
    where = ("--endpoint-url", endpoint.url) if request.param == "v2" else ()

    def call(*words: str | Path, profile: str = "root", text: str | None = None) -> Any:
        command = (PROGRAMS[request.param], *words, *where)
        printed = tools.run(*command, env={**env, "AWS_PROFILE": profile}, cwd=tmp_path, text=text)  # type: ignore[arg-type]
        try:
            return json.loads(printed)
        except ValueError:
            return printed

    call.name = request.param  # type: ignore[attr-defined]
    return call


def bucket_of(aws: Aws) -> str:
    """A bucket's name of this version's own."""
    return f"cli-{aws.name}"  # type: ignore[attr-defined]


@pytest.fixture
def bucket(aws: Aws, endpoint: Any) -> str:
    """A bucket of this version's own, made once."""
    name = bucket_of(aws)
    if name not in [each["Name"] for each in endpoint.client("s3").list_buckets()["Buckets"]]:
        aws("s3", "mb", f"s3://{name}")
    return name


def test_a_file_over_8_mb_goes_up_in_parts_and_comes_back_whole(aws: Aws, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(OVER_8_MB))
    aws("s3", "cp", "big", f"s3://{bucket}/big", "--no-progress")
    aws("s3", "cp", f"s3://{bucket}/big", f"s3://{bucket}/again", "--no-progress")
    aws("s3", "cp", f"s3://{bucket}/again", "back", "--no-progress")
    etag = aws("s3api", "head-object", "--bucket", bucket, "--key", "big")["ETag"]
    assert (tmp_path / "back").read_bytes() == (tmp_path / "big").read_bytes()
    assert etag.strip('"').endswith("-2")


def test_a_folder_is_synchronised_once_and_what_is_gone_is_deleted(aws: Aws, bucket: str, tmp_path: Path) -> None:
    for name in ("one", "sub/two"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(name)
        os.utime(tmp_path / "tree" / name, (0, 0))  # S3 tells whole seconds: what is as new as its copy goes again
    first = aws("s3", "sync", "tree", f"s3://{bucket}/tree", "--no-progress")
    second = aws("s3", "sync", "tree", f"s3://{bucket}/tree", "--no-progress")
    (tmp_path / "tree" / "one").unlink()
    third = aws("s3", "sync", "tree", f"s3://{bucket}/tree", "--delete", "--no-progress")
    listed = aws("s3", "ls", f"s3://{bucket}/tree", "--recursive")
    assert (first.count("upload:"), second, third.count("delete:")) == (2, "", 1)
    assert [line.split()[-1] for line in listed.splitlines()] == ["tree/sub/two"]


def test_standard_input_and_output_are_copied_moved_and_removed(aws: Aws, bucket: str) -> None:
    aws("s3", "cp", "-", f"s3://{bucket}/in", text="héllo\n")
    aws("s3", "mv", f"s3://{bucket}/in", f"s3://{bucket}/out")
    assert aws("s3", "cp", f"s3://{bucket}/out", "-") == "héllo\n"
    aws("s3", "rm", f"s3://{bucket}/out")
    with pytest.raises(tools.Failed, match="404"):
        aws("s3api", "head-object", "--bucket", bucket, "--key", "out")


def test_a_presigned_address_opens_one_object_without_credentials(aws: Aws, bucket: str) -> None:
    aws("s3", "cp", "-", f"s3://{bucket}/shared", text="for everybody")
    address = aws("s3", "presign", f"s3://{bucket}/shared").strip()
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"for everybody"


def test_a_bucket_that_is_not_empty_is_removed_only_by_force(aws: Aws) -> None:
    name = f"{bucket_of(aws)}-brief"
    aws("s3", "mb", f"s3://{name}")
    aws("s3", "cp", "-", f"s3://{name}/key", text="x")
    with pytest.raises(tools.Failed, match="BucketNotEmpty"):
        aws("s3", "rb", f"s3://{name}")
    aws("s3", "rb", f"s3://{name}", "--force")
    assert name not in aws("s3", "ls")


def test_versions_and_tags_are_kept(aws: Aws, tmp_path: Path) -> None:
    name = f"{bucket_of(aws)}-versions"
    aws("s3", "mb", f"s3://{name}")
    aws("s3api", "put-bucket-versioning", "--bucket", name, "--versioning-configuration", "Status=Enabled")
    (tmp_path / "body").write_text("first")
    aws("s3api", "put-object", "--bucket", name, "--key", "k", "--body", "body", "--tagging", "team=sales")
    (tmp_path / "body").write_text("second")
    aws("s3api", "put-object", "--bucket", name, "--key", "k", "--body", "body")
    versions = aws("s3api", "list-object-versions", "--bucket", name)["Versions"]
    oldest = ("--bucket", name, "--key", "k", "--version-id", versions[-1]["VersionId"])
    aws("s3api", "get-object", *oldest, "old")
    assert [(each["IsLatest"], each["Size"]) for each in versions] == [(True, 6), (False, 5)]
    assert (tmp_path / "old").read_text() == "first"
    assert aws("s3api", "get-object-tagging", *oldest)["TagSet"] == [{"Key": "team", "Value": "sales"}]
    assert aws("s3api", "get-object-tagging", "--bucket", name, "--key", "k")["TagSet"] == []


def test_a_bucket_policy_is_obeyed(aws: Aws, bucket: str) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/shut/*",
    }
    aws("s3", "cp", "-", f"s3://{bucket}/shut/key", text="x")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy)
    with pytest.raises(tools.Failed, match=r"AccessDenied|403|Forbidden"):
        aws("s3", "cp", f"s3://{bucket}/shut/key", "-")
    aws("s3api", "delete-bucket-policy", "--bucket", bucket)
    assert aws("s3", "cp", f"s3://{bucket}/shut/key", "-") == "x"


def make_analyst(aws: Aws, endpoint: Any) -> str:
    """A role that may query, made with the CLI; returns its name."""
    name = f"cli-analyst-{aws.name}"  # type: ignore[attr-defined]
    if name in aws("iam", "list-roles", "--query", "Roles[].RoleName"):
        return name
    account = {"AWS": f"arn:aws:iam::{endpoint.account_id}:root"}
    trust = {"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"}
    may = {
        "Effect": "Allow",
        "Action": ["athena:*", "glue:Get*", "lakeformation:GetDataAccess", "s3:*"],
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws("iam", "create-role", "--role-name", name, "--assume-role-policy-document", document)
    inline = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    aws("iam", "put-role-policy", "--role-name", name, "--policy-name", "reads", "--policy-document", inline)
    aws("iam", "wait", "role-exists", "--role-name", name)
    return name


def test_a_role_is_made_assumed_by_profile_and_limited_to_its_policy(aws: Aws, endpoint: Any) -> None:
    name = make_analyst(aws, endpoint)
    keys = aws("sts", "assume-role", "--role-arn", endpoint.role_arn(name), "--role-session-name", "by-hand")
    assert keys["AssumedRoleUser"]["Arn"].endswith(f"assumed-role/{name}/by-hand")
    if aws.name == "v2":  # type: ignore[attr-defined]
        with cannot(CLIENT, "a profile with role_arn, in Debian's version 2.9"):
            aws("sts", "get-caller-identity", profile="analyst")
        return
    arn = aws("sts", "get-caller-identity", profile="analyst")["Arn"]
    assert arn.startswith(f"arn:aws:sts::{endpoint.account_id}:assumed-role/{name}/")
    with pytest.raises(tools.Failed, match="AccessDenied"):
        aws("iam", "list-roles", profile="analyst")


def test_a_user_gets_a_key_a_policy_and_a_verdict(aws: Aws, endpoint: Any) -> None:
    name = f"cli-user-{aws.name}"  # type: ignore[attr-defined]
    arn = aws("iam", "create-user", "--user-name", name)["User"]["Arn"]
    key = aws("iam", "create-access-key", "--user-name", name)["AccessKey"]
    managed = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    aws("iam", "attach-user-policy", "--user-name", name, "--policy-arn", managed)
    simulated = aws(
        *(
            "iam",
            "simulate-principal-policy",
            "--policy-source-arn",
            arn,
            "--action-names",
            "s3:GetObject",
            "s3:PutObject",
        ),
        *("--query", "EvaluationResults[].EvalDecision"),
    )
    assert key["Status"] == "Active" and simulated == ["allowed", "implicitDeny"]


def make_tables(aws: Aws) -> str:
    """A database with five tables, made with the CLI, once; returns its name."""
    name = f"cli_{aws.name}"  # type: ignore[attr-defined]
    if name in aws("glue", "get-databases", "--query", "DatabaseList[].Name"):
        return name
    aws("glue", "create-database", "--database-input", f"Name={name}")
    for number in range(5):
        storage = {
            "Columns": [{"Name": "a", "Type": "int"}, {"Name": "b", "Type": "string"}],
            "Location": f"s3://lake/t{number}/",
        }
        table = json.dumps({"Name": f"t{number}", "StorageDescriptor": storage})
        aws("glue", "create-table", "--database-name", name, "--table-input", table)
    return name


def test_tables_are_made_paged_searched_and_deleted(aws: Aws) -> None:
    name = make_tables(aws)
    listing = ("glue", "get-tables", "--database-name", name, "--query")
    assert aws(*listing, "TableList[].Name", "--page-size", "2") == ["t0", "t1", "t2", "t3", "t4"]
    names, token = aws(*listing, "[TableList[].Name, NextToken]", "--max-items", "2")
    rest = aws(*listing, "TableList[].Name", "--starting-token", token)
    found = aws("glue", "search-tables", "--search-text", "t3", "--query", "TableList[].Name")
    aws("glue", "create-table", "--database-name", name, "--table-input", "Name=brief")
    aws("glue", "delete-table", "--database-name", name, "--name", "brief")
    deleted = aws("glue", "batch-delete-table", "--database-name", name, "--tables-to-delete", "nosuch")
    assert (names, rest) == (["t0", "t1"], ["t2", "t3", "t4"])
    assert "t3" in found
    assert [each["TableName"] for each in deleted["Errors"]] == ["nosuch"]


def test_tags_grants_and_filters_are_made_listed_and_taken_back(aws: Aws, endpoint: Any) -> None:
    database, role = make_tables(aws), endpoint.role_arn(make_analyst(aws, endpoint))
    key = f"pii-{aws.name}"  # type: ignore[attr-defined]
    table = json.dumps({"Table": {"DatabaseName": database, "Name": "t1"}})
    grant = ("--principal", f"DataLakePrincipalIdentifier={role}", "--permissions", "SELECT", "--resource", table)
    admin = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{endpoint.account_id}:root"}]}
    aws("lakeformation", "put-data-lake-settings", "--data-lake-settings", json.dumps(admin))
    aws("lakeformation", "create-lf-tag", "--tag-key", key, "--tag-values", "true", "false")
    tag = f"TagKey={key},TagValues=true"
    added = aws("lakeformation", "add-lf-tags-to-resource", "--resource", table, "--lf-tags", tag)
    shown = aws("lakeformation", "get-resource-lf-tags", "--resource", table)["LFTagsOnTable"]
    found = aws("lakeformation", "search-tables-by-lf-tags", "--expression", tag, "--query", "TableList[].Table.Name")
    aws("lakeformation", "grant-permissions", *grant)
    holders = (
        "lakeformation",
        "list-permissions",
        "--resource",
        table,
        "--query",
        "PrincipalResourcePermissions[].Principal.*[]",
    )
    granted = aws(*holders)
    aws("lakeformation", "revoke-permissions", *grant)
    cells = {"TableCatalogId": endpoint.account_id, "DatabaseName": database, "TableName": "t1", "Name": "some"}
    rows = {"RowFilter": {"FilterExpression": "a > 1"}, "ColumnWildcard": {}}
    aws("lakeformation", "create-data-cells-filter", "--table-data", json.dumps({**cells, **rows}))
    filters = aws(
        "lakeformation", "list-data-cells-filter", "--query", f"DataCellsFilters[?DatabaseName=='{database}'].Name"
    )
    assert (added["Failures"], found, filters) == ([], ["t1"], ["some"])
    assert [each["TagKey"] for each in shown] == [key]
    assert role in granted and role not in aws(*holders)


def test_a_query_runs_and_its_rows_are_paged(aws: Aws) -> None:
    output = ("--result-configuration", "OutputLocation=s3://lake/cli/")
    sql = "SELECT n FROM UNNEST(sequence(1, 5)) AS t(n) ORDER BY n"
    query = aws("athena", "start-query-execution", "--query-string", sql, *output)["QueryExecutionId"]
    state = ("athena", "get-query-execution", "--query-execution-id", query, "--query", "QueryExecution.Status.State")
    while (found := aws(*state)) in ("QUEUED", "RUNNING"):
        pass
    rows = aws("athena", "get-query-results", "--query-execution-id", query, "--page-size", "2")["ResultSet"]["Rows"]
    assert found == "SUCCEEDED"
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["n", "1", "2", "3", "4", "5"]
    with pytest.raises(tools.Failed, match="mismatched input 'SELEKT'|SELEKT"):
        aws("athena", "start-query-execution", "--query-string", "SELEKT 1", *output)


def test_work_groups_and_metadata_are_listed(aws: Aws) -> None:
    name, database = f"cli-{aws.name}", make_tables(aws)  # type: ignore[attr-defined]
    enforced = "ResultConfiguration={OutputLocation=s3://lake/cli/},EnforceWorkGroupConfiguration=true"
    aws("athena", "create-work-group", "--name", name, "--configuration", enforced)
    groups = aws("athena", "list-work-groups", "--query", "WorkGroups[].Name")
    listed = aws(
        *("athena", "list-table-metadata", "--catalog-name", "AwsDataCatalog", "--database-name", database),
        *("--query", "TableMetadataList[].Name"),
    )
    assert name in groups and listed == ["t0", "t1", "t2", "t3", "t4"]


REFUSED = {
    "s3api select-object-content": (
        *("s3api", "select-object-content", "--bucket", "lake", "--key", "k", "--expression", "SELECT 1"),
        *("--expression-type", "SQL", "--input-serialization", "CSV={}", "--output-serialization", "CSV={}", "out"),
    ),
    "s3 website, replication, object lock": ("s3", "website", "s3://lake", "--index-document", "i.html"),
    "glue crawlers, jobs, workflows": ("glue", "get-crawlers"),
    "athena sessions and notebooks (Spark)": (
        *("athena", "start-session", "--work-group", "primary", "--engine-configuration", "MaxConcurrentDpus=2"),
    ),
    "lakeformation transactions (governed tables)": ("lakeformation", "start-transaction"),
    "sts assume-root, decode-authorization-message": ("sts", "decode-authorization-message", "--encoded-message", "x"),
    "sts with web identity or SAML": (
        *("sts", "assume-role-with-web-identity", "--role-arn", "arn:aws:iam::0:role/role-name"),
        *("--role-session-name", "session", "--web-identity-token", "token"),
    ),
    "services other than S3, Glue, Lake Formation, Athena, IAM, STS": ("events", "list-rules"),
}


@pytest.mark.parametrize("feature", REFUSED)
def test_refused_by_name(aws: Aws, feature: str) -> None:
    with cannot(CLIENT, feature):
        aws(*REFUSED[feature])
