"""IAM and STS through boto3: who may become whom, what a key is good for, and that all of it is remembered."""

from __future__ import annotations

import json
import uuid
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.localaws.conftest import ALLOW_ALL, EndpointProcess, policy


def code_of(call: Any, **arguments: Any) -> str:
    """The code with which a call is refused; "" when it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def allow(*actions: str, resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **elements}


def trust(principal: Any, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **elements}


def test_the_root_is_who_the_credentials_file_says(endpoint: EndpointProcess) -> None:
    identity = endpoint.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{endpoint.account_id}:root"
    assert identity["UserId"] == identity["Account"] == endpoint.account_id


def test_an_assumed_role_is_its_session(endpoint: EndpointProcess) -> None:
    endpoint.make_role("who-am-i")
    identity = endpoint.client("sts", "who-am-i").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{endpoint.account_id}:assumed-role/who-am-i/test"
    role = endpoint.client("iam").get_role(RoleName="who-am-i")["Role"]
    assert identity["UserId"] == f"{role['RoleId']}:test"


def test_a_role_that_is_not_there_cannot_be_assumed(endpoint: EndpointProcess) -> None:
    assume = endpoint.client("sts").assume_role
    arn = endpoint.role_arn("nobody-made-me")
    assert code_of(assume, RoleArn=arn, RoleSessionName="test") == "AccessDenied"


@pytest.mark.parametrize(
    ("name", "principal", "mine", "refused"),
    [
        pytest.param("t-account", {"AWS": "{account}"}, True, False, id="account trusted, caller allowed"),
        pytest.param("t-account-not", {"AWS": "{account}"}, False, True, id="account trusted, caller not allowed"),
        pytest.param("t-named", {"AWS": "{assumer}"}, False, False, id="caller named: needs no more"),
        pytest.param("t-other", {"AWS": "{other}"}, True, True, id="another role trusted"),
        pytest.param("t-service", {"Service": "lakeformation.amazonaws.com"}, True, True, id="only a service trusted"),
        pytest.param("t-star", {"AWS": "*"}, False, False, id="everybody trusted"),
    ],
)
def test_a_role_is_assumed_only_by_whom_it_trusts(
    endpoint: EndpointProcess, name: str, principal: dict[str, str], mine: bool, refused: bool
) -> None:
    assumer = f"{name}-assumer"
    endpoint.make_role(assumer, allow("sts:AssumeRole" if mine else "sts:GetCallerIdentity"))
    endpoint.make_role("another-one") if code_of(endpoint.client("iam").get_role, RoleName="another-one") else None
    names = {
        "{account}": f"arn:aws:iam::{endpoint.account_id}:root",
        "{assumer}": endpoint.role_arn(assumer),
        "{other}": endpoint.role_arn("another-one"),
    }
    arn = endpoint.make_role(name, trust=trust({kind: names.get(who, who) for kind, who in principal.items()}))
    found = code_of(endpoint.client("sts", assumer).assume_role, RoleArn=arn, RoleSessionName="test")
    assert found == ("AccessDenied" if refused else "")


def test_the_root_assumes_what_trusts_the_account_and_nothing_else(endpoint: EndpointProcess) -> None:
    closed = endpoint.make_role("only-for-glue", trust=trust({"Service": "glue.amazonaws.com"}))
    assert code_of(endpoint.client("sts").assume_role, RoleArn=closed, RoleSessionName="test") == "AccessDenied"


def test_a_condition_of_the_trust_policy_is_asked(endpoint: EndpointProcess) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    root = {"AWS": f"arn:aws:iam::{endpoint.account_id}:root"}
    arn = endpoint.make_role("with-external-id", trust=trust(root, Condition=condition))
    assume = endpoint.client("sts").assume_role
    assert code_of(assume, RoleArn=arn, RoleSessionName="test") == "AccessDenied"
    assert code_of(assume, RoleArn=arn, RoleSessionName="test", ExternalId="41") == "AccessDenied"
    assert code_of(assume, RoleArn=arn, RoleSessionName="test", ExternalId="42") == ""


def test_an_explicit_deny_of_the_caller_stops_even_a_role_that_names_him(endpoint: EndpointProcess) -> None:
    me = endpoint.make_role("denied-assumer", ALLOW_ALL, {"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    arn = endpoint.make_role("names-denied", trust=trust({"AWS": me}))
    assume = endpoint.client("sts", "denied-assumer").assume_role
    assert code_of(assume, RoleArn=arn, RoleSessionName="test") == "AccessDenied"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(900, ""), (3600, ""), (3601, "ValidationError")],
    ids=["15 min", "1 h", "more than the role has"],
)
def test_a_session_lasts_at_most_as_long_as_its_role_says(endpoint: EndpointProcess, seconds: int, code: str) -> None:
    endpoint.make_role(f"lasting-{seconds}")
    arn = endpoint.role_arn(f"lasting-{seconds}")
    assume = endpoint.client("sts").assume_role
    assert code_of(assume, RoleArn=arn, RoleSessionName="test", DurationSeconds=seconds) == code


def test_a_session_policy_narrows_and_never_widens(endpoint: EndpointProcess) -> None:
    endpoint.make_role("narrowed", allow("iam:ListRoles", "iam:ListUsers"))
    key = endpoint.assume("narrowed", Policy=policy(allow("iam:ListRoles", "iam:ListGroups")))
    iam = endpoint.client_of(boto3.Session(region_name=endpoint.region, **key), "iam")
    found = [code_of(call) for call in (iam.list_roles, iam.list_users, iam.list_groups)]
    assert found == ["", "AccessDenied", "AccessDenied"]


@pytest.mark.parametrize(
    ("tags", "statement", "code"),
    [
        pytest.param({"team": "sales"}, {}, "", id="any tag trusted"),
        pytest.param({"team": "sales"}, None, "AccessDenied", id="tags not trusted"),
        pytest.param({}, None, "", id="no tags, none trusted"),
        pytest.param({"team": "sales"}, {"StringEquals": {"aws:RequestTag/team": "sales"}}, "", id="this tag trusted"),
        pytest.param({"team": "hr"}, {"StringEquals": {"aws:RequestTag/team": "sales"}}, "AccessDenied", id="not that"),
        pytest.param(
            {"team": "sales", "level": "9"},
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
            "AccessDenied",
            id="a key too many",
        ),
        pytest.param({"team": "sales", "Team": "hr"}, {}, "InvalidParameterValue", id="a key twice"),
        pytest.param({"aws:team": "sales"}, {}, "ValidationError", id="a key of AWS"),
    ],
)
def test_a_session_is_tagged_as_the_role_trusts(
    endpoint: EndpointProcess, tags: dict[str, str], statement: dict[str, Any] | None, code: str
) -> None:
    name = f"tagged-{uuid.uuid4().hex}"
    root = {"AWS": f"arn:aws:iam::{endpoint.account_id}:root"}
    assuming, tagging = trust(root), {**trust(root), "Action": "sts:TagSession", "Condition": statement or {}}
    endpoint.make_role(name, trust=assuming)
    if statement is not None:
        document = {"Version": "2012-10-17", "Statement": [assuming, tagging]}
        endpoint.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
    given = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}
    assume = endpoint.client("sts").assume_role
    assert code_of(assume, RoleArn=endpoint.role_arn(name), RoleSessionName="test", **given) == code


def test_a_tag_of_the_session_hides_the_roles_own(endpoint: EndpointProcess) -> None:
    root = {"AWS": f"arn:aws:iam::{endpoint.account_id}:root"}
    sales = {"StringEquals": {"aws:PrincipalTag/team": "sales"}}
    both = trust(root) | {"Action": ["sts:AssumeRole", "sts:TagSession"]}
    endpoint.make_role("tagged-role", allow("iam:ListRoles", Condition=sales), trust=both)
    endpoint.client("iam").tag_role(RoleName="tagged-role", Tags=[{"Key": "team", "Value": "hr"}])
    found = []
    for tags in ([], [{"Key": "Team", "Value": "sales"}], [{"Key": "team", "Value": "hr"}]):
        key = endpoint.assume("tagged-role", **({"Tags": tags} if tags else {}))
        iam = endpoint.client_of(boto3.Session(region_name=endpoint.region, **key), "iam")
        found.append(code_of(iam.list_roles))
    assert found == ["AccessDenied", "", "AccessDenied"]


def test_transitive_tags_are_refused_by_name(endpoint: EndpointProcess) -> None:
    arn = endpoint.make_role("transitive")
    tags = {"Tags": [{"Key": "team", "Value": "sales"}], "TransitiveTagKeys": ["team"]}
    with pytest.raises(ClientError, match="TransitiveTagKeys runs on AWS but not on the local endpoint"):
        endpoint.client("sts").assume_role(RoleArn=arn, RoleSessionName="test", **tags)


def test_a_permissions_boundary_narrows_a_role(endpoint: EndpointProcess) -> None:
    iam = endpoint.client("iam")
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=policy(allow("iam:ListRoles")))["Policy"]["Arn"]
    endpoint.make_role("bounded")
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=boundary)
    mine = endpoint.client("iam", "bounded")
    assert [code_of(call) for call in (mine.list_roles, mine.list_users)] == ["", "AccessDenied"]


def test_iam_itself_needs_permission(endpoint: EndpointProcess) -> None:
    endpoint.make_role("no-iam", allow("s3:*"))
    with pytest.raises(ClientError) as caught:
        endpoint.client("iam", "no-iam").create_user(UserName="sneaky")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert "is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::" in str(caught.value)


def test_iam_rights_can_be_given_on_one_role_alone(endpoint: EndpointProcess) -> None:
    endpoint.make_role("keeper", allow("iam:PutRolePolicy", resource=endpoint.role_arn("kept-*")))
    endpoint.make_role("kept-one")
    endpoint.make_role("not-kept")
    put = endpoint.client("iam", "keeper").put_role_policy
    document = {"PolicyName": "p", "PolicyDocument": policy(ALLOW_ALL)}
    assert code_of(put, RoleName="kept-one", **document) == ""
    assert code_of(put, RoleName="not-kept", **document) == "AccessDenied"


@pytest.mark.parametrize("how", ["inline", "attached", "managed by AWS", "through a group"])
def test_a_users_rights_come_from_all_four_places(endpoint: EndpointProcess, how: str) -> None:
    iam, name = endpoint.client("iam"), "user-" + how.replace(" ", "-")
    iam.create_user(UserName=name)
    mine = endpoint.client_of(boto3.Session(region_name=endpoint.region, **user_key(iam, name)), "iam")
    assert code_of(mine.list_roles) == "AccessDenied"
    document = policy(allow("iam:ListRoles"))
    if how == "inline":
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    elif how == "attached":
        arn = iam.create_policy(PolicyName="listing", PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    elif how == "managed by AWS":
        iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    else:
        iam.create_group(GroupName="listers")
        iam.put_group_policy(GroupName="listers", PolicyName="p", PolicyDocument=document)
        iam.add_user_to_group(GroupName="listers", UserName=name)
    assert code_of(mine.list_roles) == ""


def user_key(iam: Any, name: str) -> dict[str, str]:
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def test_an_inactive_or_deleted_key_opens_nothing(endpoint: EndpointProcess) -> None:
    iam = endpoint.client("iam")
    iam.create_user(UserName="leaver")
    key = user_key(iam, "leaver")
    who = endpoint.client_of(boto3.Session(region_name=endpoint.region, **key), "sts").get_caller_identity
    assert who()["Arn"].endswith(":user/leaver")
    iam.update_access_key(UserName="leaver", AccessKeyId=key["aws_access_key_id"], Status="Inactive")
    assert code_of(who) == "InvalidClientTokenId"
    iam.update_access_key(UserName="leaver", AccessKeyId=key["aws_access_key_id"], Status="Active")
    assert code_of(who) == ""
    iam.delete_access_key(UserName="leaver", AccessKeyId=key["aws_access_key_id"])
    assert code_of(who) == "InvalidClientTokenId"


def test_a_session_ends_with_its_role_and_does_not_come_back_with_a_namesake(endpoint: EndpointProcess) -> None:
    endpoint.make_role("short-lived")
    who = endpoint.client("sts", "short-lived").get_caller_identity
    iam = endpoint.client("iam")
    iam.delete_role_policy(RoleName="short-lived", PolicyName="inline")
    iam.delete_role(RoleName="short-lived")
    assert code_of(who) == "InvalidClientTokenId"
    endpoint.make_role("short-lived")
    assert code_of(who) == "InvalidClientTokenId"


def test_a_session_token_of_a_user_is_the_user(endpoint: EndpointProcess) -> None:
    iam = endpoint.client("iam")
    iam.create_user(UserName="with-token")
    session = boto3.Session(region_name=endpoint.region, **user_key(iam, "with-token"))
    got = endpoint.client_of(session, "sts").get_session_token()["Credentials"]
    temporary = boto3.Session(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], endpoint.region)
    assert endpoint.client_of(temporary, "sts").get_caller_identity()["Arn"].endswith(":user/with-token")


def test_a_simulation_says_what_the_policies_would(endpoint: EndpointProcess) -> None:
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/hr/*"}
    arn = endpoint.make_role("simulated", allow("s3:Get*", "glue:GetTable"), deny)
    found = endpoint.client("iam").simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::lake/hr/a", "arn:aws:s3:::lake/sales/a"],
    )["EvaluationResults"]
    assert [(r["EvalActionName"], r["EvalResourceName"][18:], r["EvalDecision"]) for r in found] == [
        ("s3:GetObject", "hr/a", "explicitDeny"),
        ("s3:GetObject", "sales/a", "allowed"),
        ("s3:PutObject", "hr/a", "implicitDeny"),
        ("s3:PutObject", "sales/a", "implicitDeny"),
    ]


@pytest.mark.parametrize(("prefix", "decision"), [("sales/", "allowed"), ("hr/", "implicitDeny")])
def test_a_policy_can_be_simulated_before_it_is_given(endpoint: EndpointProcess, prefix: str, decision: str) -> None:
    limited = {"StringLike": {"s3:prefix": "sales/*"}}
    found = endpoint.client("iam").simulate_custom_policy(
        PolicyInputList=[policy(allow("s3:ListBucket", Condition=limited))],
        ActionNames=["s3:ListBucket"],
        ContextEntries=[{"ContextKeyName": "s3:prefix", "ContextKeyValues": [prefix], "ContextKeyType": "string"}],
    )["EvaluationResults"]
    assert [result["EvalDecision"] for result in found] == [decision]


def test_the_root_is_no_user_and_a_role_must_say_whom_it_means(endpoint: EndpointProcess) -> None:
    root = endpoint.client("iam").get_user()["User"]
    assert root["Arn"] == f"arn:aws:iam::{endpoint.account_id}:root"
    assert code_of(endpoint.client("iam").create_access_key) == "ValidationError"
    endpoint.make_role("no-user")
    assert code_of(endpoint.client("iam", "no-user").get_user) == "ValidationError"


def test_what_the_local_iam_lacks_is_refused_by_name(endpoint: EndpointProcess) -> None:
    with pytest.raises(ClientError, match="GenerateServiceLastAccessedDetails"):
        endpoint.client("iam").generate_service_last_accessed_details(Arn=endpoint.role_arn("x"))
    with pytest.raises(ClientError, match="DecodeAuthorizationMessage"):
        endpoint.client("sts").decode_authorization_message(EncodedMessage="x")


def test_identities_and_sessions_survive_a_restart(own_endpoint: EndpointProcess) -> None:
    iam = own_endpoint.client("iam")
    own_endpoint.make_role("stays", allow("iam:Get*"))
    iam.create_user(UserName="stays-too", Tags=[{"Key": "team", "Value": "sales"}])
    key = user_key(iam, "stays-too")
    document = policy(allow("sts:*"))
    arn = iam.create_policy(PolicyName="stays", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="stays-too", PolicyArn=arn)
    session = own_endpoint.session("stays")
    before = everything(iam)
    own_endpoint.restart()
    assert everything(own_endpoint.client("iam")) == before
    assert own_endpoint.client_of(session, "iam").get_role(RoleName="stays")["Role"]["RoleName"] == "stays"
    user = boto3.Session(region_name=own_endpoint.region, **key)
    assert own_endpoint.client_of(user, "sts").get_caller_identity()["Arn"].endswith(":user/stays-too")


def everything(iam: Any) -> str:
    found = iam.get_account_authorization_details()
    return json.dumps([found[kind] for kind in ("UserDetailList", "RoleDetailList", "Policies")], default=str)
