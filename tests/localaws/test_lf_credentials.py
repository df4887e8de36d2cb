"""Credentials that Lake Formation hands out: to whom, for what, how long, and what S3 makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.lakeformation.access import Cells, TableAccess
from mesh_core.localaws.lakeformation.engines import TAG, level_of
from mesh_core.localaws.lakeformation.vending import Prefix, scope
from tests.localaws.conftest import EndpointProcess
from tests.localaws.lake_endpoint import LAKE, Mesh, allow, code_of, columns, table

ROLES = ("reader", "partial", "rows", "writer", "keeper", "outsider", "late")
WHOLE = {"AllowFullTableExternalDataAccess": True}
TABLE = "GetTemporaryGlueTableCredentials"
PARTITION = "GetTemporaryGluePartitionCredentials"
LOCATION = "GetTemporaryDataLocationCredentials"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    endpoint = EndpointProcess(tmp_path_factory.mktemp("credentials"))
    made = Mesh(endpoint, *ROLES)
    made.table("orders", "id:int email:string", {"2023": "1,a@x\n", "2024": "2,b@x\n"}, "year:int")
    made.table("orders2", "id:int", {"": "9\n"})
    made.table("twin", "id:int", {}, location=f"s3://{LAKE}/sales/orders2/")
    made.grant("reader", table("orders"), "SELECT")
    made.grant("partial", columns("orders", "id"), "SELECT")
    made.cells("rows", "orders", "first", "id = 1")
    made.grant("writer", table("orders"), "INSERT", "DELETE")
    made.grant("keeper", table("orders"), "ALL")
    made.settings(**WHOLE)
    yield made
    assert endpoint.stop() == 0


def arn(mesh: Mesh, name: str = "orders") -> str:
    return f"arn:aws:glue:{mesh.endpoint.region}:{mesh.endpoint.account_id}:table/sales/{name}"


def s3_of(mesh: Mesh, got: dict[str, Any]) -> Any:
    session = boto3.Session(
        got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], region_name=mesh.endpoint.region
    )
    return mesh.endpoint.client_of(session, "s3")


def refusal(mesh: Mesh, operation: str, role: str, **params: Any) -> str:
    return code_of(lambda: mesh.call(operation, role, **params))


def what_opens(s3: Any, *keys: str) -> list[str]:
    """The keys that can be read."""
    return [key for key in keys if not code_of(s3.get_object, Bucket=LAKE, Key=key)]


YEARS = ("sales/orders/year=2023/part-0", "sales/orders/year=2024/part-0")
NEIGHBOUR = "sales/orders2/part-0"


def test_credentials_for_a_table_read_its_files_and_nothing_else(mesh: Mesh) -> None:
    got = mesh.call(TABLE, "reader", TableArn=arn(mesh), Permissions=["SELECT"])
    assert got["VendedS3Path"] == [f"s3://{LAKE}/sales/orders/"]
    s3 = s3_of(mesh, got)
    assert what_opens(s3, *YEARS, NEIGHBOUR) == list(YEARS)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=LAKE, Prefix="sales/orders/")["Contents"]] == list(YEARS)
    for prefix in ("", "sales/", "sales/orders", "sales/orders2/"):
        assert code_of(s3.list_objects_v2, Bucket=LAKE, Prefix=prefix) == "AccessDenied"
    assert code_of(s3.put_object, Bucket=LAKE, Key="sales/orders/x", Body=b"") == "AccessDenied"
    assert code_of(s3.delete_object, Bucket=LAKE, Key=YEARS[0]) == "AccessDenied"
    assert code_of(s3.list_buckets) == "AccessDenied"


def test_credentials_bear_the_registered_role_and_open_no_other_service(mesh: Mesh) -> None:
    got = mesh.call(TABLE, "reader", TableArn=arn(mesh))
    session = boto3.Session(
        got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], region_name=mesh.endpoint.region
    )
    who = mesh.endpoint.client_of(session, "sts").get_caller_identity()["Arn"]
    assert who.startswith(f"arn:aws:sts::{mesh.endpoint.account_id}:assumed-role/registrar/AWSLF-00-")
    assert code_of(mesh.endpoint.client_of(session, "glue").get_databases) == "AccessDeniedException"
    assert code_of(mesh.endpoint.client_of(session, "lakeformation").list_resources) == "AccessDeniedException"
    assume = mesh.endpoint.client_of(session, "sts").assume_role
    admin = mesh.endpoint.role_arn("admin")
    assert code_of(assume, RoleArn=admin, RoleSessionName="more") == "AccessDenied"


def test_a_partition_is_a_scope_of_its_own(mesh: Mesh) -> None:
    got = mesh.call(PARTITION, "reader", TableArn=arn(mesh), Partition={"Values": ["2024"]})
    assert what_opens(s3_of(mesh, got), *YEARS, NEIGHBOUR) == [YEARS[1]]
    missing = {"TableArn": arn(mesh), "Partition": {"Values": ["1999"]}}
    assert refusal(mesh, PARTITION, "reader", **missing) == "EntityNotFoundException"
    assert refusal(mesh, PARTITION, "outsider", **missing) == "AccessDeniedException"


def test_a_folder_of_the_table_can_be_asked_for_and_no_other(mesh: Mesh) -> None:
    folder = f"s3://{LAKE}/sales/orders/year=2023"
    got = mesh.call(TABLE, "reader", TableArn=arn(mesh), S3Path=folder)
    assert (got["VendedS3Path"], what_opens(s3_of(mesh, got), *YEARS)) == ([f"{folder}/"], [YEARS[0]])
    for other in ("sales", "sales/orders2", ""):
        path = f"s3://{LAKE}/{other}"
        assert refusal(mesh, TABLE, "reader", TableArn=arn(mesh), S3Path=path) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("role", "permissions", "code"),
    [
        ("reader", ["SELECT", "INSERT"], "AccessDeniedException"),
        ("reader", ["ALL"], "AccessDeniedException"),
        ("writer", ["SELECT"], "AccessDeniedException"),
        ("writer", None, "AccessDeniedException"),
        ("keeper", ["ALL"], ""),
        ("reader", ["DESCRIBE"], "InvalidInputException"),
        ("reader", ["CREATE_DATABASE"], "InvalidInputException"),
        ("partial", ["SELECT"], "AccessDeniedException"),
        ("rows", ["SELECT"], "AccessDeniedException"),
        ("outsider", ["SELECT"], "AccessDeniedException"),
        ("admin", ["SELECT"], "AccessDeniedException"),
        ("owner", ["ALL"], ""),
    ],
)
def test_credentials_give_what_their_caller_holds_on_the_whole_table(
    mesh: Mesh, role: str, permissions: list[str] | None, code: str
) -> None:
    asked = {} if permissions is None else {"Permissions": permissions}
    assert refusal(mesh, TABLE, role, TableArn=arn(mesh), **asked) == code
    supported = {"SupportedPermissionTypes": ["NESTED_CELL_PERMISSION"]}
    assert refusal(mesh, TABLE, role, TableArn=arn(mesh), **asked, **supported) == code


def test_who_may_only_write_writes_and_reads_nothing(mesh: Mesh) -> None:
    s3 = s3_of(mesh, mesh.call(TABLE, "writer", TableArn=arn(mesh), Permissions=["INSERT", "DELETE"]))
    s3.put_object(Bucket=LAKE, Key="sales/orders/new", Body=b"x")
    assert what_opens(s3, "sales/orders/new", *YEARS) == []
    s3.delete_object(Bucket=LAKE, Key="sales/orders/new")
    assert code_of(s3.put_object, Bucket=LAKE, Key=NEIGHBOUR, Body=b"x") == "AccessDenied"


def test_a_table_that_is_not_there_looks_like_a_forbidden_one(mesh: Mesh) -> None:
    for name in ("orders", "nosuch"):
        assert refusal(mesh, TABLE, "outsider", TableArn=arn(mesh, name)) == "AccessDeniedException"
    assert refusal(mesh, TABLE, "owner", TableArn=arn(mesh, "nosuch")) == "EntityNotFoundException"
    for other in (arn(mesh).replace("us-east-1", "us-west-2"), arn(mesh).replace("table/", "database/"), "orders"):
        assert refusal(mesh, TABLE, "reader", TableArn=other) == "InvalidInputException"


def test_iam_is_asked_for_data_access(mesh: Mesh) -> None:
    mesh.role("without", allow("glue:*", "lakeformation:Get*LFTag*", "lakeformation:GetTemporary*"))
    mesh.grant("without", table("orders"), "SELECT")
    assert refusal(mesh, TABLE, "without", TableArn=arn(mesh)) == "AccessDeniedException"
    mesh.role("within", allow("lakeformation:GetDataAccess"))
    mesh.grant("within", table("orders"), "SELECT")
    assert refusal(mesh, TABLE, "within", TableArn=arn(mesh)) == ""


@pytest.mark.parametrize(
    ("seconds", "code"), [(900, ""), (21_600, ""), (899, "ParamValidation"), (21_601, "InvalidInputException")]
)
def test_credentials_last_as_long_as_asked_within_limits(mesh: Mesh, seconds: int, code: str) -> None:
    if code == "ParamValidation":
        with pytest.raises(Exception, match="DurationSeconds"):
            mesh.call(TABLE, "reader", TableArn=arn(mesh), DurationSeconds=seconds)
        return
    assert refusal(mesh, TABLE, "reader", TableArn=arn(mesh), DurationSeconds=seconds) == code


def test_a_new_account_gives_no_credentials(mesh: Mesh) -> None:
    mesh.settings()
    try:
        assert refusal(mesh, TABLE, "owner", TableArn=arn(mesh)) == "AccessDeniedException"
        path = {"DataLocations": [f"s3://{LAKE}/sales/orders/"]}
        assert refusal(mesh, LOCATION, "owner", **path) == "AccessDeniedException"
    finally:
        mesh.settings(**WHOLE)


def filtering(mesh: Mesh, **changes: Any) -> None:
    own = [{"DataLakePrincipalIdentifier": mesh.endpoint.account_id}]
    given = {
        "AllowExternalDataFiltering": True,
        "ExternalDataFilteringAllowList": own,
        "AuthorizedSessionTagValueList": ["engine1"],
    }
    mesh.settings(**given | changes)


@pytest.mark.parametrize(
    ("tag", "changes", "supported", "code"),
    [
        pytest.param("engine1", {}, ["COLUMN_PERMISSION"], "", id="an engine that filters columns"),
        pytest.param("engine1", {}, ["CELL_FILTER_PERMISSION"], "", id="cells include columns"),
        pytest.param("engine1", {}, [], "PermissionTypeMismatchException", id="an engine that filters nothing"),
        pytest.param("engine2", {}, ["COLUMN_PERMISSION"], "AccessDeniedException", id="another engine"),
        pytest.param(None, {}, ["COLUMN_PERMISSION"], "AccessDeniedException", id="no engine"),
        pytest.param("engine1", {"ExternalDataFilteringAllowList": []}, ["COLUMN_PERMISSION"], "AccessDeniedException"),
        pytest.param("engine1", {"AllowExternalDataFiltering": False}, ["COLUMN_PERMISSION"], "AccessDeniedException"),
    ],
)
def test_a_trusted_engine_gets_files_of_which_it_hides_a_part_itself(
    mesh: Mesh, tag: str | None, changes: dict[str, Any], supported: list[str], code: str
) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{mesh.endpoint.account_id}:root"}}
    trust = {**statement, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    name = f"engine-{tag}-{len(supported)}-{'-'.join(changes)}"[:60].rstrip("-")
    if code_of(mesh.endpoint.client("iam").get_role, RoleName=name):
        mesh.role(name, trust=trust)
        mesh.grant(name, columns("orders", "id"), "SELECT")
    tags = {} if tag is None else {"Tags": [{"Key": TAG, "Value": tag}]}
    session = boto3.Session(region_name=mesh.endpoint.region, **mesh.endpoint.assume(name, **tags))
    lf = mesh.endpoint.client_of(session, "lakeformation")
    filtering(mesh, **changes)
    try:
        asked = {"SupportedPermissionTypes": supported} if supported else {}
        assert code_of(lf.get_temporary_glue_table_credentials, TableArn=arn(mesh), **asked) == code
    finally:
        mesh.settings(**WHOLE)


def test_credentials_outlive_a_restart_and_the_grant_but_not_their_time(mesh: Mesh) -> None:
    mesh.grant("late", table("orders"), "SELECT")
    got = mesh.call(TABLE, "late", TableArn=arn(mesh), DurationSeconds=900)
    mesh.revoke("late", table("orders"), "SELECT")
    assert refusal(mesh, TABLE, "late", TableArn=arn(mesh)) == "AccessDeniedException"
    mesh.endpoint.restart()
    assert what_opens(s3_of(mesh, got), *YEARS) == list(YEARS)
    stolen = {**got, "SessionToken": "AAAA"}
    assert code_of(s3_of(mesh, stolen).get_object, Bucket=LAKE, Key=YEARS[0]) == "InvalidToken"


@pytest.mark.parametrize(
    ("role", "path", "wanted", "found"),
    [
        ("keeper", "sales/orders/", None, "READWRITE"),
        ("keeper", "sales/orders/", "READ", "READ"),
        ("reader", "sales/orders/year=2023/", None, "READ"),
        ("reader", "sales/orders/", "READWRITE", "AccessDeniedException"),
        ("partial", "sales/orders/", None, "AccessDeniedException"),
        ("rows", "sales/orders/", None, "AccessDeniedException"),
        ("outsider", "sales/orders/", None, "AccessDeniedException"),
        ("outsider", "sales/nothing/", None, "AccessDeniedException"),
        ("admin", "sales/orders/", None, "AccessDeniedException"),
        ("admin", "sales/", None, "EntityNotFoundException"),
        ("owner", "sales/orders2/", None, "ConflictException"),
        ("reader", "sales/orders2/", None, "AccessDeniedException"),
    ],
)
def test_a_location_is_opened_to_who_holds_the_table_that_lies_there(
    mesh: Mesh, role: str, path: str, wanted: str | None, found: str
) -> None:
    asked = {"DataLocations": [f"s3://{LAKE}/{path}"], **({"CredentialsScope": wanted} if wanted else {})}
    if found.endswith("Exception"):
        assert refusal(mesh, LOCATION, role, **asked) == found
        return
    got = mesh.call(LOCATION, role, **asked)
    assert (got["CredentialsScope"], got["AccessibleDataLocations"]) == (found, asked["DataLocations"])
    s3 = s3_of(mesh, got["Credentials"])
    assert what_opens(s3, *YEARS, NEIGHBOUR) == [key for key in YEARS if key.startswith(path)]
    code = code_of(s3.put_object, Bucket=LAKE, Key=f"{path}_new", Body=b"")
    assert code == ("" if found == "READWRITE" else "AccessDenied")


def test_a_location_that_is_not_registered_is_read_with_own_rights(mesh: Mesh) -> None:
    mesh.table("outside", "id:int", {"": "1\n"}, location="s3://governed-own/outside/")
    assert refusal(mesh, TABLE, "owner", TableArn=arn(mesh, "outside")) == "EntityNotFoundException"
    path = {"DataLocations": ["s3://governed-own/outside/"]}
    assert refusal(mesh, LOCATION, "owner", **path) == "EntityNotFoundException"


@pytest.mark.parametrize("role", ["root", "role/a b", "role/x:root", "user/u"])
def test_a_location_is_registered_with_a_role(mesh: Mesh, role: str) -> None:
    place = f"arn:aws:iam::{mesh.endpoint.account_id}:{role}"
    resource = {"ResourceArn": f"arn:aws:s3:::{LAKE}/other", "RoleArn": place}
    assert refusal(mesh, "RegisterResource", "admin", **resource) == "InvalidInputException"


@pytest.mark.parametrize("path", ["s3://lake/a*/", "s3://lake/a?/", "s3://lake/${aws:username}/", "lake/a", "s3://"])
def test_a_folder_that_a_policy_can_not_name_exactly_is_no_scope(path: str) -> None:
    with pytest.raises(AwsError) as refused:
        Prefix.of(path)
    assert refused.value.code == "InvalidInputException"


def test_a_whole_bucket_is_a_scope_too() -> None:
    whole, folder = Prefix.of("s3://lake"), Prefix.of("arn:aws:s3:::lake/a/b")
    assert (str(whole), str(folder), whole.covers(folder), folder.covers(whole)) == (
        "s3://lake/",
        "s3://lake/a/b/",
        True,
        False,
    )
    statements = json.loads(scope([whole], ["SELECT"]))["Statement"]
    assert [each["Resource"] for each in statements] == [
        "arn:aws:s3:::lake/*",
        "arn:aws:s3:::lake",
        "arn:aws:s3:::lake",
    ]


ALL = ("id", "email", "address")


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"governed": False, "columns": ()}, ""),
        ({}, ""),
        ({"columns": ("id",)}, "COLUMN_PERMISSION"),
        ({"cells": (Cells(frozenset(ALL), "id = 1"),)}, "CELL_FILTER_PERMISSION"),
        ({"fields": {"address": frozenset({"zip"})}}, "NESTED_PERMISSION"),
        (
            {
                "fields": {"address": frozenset({"zip"})},
                "cells": (Cells(frozenset({"id"}), None), Cells(frozenset({"address.zip"}), "id = 1")),
            },
            "NESTED_CELL_PERMISSION",
        ),
    ],
)
def test_what_an_engine_must_filter(changes: dict[str, Any], level: str) -> None:
    given: dict[str, Any] = {"columns": ALL, "cells": (), "governed": True, **changes}
    access = TableAccess(permissions=frozenset({"SELECT"}), metadata_columns=ALL, **given)
    assert level_of(access, len(ALL)) == level
