"""What decides about requests is known without moto: after every change, after a restart, from an older folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.iam.bridge import MotoIam
from mesh_core.localaws.iam.known import NOTHING, Identity, Known
from mesh_core.localaws.iam.late import LateIam
from mesh_core.localaws.migrations import DamagedStateError
from mesh_core.localaws.store import Store
from tests.localaws.conftest import EndpointProcess

ACCOUNT = "111122223333"
ROOT = Path(__file__).parents[2]
PREFIX = f"arn:aws:iam::{ACCOUNT}:"
ROLE, USER, MANAGED = f"{PREFIX}role/r", f"{PREFIX}user/u", f"{PREFIX}policy/m"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
CREATE = {"CreateRole": {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}, "CreateUser": {"UserName": "u"}}


def now() -> datetime:
    return datetime(2026, 11, 22, 12, 0, 0, 0, UTC)


def allow(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def run(iam: MotoIam | LateIam, action: str, **fields: str) -> str:
    reply = iam.run({"Action": action, "Version": "2010-05-08", **fields})
    assert reply.status == 200, reply.body
    return reply.body.decode() if isinstance(reply.body, bytes) else ""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def iam(store: Store) -> LateIam:
    made = LateIam(store, ACCOUNT, now)
    for action, fields in CREATE.items():
        run(made, action, **fields)
    return made


CHANGES = [
    pytest.param([], ROLE, {"policies": [], "trust": TRUST, "longest_s": 3600, "boundary": None}, id="a new role"),
    pytest.param([], USER, {"policies": [], "trust": "", "boundary": None}, id="a new user"),
    pytest.param([], f"{PREFIX}role/x", None, id="nobody"),
    pytest.param(
        [("PutRolePolicy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": allow("s3:*")})],
        ROLE,
        {"policies": [allow("s3:*")]},
        id="an inline policy",
    ),
    pytest.param(
        [
            ("PutRolePolicy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": allow("s3:*")}),
            ("PutRolePolicy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": allow("glue:*")}),
        ],
        ROLE,
        {"policies": [allow("glue:*")]},
        id="an inline policy that is replaced",
    ),
    pytest.param(
        [
            ("PutRolePolicy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": allow("s3:*")}),
            ("DeleteRolePolicy", {"RoleName": "r", "PolicyName": "p"}),
        ],
        ROLE,
        {"policies": []},
        id="an inline policy that is taken away",
    ),
    pytest.param(
        [
            ("CreatePolicy", {"PolicyName": "m", "PolicyDocument": allow("s3:*")}),
            ("AttachRolePolicy", {"RoleName": "r", "PolicyArn": MANAGED}),
            ("CreatePolicyVersion", {"PolicyArn": MANAGED, "PolicyDocument": allow("a:*"), "SetAsDefault": "true"}),
        ],
        ROLE,
        {"policies": [allow("a:*")]},
        id="a managed policy's new version, which names no role",
    ),
    pytest.param(
        [
            ("CreateGroup", {"GroupName": "g"}),
            ("AddUserToGroup", {"GroupName": "g", "UserName": "u"}),
            ("PutGroupPolicy", {"GroupName": "g", "PolicyName": "p", "PolicyDocument": allow("s3:*")}),
        ],
        USER,
        {"policies": [allow("s3:*")]},
        id="a group's policy, which names no user",
    ),
    pytest.param(
        [
            ("CreatePolicy", {"PolicyName": "m", "PolicyDocument": allow("s3:*")}),
            ("PutRolePermissionsBoundary", {"RoleName": "r", "PermissionsBoundary": MANAGED}),
        ],
        ROLE,
        {"boundary": allow("s3:*")},
        id="a boundary",
    ),
    pytest.param(
        [
            ("CreatePolicy", {"PolicyName": "m", "PolicyDocument": allow("s3:*")}),
            ("PutUserPermissionsBoundary", {"UserName": "u", "PermissionsBoundary": MANAGED}),
            ("DeletePolicy", {"PolicyArn": MANAGED}),
        ],
        USER,
        {"boundary": NOTHING},
        id="a boundary whose policy is gone lets nothing through",
    ),
    pytest.param(
        [("TagRole", {"RoleName": "r", "Tags.member.1.Key": "k", "Tags.member.1.Value": "v"})],
        ROLE,
        {"tags": {"k": "v"}},
        id="a tag",
    ),
    pytest.param([("DeleteRole", {"RoleName": "r"})], ROLE, None, id="a role that is deleted"),
    pytest.param([("UpdateUser", {"UserName": "u", "NewUserName": "w"})], USER, None, id="a user that is renamed"),
]


@pytest.mark.parametrize(("changes", "arn", "expected"), CHANGES)
def test_every_change_of_iam_is_known_at_once_and_by_another_process(
    iam: LateIam, store: Store, changes: list[tuple[str, dict[str, str]]], arn: str, expected: dict[str, object] | None
) -> None:
    iam.known.identity(arn)  # what was read before does not stand in the way
    for action, fields in changes:
        run(iam, action, **fields)
    found = iam.known.identity(arn)
    assert found == Known(Store(store.folder)).identity(arn)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        shown = {**vars(found), "policies": list(found.policies)}
        assert {name: shown[name] for name in expected} == expected


def test_an_access_key_is_known_while_it_is_active_and_its_user_is_there(iam: LateIam) -> None:
    made = run(iam, "CreateAccessKey", UserName="u")
    key_id = made.split("<AccessKeyId>")[1].split("<")[0]
    secret = made.split("<SecretAccessKey>")[1].split("<")[0]
    key = iam.known.key(key_id)
    assert key is not None and (key.user_arn, key.secret) == (USER, secret)
    run(iam, "UpdateAccessKey", UserName="u", AccessKeyId=key_id, Status="Inactive")
    assert iam.known.key(key_id) is None
    run(iam, "UpdateAccessKey", UserName="u", AccessKeyId=key_id, Status="Active")
    assert iam.known.key(key_id) is not None
    run(iam, "DeleteAccessKey", UserName="u", AccessKeyId=key_id)
    assert iam.known.key(key_id) is None


def test_a_role_made_again_under_its_name_has_another_id(iam: LateIam) -> None:
    before = iam.known.identity(ROLE)
    run(iam, "DeleteRole", RoleName="r")
    run(iam, "CreateRole", **CREATE["CreateRole"])
    after = iam.known.identity(ROLE)
    assert before is not None and after is not None and before.unique_id != after.unique_id


def test_what_an_older_endpoint_did_is_noticed_at_the_start(iam: LateIam, store: Store) -> None:
    before = iam.known.identity(ROLE)
    with store.write() as db:
        db.execute("DELETE FROM iam_known")
        db.execute("UPDATE iam_known_state SET changes = 0, log = '0 of 0'")
    assert LateIam(Store(store.folder), ACCOUNT, now).known.identity(ROLE) == before


def test_a_log_that_cannot_be_replayed_stops_iam_alone_where_all_else_is_known(iam: LateIam, store: Store) -> None:
    with store.write() as db:
        db.execute("UPDATE iam_change SET form = replace(form, 'CreateUser', 'CreateUsher')")
    late = LateIam(Store(store.folder), ACCOUNT, now)
    assert isinstance(late.known.identity(USER), Identity)
    with pytest.raises(AwsError, match="can't be replayed") as refused:
        late.run({"Action": "ListUsers", "Version": "2010-05-08"})
    assert refused.value.code == "ServiceFailure"
    with store.write() as db:
        db.execute("UPDATE iam_known_state SET log = '0 of 0'")
    with pytest.raises(DamagedStateError, match="can't be replayed"):
        LateIam(Store(store.folder), ACCOUNT, now)


def test_a_change_that_is_undone_is_not_known(iam: LateIam, store: Store) -> None:
    before = iam.known.identity(ROLE)
    with pytest.raises(RuntimeError), store.write() as db:
        db.execute("DELETE FROM iam_known")
        iam.known.write(db, iam.backend)
        raise RuntimeError
    assert iam.known.identity(ROLE) == before
    run(iam, "PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=allow("s3:*"))
    after = iam.known.identity(ROLE)
    assert after is not None and after.policies == (allow("s3:*"),)


def test_requests_of_roles_and_users_need_no_moto(own_endpoint: EndpointProcess, tmp_path: Path) -> None:
    own_endpoint.make_role("reader")
    own_endpoint.client("sts", "reader").get_caller_identity()
    own_endpoint.stop()
    code = f"""
import sys
from pathlib import Path
from mesh_core.localaws.folder import Folder
from mesh_core.localaws.server import assemble
gate = assemble(Folder(Path({str(own_endpoint.folder)!r})), 0, None, None).gate
arn = "arn:aws:iam::000000000000:role/reader"
assert gate.apis["sts"]._verdicts.identity(arn).policies
print([name for name in ("moto", "boto3", "duckdb", "sqlglot") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, env=os.environ, check=True)
    assert found.stdout.strip() == b"[]"
