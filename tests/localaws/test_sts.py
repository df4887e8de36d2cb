"""STS: who may become whom, for how long, and what a session may; every way to become more than one is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.localaws.inside import Inside, Key, allow, code_of, deny, session_key, text_of

WHO = allow("sts:GetCallerIdentity")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    made = Inside(tmp_path_factory.mktemp("sts"))
    yield made
    made.close()


def trusting(principal: Any, condition: Any = None, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


# -- trust

TRUSTS: list[tuple[str, Any, list[Any], str, dict[str, Any]]] = [
    # name, trust, the caller's own statements, code, more arguments
    ("the account, and the caller is allowed", {"AWS": "{root}"}, [allow("sts:AssumeRole")], "", {}),
    ("the account by its number", {"AWS": "{account}"}, [allow("sts:AssumeRole")], "", {}),
    ("the account, and the caller is not allowed", {"AWS": "{root}"}, [WHO], "AccessDenied", {}),
    (
        "the account, and the caller is allowed another role",
        {"AWS": "{root}"},
        [allow("sts:AssumeRole", resource="arn:aws:iam::*:role/other")],
        "AccessDenied",
        {},
    ),
    ("the caller by name", {"AWS": "{me}"}, [WHO], "", {}),
    ("the caller by name, whose policies deny it", {"AWS": "{me}"}, [deny("sts:*")], "AccessDenied", {}),
    ("everybody", {"AWS": "*"}, [WHO], "", {}),
    ("somebody else", {"AWS": "{other}"}, [allow()], "AccessDenied", {}),
    ("another account", {"AWS": "999999999999"}, [allow()], "AccessDenied", {}),
    ("a service alone", {"Service": "glue.amazonaws.com"}, [allow()], "AccessDenied", {}),
    ("a web identity alone", {"Federated": "accounts.google.com"}, [allow()], "AccessDenied", {}),
    (
        "the caller, for another action",
        trusting({"AWS": "{me}"}, action="sts:TagSession"),
        [allow()],
        "AccessDenied",
        {},
    ),
    (
        "an external id, not given",
        trusting({"AWS": "{me}"}, {"StringEquals": {"sts:ExternalId": "42"}}),
        [WHO],
        "AccessDenied",
        {},
    ),
    (
        "an external id, another",
        trusting({"AWS": "{me}"}, {"StringEquals": {"sts:ExternalId": "42"}}),
        [WHO],
        "AccessDenied",
        {"ExternalId": "43"},
    ),
    (
        "an external id",
        trusting({"AWS": "{me}"}, {"StringEquals": {"sts:ExternalId": "42"}}),
        [WHO],
        "",
        {"ExternalId": "42"},
    ),
    (
        "sessions that bear the user's name",
        trusting({"AWS": "{me}"}, {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}),
        [WHO],
        "AccessDenied",
        {},
    ),
    (
        "principals whose tag fits",
        trusting({"AWS": "*"}, {"StringEquals": {"aws:PrincipalTag/team": "sales"}}),
        [WHO],
        "",
        {},
    ),
    (
        "principals whose tag does not fit",
        trusting({"AWS": "*"}, {"StringEquals": {"aws:PrincipalTag/team": "hr"}}),
        [WHO],
        "AccessDenied",
        {},
    ),
    (
        "principals by ARN",
        trusting({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/t-*"}}),
        [WHO],
        "",
        {},
    ),
    (
        "principals with MFA",
        trusting({"AWS": "{me}"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        [WHO],
        "AccessDenied",
        {},
    ),
    (
        "principals of an organisation",
        trusting({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        [WHO],
        "AccessDenied",
        {},
    ),
    (
        "whom nobody here can know",
        trusting({"AWS": "{me}"}, {"StringEquals": {"saml:aud": "x"}}),
        [WHO],
        "AccessDenied",
        {},
    ),
]


@pytest.mark.parametrize(("trust", "mine", "code", "more"), [pytest.param(*case, id=name) for name, *case in TRUSTS])
def test_a_role_is_assumed_only_by_whom_it_trusts(
    world: Inside, request: pytest.FixtureRequest, trust: Any, mine: list[Any], code: str, more: dict[str, Any]
) -> None:
    number = [case[0] for case in TRUSTS].index(request.node.callspec.id)
    me, role = f"t-{number}", f"trusting-{number}"
    key = world.user(me, *mine, Tags=[{"Key": "team", "Value": "sales"}])
    world.user(f"x-{number}")
    names = {
        "{root}": f"arn:aws:iam::{world.account_id}:root",
        "{me}": world.arn("user", me),
        "{other}": world.arn("user", f"x-{number}"),
    }
    text = world.policy(trust if "Effect" in trust else trusting(trust))
    for name, arn in names.items():
        text = text.replace(name, arn)
    world.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=text)
    assume = world.client("sts", key).assume_role
    assert code_of(assume, RoleArn=world.arn("role", role), RoleSessionName="test", **more) == code


def test_a_boundary_does_not_stop_a_user_whom_the_role_names_and_stops_a_role(world: Inside) -> None:
    iam = world.client("iam")
    bound = iam.create_policy(PolicyName="sts-bound", PolicyDocument=world.policy(allow("s3:*")))["Policy"]["Arn"]
    key = world.user("bounded-user", allow(), PermissionsBoundary=bound)
    world.role("bounded-role", allow(), PermissionsBoundary=bound)
    named = [world.arn("user", "bounded-user"), world.arn("role", "bounded-role")]
    world.role("names-both", WHO, trust={"AWS": named})
    arguments = {"RoleArn": world.arn("role", "names-both"), "RoleSessionName": "test"}
    assert code_of(world.client("sts", key).assume_role, **arguments) == ""
    assert code_of(world.client("sts", world.assume("bounded-role")).assume_role, **arguments) == "AccessDenied"


# -- what is asked for


def document(**elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **elements}]})


REFUSED = [
    ({"RoleSessionName": "a"}, "ValidationError", "roleSessionName"),
    ({"RoleSessionName": "a" * 65}, "ValidationError", "roleSessionName"),
    ({"RoleSessionName": "a*b"}, "ValidationError", "roleSessionName"),
    ({"RoleSessionName": "a/b"}, "ValidationError", "roleSessionName"),
    ({"RoleSessionName": "b\u00fc"}, "ValidationError", "roleSessionName"),
    ({"RoleSessionName": "${aws:username}"}, "ValidationError", "roleSessionName"),
    ({"RoleArn": "analyst-role-name-alone"}, "ValidationError", "is invalid"),
    ({"RoleArn": "arn:aws:iam::{account}:user/somebody"}, "ValidationError", "is invalid"),
    ({"RoleArn": "arn:aws:iam::{account}:role/open/../other"}, "AccessDenied", "sts:AssumeRole"),
    ({"RoleArn": "arn:aws:iam::999999999999:role/open"}, "AccessDenied", "sts:AssumeRole"),
    ({"RoleArn": "arn:aws:iam::{account}:role/OPEN"}, "AccessDenied", "sts:AssumeRole"),
    ({"RoleArn": "arn:aws:iam::{account}:role/*"}, "AccessDenied", "sts:AssumeRole"),
    ({"DurationSeconds": 899}, "ValidationError", "greater than or equal to 900"),
    ({"DurationSeconds": 3601}, "ValidationError", "exceeds the MaxSessionDuration set for this role"),
    ({"DurationSeconds": 43_201}, "ValidationError", "less than or equal to 43200"),
    ({"DurationSeconds": 10**100}, "ValidationError", "not a number of seconds"),
    ({"SerialNumber": "arn:aws:iam::1:mfa/x", "TokenCode": "123456"}, "ValidationError", "not on the local endpoint"),
    ({"SourceIdentity": "me"}, "ValidationError", "not on the local endpoint"),
    ({"TransitiveTagKeys": ["team"]}, "ValidationError", "not on the local endpoint"),
    ({"Policy": "{}"}, "MalformedPolicyDocument", ""),
    ({"Policy": "[" * 1500}, "MalformedPolicyDocument", ""),
    ({"Policy": document(Action="*")}, "MalformedPolicyDocument", "must contain resources"),
    ({"Policy": document(Action="*", Resource="*", Principal="*")}, "MalformedPolicyDocument", "principal"),
    ({"Policy": document(Action="*", Resource="*", Condition={"Sounds": {"a:b": "c"}})}, "MalformedPolicyDocument", ""),
    ({"Policy": document(Action="*", Resource="x" * 2048)}, "PackedPolicyTooLarge", "% of allotted space"),
    ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonEC2FullAccess"}]}, "ValidationError", "has only: Admin"),
    ({"PolicyArns": [{"arn": "arn:aws:iam::{account}:policy/nobody-made-me"}]}, "ValidationError", "not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "text"), REFUSED)
def test_what_aws_does_not_take_is_refused(world: Inside, change: dict[str, Any], code: str, text: str) -> None:
    if code_of(world.client("iam").get_role, RoleName="open"):
        world.role("open", allow())
    given = {k: v.replace("{account}", world.account_id) if isinstance(v, str) else v for k, v in change.items()}
    for arn in given.get("PolicyArns", []):
        given["PolicyArns"] = [{"arn": arn["arn"].replace("{account}", world.account_id)}]
    arguments = {"RoleArn": world.arn("role", "open"), "RoleSessionName": "test", **given}
    sts = world.client("sts", parameter_validation=False)
    assert code_of(sts.assume_role, **arguments) == code
    assert text in text_of(sts.assume_role, **arguments)


def test_a_chain_of_roles_ends_after_an_hour(world: Inside) -> None:
    world.role("long", allow(), MaxSessionDuration=43_200)
    world.role("next", allow(), MaxSessionDuration=43_200)
    first = world.assume("long", DurationSeconds=43_200)
    sts = world.client("sts", first)
    arguments = {"RoleArn": world.arn("role", "next"), "RoleSessionName": "test"}
    assert "1 hour session limit" in text_of(sts.assume_role, **arguments, DurationSeconds=3601)
    ends = sts.assume_role(**arguments)["Credentials"]["Expiration"]
    assert ends - datetime.now(UTC) <= timedelta(hours=1)


def test_a_session_ends_when_it_says(world: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    world.role("ending", allow())
    key, start = world.assume("ending", DurationSeconds=900), datetime.now(UTC)
    for seconds, code in ((0, ""), (880, ""), (901, "ExpiredToken")):
        moved = start + timedelta(seconds=seconds)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda moved=moved: moved.replace(tzinfo=None))
        monkeypatch.setitem(vars(world.endpoint.gate), "now", lambda moved=moved: moved)
        assert code_of(world.client("sts", key).get_caller_identity) == code


# -- session policies


@pytest.mark.parametrize("how", ["inline", "managed", "both"])
def test_a_session_policy_narrows_and_never_widens(world: Inside, how: str) -> None:
    world.role(f"narrowed-{how}", allow("iam:ListRoles", "iam:ListUsers"))
    text = world.policy(allow("iam:ListRoles", "iam:ListGroups"))
    more: dict[str, Any] = {}
    if how != "managed":
        more["Policy"] = text
    if how != "inline":
        arn = world.client("iam").create_policy(PolicyName=f"narrow-{how}", PolicyDocument=text)["Policy"]["Arn"]
        more["PolicyArns"] = [{"arn": arn}]
    iam = world.client("iam", world.assume(f"narrowed-{how}", **more))
    calls = (iam.list_roles, iam.list_users, iam.list_groups)
    assert [code_of(call) for call in calls] == ["", "AccessDenied", "AccessDenied"]


def test_a_narrowed_session_stays_narrow_in_the_roles_that_it_assumes(world: Inside) -> None:
    world.role("narrow-first", allow())
    world.role("narrow-second", allow())
    key = world.assume("narrow-first", Policy=world.policy(allow("s3:*")))
    arguments = {"RoleArn": world.arn("role", "narrow-second"), "RoleSessionName": "test"}
    assert code_of(world.client("sts", key).assume_role, **arguments) == "AccessDenied"


# -- session tags


def test_tags_need_their_own_permission_on_both_sides(world: Inside) -> None:
    tags = [{"Key": "team", "Value": "sales"}]
    me = {"AWS": f"arn:aws:iam::{world.account_id}:user/tagger"}
    key = world.user("tagger", allow("sts:AssumeRole"))
    world.role("tagged-not", allow(), trust=trusting(me))
    world.role("tagged", allow(), trust=trusting(me, action=["sts:AssumeRole", "sts:TagSession"]))
    assume = world.client("sts", key).assume_role
    assert code_of(assume, RoleArn=world.arn("role", "tagged-not"), RoleSessionName="test", Tags=tags) == "AccessDenied"
    assert code_of(assume, RoleArn=world.arn("role", "tagged"), RoleSessionName="test", Tags=tags) == ""


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        pytest.param([("team", "sales")], "", id="the one that is asked for"),
        pytest.param([("team", "hr")], "AccessDenied", id="another value"),
        pytest.param([("team", "sales"), ("admin", "yes")], "AccessDenied", id="one key more"),
        pytest.param([], "", id="none: nothing to judge"),
        pytest.param([("team", "sales"), ("Team", "hr")], "InvalidParameterValue", id="one key twice"),
        pytest.param([("team", "*")], "ValidationError", id="a wildcard"),
        pytest.param([("team", "${aws:username}")], "ValidationError", id="a variable"),
    ],
)
def test_a_trust_policy_says_which_tags(world: Inside, tags: list[tuple[str, str]], code: str) -> None:
    name = f"choosy-{len(tags)}-{abs(hash(tuple(tags)))}"
    condition = {
        "StringEqualsIfExists": {"aws:RequestTag/team": "sales"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    root = {"AWS": f"arn:aws:iam::{world.account_id}:root"}
    world.role(name, allow(), trust=trusting(root, condition, ["sts:AssumeRole", "sts:TagSession"]))
    given = {"Tags": [{"Key": key, "Value": value} for key, value in tags]} if tags else {}
    assume = world.client("sts").assume_role
    assert code_of(assume, RoleArn=world.arn("role", name), RoleSessionName="test", **given) == code


def test_a_sessions_tag_opens_what_names_it(world: Inside) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="tagged-sessions")
    s3.put_object(Bucket="tagged-sessions", Key="sales/x", Body=b"x")
    opened = allow("s3:GetObject", resource="arn:aws:s3:::tagged-sessions/${aws:PrincipalTag/team}/*")
    root = {"AWS": f"arn:aws:iam::{world.account_id}:root"}
    world.role("by-tag", opened, trust=trusting(root, action=["sts:AssumeRole", "sts:TagSession"]))
    for team, code in (("sales", ""), ("hr", "AccessDenied"), (None, "AccessDenied")):
        key = world.assume("by-tag", **({"Tags": [{"Key": "team", "Value": team}]} if team else {}))
        assert code_of(world.client("s3", key).get_object, Bucket="tagged-sessions", Key="sales/x") == code


# -- the other tokens


def test_nobody_can_be_refused_to_know_who_he_is(world: Inside) -> None:
    key = world.user("nobody", deny())
    assert world.client("sts", key).get_caller_identity()["Arn"] == world.arn("user", "nobody")
    world.role("nothing")
    narrow = world.assume("nothing", Policy=world.policy(deny()))
    assert world.client("sts", narrow).get_caller_identity()["Arn"].endswith(":assumed-role/nothing/test")


def test_a_session_token_is_its_user_and_opens_neither_iam_nor_more_tokens(world: Inside) -> None:
    key = world.user("token-user", allow())
    token = session_key(world.client("sts", key).get_session_token())
    sts = world.client("sts", token)
    assert sts.get_caller_identity()["Arn"] == world.arn("user", "token-user")
    assert code_of(world.client("s3", token).list_buckets) == ""
    assert code_of(world.client("iam", token).list_users) == "InvalidClientTokenId"
    assert code_of(sts.get_session_token) == "AccessDenied"
    assert code_of(sts.get_federation_token, Name="other") == "AccessDenied"
    world.role("for-token-users", WHO)
    arn = world.arn("role", "for-token-users")
    assert code_of(sts.assume_role, RoleArn=arn, RoleSessionName="test") == ""


def test_a_federated_user_may_what_both_his_user_and_his_policy_may(world: Inside) -> None:
    key = world.user("federating", allow("sts:GetFederationToken", "s3:ListAllMyBuckets", "glue:GetDatabases"))
    sts = world.client("sts", key)
    policy = world.policy(allow("s3:ListAllMyBuckets", "s3:CreateBucket"))
    answer = sts.get_federation_token(Name="guest", Policy=policy)
    assert answer["FederatedUser"]["Arn"] == f"arn:aws:sts::{world.account_id}:federated-user/guest"
    token = session_key(answer)
    s3 = world.client("s3", token)
    assert code_of(s3.list_buckets) == ""
    assert code_of(s3.create_bucket, Bucket="by-a-guest") == "AccessDenied"
    assert code_of(world.client("glue", token).get_databases) == "AccessDeniedException"
    who = world.client("sts", token).get_caller_identity()
    assert who["UserId"] == f"{world.account_id}:guest"
    assert code_of(world.client("iam", token).list_users) == "InvalidClientTokenId"
    world.role("for-guests", WHO, trust={"AWS": "*"})
    arguments = {"RoleArn": world.arn("role", "for-guests"), "RoleSessionName": "test"}
    assert code_of(world.client("sts", token).assume_role, **arguments) == "AccessDenied"


def test_a_federated_user_without_a_policy_may_nothing(world: Inside) -> None:
    key = world.user("federating-nothing", allow())
    token = session_key(world.client("sts", key).get_federation_token(Name="guest"))
    assert code_of(world.client("s3", token).list_buckets) == "AccessDenied"


@pytest.mark.parametrize("name", ["a", "a" * 33, "a/b", "a*"])
def test_a_federated_name_has_rules(world: Inside, name: str) -> None:
    assert code_of(world.client("sts", parameter_validation=False).get_federation_token, Name=name) == "ValidationError"


def test_a_federation_token_needs_permission(world: Inside) -> None:
    key = world.user("not-federating", WHO)
    assert code_of(world.client("sts", key).get_federation_token, Name="guest") == "AccessDenied"
    role = world.user("federating-one", allow("sts:GetFederationToken", resource="arn:aws:sts::*:federated-user/one"))
    federate = world.client("sts", role).get_federation_token
    assert [code_of(federate, Name=name) for name in ("one", "two")] == ["", "AccessDenied"]


def test_old_sessions_are_revoked_as_the_console_does_it(world: Inside) -> None:
    world.role("revoked", allow())
    old = world.assume("revoked")
    revoke = deny(Condition={"DateLessThan": {"aws:TokenIssueTime": (datetime.now(UTC) + timedelta(0)).isoformat()}})
    world.client("iam").put_role_policy(
        RoleName="revoked", PolicyName="AWSRevokeOlderSessions", PolicyDocument=world.policy(revoke)
    )
    new = world.assume("revoked")
    assert code_of(world.client("s3", old).list_buckets) == "AccessDenied"
    assert code_of(world.client("s3", new).list_buckets) == ""


def ended(world: Inside, key: Key) -> str:
    return code_of(world.client("sts", key).get_caller_identity)


def test_credentials_end_with_whom_they_belong_to(world: Inside) -> None:
    iam = world.client("iam")
    key = world.user("leaver", allow("sts:GetFederationToken"))
    sts = world.client("sts", key)
    tokens = [session_key(sts.get_session_token()), session_key(sts.get_federation_token(Name="guest"))]
    iam.delete_access_key(UserName="leaver", AccessKeyId=key["aws_access_key_id"])
    iam.delete_user_policy(UserName="leaver", PolicyName="inline")
    iam.delete_user(UserName="leaver")
    assert [ended(world, each) for each in (key, *tokens)] == ["InvalidClientTokenId"] * 3
    world.user("leaver", allow())
    assert [ended(world, each) for each in (key, *tokens)] == ["InvalidClientTokenId"] * 3


@pytest.mark.parametrize(
    ("key_id", "code"),
    [("AKIAIOSFODNN7EXAMPLE", ""), ("short", "ValidationError"), ("A" * 20 + "/", "ValidationError")],
)
def test_an_access_key_says_its_account(world: Inside, key_id: str, code: str) -> None:
    sts = world.client("sts", parameter_validation=False)
    assert code_of(sts.get_access_key_info, AccessKeyId=key_id) == code


@pytest.mark.parametrize("action", ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"])
def test_identity_providers_are_refused_by_name_signed_or_not(world: Inside, action: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", "host": "127.0.0.1:4711"}
    status, _, body = world.raw("POST", "/", form, f"Action={action}&RoleArn=x&WebIdentityToken=y&Version=2011-06-15")
    assert status == 400
    assert f"{action} runs on AWS but not on the local endpoint".encode() in body
    status, _, body = world.raw("POST", "/", form, "Action=AssumeRole&RoleArn=x&Version=2011-06-15")
    assert (status, b"MissingAuthenticationToken" in body) == (403, True)
