"""IAM's own operations: on what they need permission, what conditions can limit, and what AWS's own policies give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.localaws.inside import Inside, allow, code_of, deny, text_of

ALL = json.dumps({"Version": "2012-10-17", "Statement": [allow()]})
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    made = Inside(tmp_path_factory.mktemp("iam"))
    iam = made.client("iam")
    for name in ("dev-a", "ops-a"):
        made.role(f"{name}-role", allow(), Tags=[{"Key": "team", "Value": name}])
        made.user(f"{name}-user", allow())
        iam.create_group(GroupName=f"{name}-group")
        iam.create_policy(PolicyName=f"{name}-policy", PolicyDocument=ALL)
        iam.create_instance_profile(InstanceProfileName=f"{name}-profile")
    yield made
    made.close()


# On each operation: what it is called with, and of which kind the resource is.
OPERATIONS = [
    ("GetRole", {"RoleName": "{}-role"}, "role"),
    ("PutRolePolicy", {"RoleName": "{}-role", "PolicyName": "p", "PolicyDocument": ALL}, "role"),
    ("AttachRolePolicy", {"RoleName": "{}-role", "PolicyArn": "{policy}"}, "role"),
    ("UpdateAssumeRolePolicy", {"RoleName": "{}-role", "PolicyDocument": TRUST}, "role"),
    ("PutRolePermissionsBoundary", {"RoleName": "{}-role", "PermissionsBoundary": "{policy}"}, "role"),
    ("DeleteRolePermissionsBoundary", {"RoleName": "{}-role"}, "role"),
    ("CreateRole", {"RoleName": "{}-new", "AssumeRolePolicyDocument": TRUST}, "role"),
    ("TagRole", {"RoleName": "{}-role", "Tags": [{"Key": "x", "Value": "y"}]}, "role"),
    ("GetUser", {"UserName": "{}-user"}, "user"),
    ("CreateAccessKey", {"UserName": "{}-user"}, "user"),
    ("PutUserPolicy", {"UserName": "{}-user", "PolicyName": "p", "PolicyDocument": ALL}, "user"),
    ("PutUserPermissionsBoundary", {"UserName": "{}-user", "PermissionsBoundary": "{policy}"}, "user"),
    ("DeleteUserPermissionsBoundary", {"UserName": "{}-user"}, "user"),
    ("CreateUser", {"UserName": "{}-new"}, "user"),
    ("PutGroupPolicy", {"GroupName": "{}-group", "PolicyName": "p", "PolicyDocument": ALL}, "group"),
    ("AddUserToGroup", {"GroupName": "{}-group", "UserName": "dev-a-user"}, "group"),
    ("RemoveUserFromGroup", {"GroupName": "{}-group", "UserName": "dev-a-user"}, "group"),
    ("GetPolicy", {"PolicyArn": "{policy}"}, "policy"),
    ("CreatePolicyVersion", {"PolicyArn": "{policy}", "PolicyDocument": ALL, "SetAsDefault": True}, "policy"),
    ("SetDefaultPolicyVersion", {"PolicyArn": "{policy}", "VersionId": "v1"}, "policy"),
    ("CreatePolicy", {"PolicyName": "{}-new", "PolicyDocument": ALL}, "policy"),
    ("GetInstanceProfile", {"InstanceProfileName": "{}-profile"}, "instance-profile"),
    ("SimulatePrincipalPolicy", {"PolicySourceArn": "{role}", "ActionNames": ["s3:GetObject"]}, "role"),
]


def snake(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]


@pytest.mark.parametrize(("operation", "arguments", "kind"), OPERATIONS, ids=[case[0] for case in OPERATIONS])
def test_an_operation_needs_its_own_action_on_its_own_resource(
    world: Inside, operation: str, arguments: dict[str, Any], kind: str
) -> None:
    name = f"may-{operation.lower()}"
    if code_of(world.client("iam").get_role, RoleName=name):
        world.role(name, allow(f"iam:{operation}", resource=f"arn:aws:iam::*:{kind}/dev-*"))
    call = getattr(world.client("iam", world.assume(name)), snake(operation))
    codes = {}
    for who in ("dev-a", "ops-a"):
        filled = json.dumps(arguments).replace("{}", who)
        filled = filled.replace("{policy}", world.arn("policy", f"{who}-policy"))
        filled = filled.replace("{role}", world.arn("role", f"{who}-role"))
        codes[who] = code_of(call, **json.loads(filled))
    assert codes == {"dev-a": "", "ops-a": "AccessDenied"}


def test_who_may_add_users_of_his_own_to_groups_may_not_add_them_to_every_group(world: Inside) -> None:
    key = world.user("group-climber", allow("iam:AddUserToGroup", resource="arn:aws:iam::*:user/group-climber"))
    add = world.client("iam", key).add_user_to_group
    assert code_of(add, GroupName="ops-a-group", UserName="group-climber") == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "calls"),
    [
        pytest.param(
            {"StringEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
            {"ReadOnlyAccess": "", "AdministratorAccess": "AccessDenied"},
            id="only that policy",
        ),
        pytest.param(
            {"ArnNotLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/Admin*"}},
            {"ReadOnlyAccess": "", "AdministratorAccess": "AccessDenied"},
            id="any but that",
        ),
        pytest.param(
            {"StringEquals": {"iam:ResourceTag/team": "ops-a"}},
            {"ReadOnlyAccess": "AccessDenied"},
            id="roles of another team",
        ),
        pytest.param({"StringEquals": {"aws:ResourceTag/team": "dev-a"}}, {"ReadOnlyAccess": ""}, id="of the team"),
        pytest.param(
            {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
            {"ReadOnlyAccess": "AccessDenied"},
            id="roles with a boundary",
        ),
    ],
)
def test_rights_to_give_rights_can_be_limited(
    world: Inside, request: pytest.FixtureRequest, condition: dict[str, Any], calls: dict[str, str]
) -> None:
    name = "attacher-" + request.node.callspec.id.replace(" ", "-")
    key = world.user(name, allow("iam:AttachRolePolicy", Condition=condition))
    attach = world.client("iam", key).attach_role_policy
    own = "arn:aws:iam::aws:policy/"
    found = {policy: code_of(attach, RoleName="dev-a-role", PolicyArn=f"{own}{policy}") for policy in calls}
    assert found == calls


def test_a_delegate_makes_only_roles_within_the_boundary_that_he_is_given(world: Inside) -> None:
    bound = world.arn("policy", "dev-a-policy")
    must = {"StringEquals": {"iam:PermissionsBoundary": bound}}
    key = world.user("delegate", allow("iam:CreateRole", "iam:PutRolePolicy", Condition=must))
    iam = world.client("iam", key)
    arguments = {"AssumeRolePolicyDocument": TRUST}
    assert code_of(iam.create_role, RoleName="free", **arguments) == "AccessDenied"
    other = world.arn("policy", "ops-a-policy")
    assert code_of(iam.create_role, RoleName="free", PermissionsBoundary=other, **arguments) == "AccessDenied"
    assert code_of(iam.create_role, RoleName="within", PermissionsBoundary=bound, **arguments) == ""
    put = {"PolicyName": "p", "PolicyDocument": ALL}
    assert code_of(iam.put_role_policy, RoleName="within", **put) == ""
    assert code_of(iam.put_role_policy, RoleName="ops-a-role", **put) == "AccessDenied"
    assert code_of(iam.delete_role_permissions_boundary, RoleName="within") == "AccessDenied"


@pytest.mark.parametrize(
    ("tags", "code"),
    [([("team", "dev")], ""), ([("team", "ops")], "AccessDenied"), ([("team", "dev"), ("x", "y")], "AccessDenied"),
     ([], "AccessDenied")],
)  # fmt: skip
def test_tags_of_what_is_made_can_be_prescribed(world: Inside, tags: list[tuple[str, str]], code: str) -> None:
    condition = {"StringEquals": {"aws:RequestTag/team": "dev"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    name = f"tag-maker-{len(tags)}-{code or 'ok'}"
    key = world.user(name, allow("iam:CreateUser", "iam:TagUser", Condition=condition))
    given = {"Tags": [{"Key": k, "Value": v} for k, v in tags]} if tags else {}
    assert code_of(world.client("iam", key).create_user, UserName=f"{name}-made", **given) == code


def test_a_users_boundary_is_set_shown_kept_and_lifted(world: Inside) -> None:
    iam = world.client("iam")
    bound = iam.create_policy(PolicyName="read-s3", PolicyDocument=world.policy(allow("s3:*")))["Policy"]["Arn"]
    key = world.user("fenced", allow(), PermissionsBoundary=bound)
    mine, s3 = world.client("iam", key), world.client("s3", key)
    assert iam.get_user(UserName="fenced")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == bound
    assert [code_of(mine.list_roles), code_of(s3.list_buckets)] == ["AccessDenied", ""]
    iam.delete_user_permissions_boundary(UserName="fenced")
    assert code_of(mine.list_roles) == ""
    iam.put_user_permissions_boundary(UserName="fenced", PermissionsBoundary=bound)
    assert code_of(mine.list_roles) == "AccessDenied"
    iam.delete_policy(PolicyArn=bound)
    assert code_of(s3.list_buckets) == "AccessDenied", "a boundary that is gone lets nothing through"


@pytest.mark.parametrize("operation", ["attach_role_policy", "put_role_permissions_boundary"])
def test_policies_that_are_not_here_are_refused_by_name(world: Inside, operation: str) -> None:
    field = "PolicyArn" if operation.startswith("attach") else "PermissionsBoundary"
    call = getattr(world.client("iam"), operation)
    theirs = {"RoleName": "dev-a-role", field: "arn:aws:iam::aws:policy/AmazonEC2FullAccess"}
    assert code_of(call, **theirs) == "NoSuchEntity"
    assert "the local endpoint has only: AdministratorAccess," in text_of(call, **theirs)
    own = {"RoleName": "dev-a-role", field: world.arn("policy", "nobody-made-me")}
    assert code_of(call, **own) == "NoSuchEntity"


MALFORMED = [
    {"Effect": "Allow", "Action": "*"},
    {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"},
    {"Effect": "Allow", "Action": "*", "Resource": "*", "NotPrincipal": {"AWS": "*"}},
    {"Effect": "Permit", "Action": "*", "Resource": "*"},
    {"Effect": "Allow", "Action": "s*:GetObject", "Resource": "*"},
    {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringSounds": {"aws:username": "x"}}},
    {"Effect": "Allow", "Action": "*", "NotAction": "iam:*", "Resource": "*"},
]


@pytest.mark.parametrize("statement", MALFORMED)
def test_a_malformed_policy_is_not_kept(world: Inside, statement: dict[str, Any]) -> None:
    iam, text = world.client("iam"), json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    put = {"RoleName": "dev-a-role", "PolicyName": "malformed", "PolicyDocument": text}
    assert code_of(iam.put_role_policy, **put) == "MalformedPolicyDocument"
    assert code_of(iam.create_policy, PolicyName="malformed", PolicyDocument=text) == "MalformedPolicyDocument"


# -- AWS's own policies, as far as they are here

GIVES = {
    "AdministratorAccess": (["s3:DeleteBucket", "iam:CreateUser", "glue:DeleteTable"], []),
    "PowerUserAccess": (["s3:DeleteBucket", "glue:DeleteTable"], ["iam:CreateUser", "iam:PassRole"]),
    "ReadOnlyAccess": (
        ["s3:GetObject", "glue:GetTable", "athena:GetQueryResults"],
        ["s3:PutObject", "glue:DeleteTable"],
    ),
    "IAMFullAccess": (["iam:CreateUser"], ["s3:GetObject"]),
    "IAMReadOnlyAccess": (["iam:GetRole"], ["iam:CreateUser"]),
    "AmazonS3FullAccess": (["s3:PutObject"], ["glue:GetTable"]),
    "AmazonS3ReadOnlyAccess": (["s3:GetObject"], ["s3:PutObject"]),
    "AmazonAthenaFullAccess": (
        ["athena:StartQueryExecution", "glue:GetTable", "lakeformation:GetDataAccess"],
        ["s3:DeleteBucket", "lakeformation:GrantPermissions"],
    ),
    "AWSGlueConsoleFullAccess": (["glue:CreateTable", "s3:ListBucket"], ["athena:StartQueryExecution"]),
    "AWSLakeFormationDataAdmin": (
        ["lakeformation:GrantPermissions", "glue:CreateDatabase"],
        ["s3:GetObject", "lakeformation:PutDataLakeSettings"],
    ),
    "service-role/AWSGlueServiceRole": (
        ["glue:GetTable", "s3:ListBucket"],
        ["athena:StartQueryExecution", "iam:CreateUser"],
    ),
}


@pytest.mark.parametrize("policy", GIVES)
def test_what_a_policy_of_aws_gives(world: Inside, policy: str) -> None:
    yes, no = GIVES[policy]
    iam, name = world.client("iam"), f"has-{policy.rpartition('/')[2]}"
    arn = world.role(name)
    iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[*yes, *no])["EvaluationResults"]
    allowed = {each["EvalActionName"] for each in answer if each["EvalDecision"] == "allowed"}
    assert allowed == set(yes)


def test_a_deny_wins_over_a_policy_of_aws(world: Inside) -> None:
    arn = world.role("denied-admin", deny("s3:*"))
    world.client("iam").attach_role_policy(
        RoleName="denied-admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    simulate = world.client("iam").simulate_principal_policy
    answer = simulate(PolicySourceArn=arn, ActionNames=["s3:GetObject", "glue:GetTable"])
    assert [each["EvalDecision"] for each in answer["EvaluationResults"]] == ["explicitDeny", "allowed"]
