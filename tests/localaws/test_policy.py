"""IAM's policy language: what each element, wildcard and condition operator allows and refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.policy import Ask, evaluate, evaluate_resource

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/analyst"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/ana"
OBJECT = "arn:aws:s3:::lake/sales/part-0.parquet"


def ask(action: str = "s3:GetObject", resource: str = OBJECT, **context: Any) -> Ask:
    keys = {key.replace("__", ":").replace("_", "-"): value for key, value in context.items()}
    values = {key: value if isinstance(value, tuple) else (value,) for key, value in keys.items()}
    return Ask(action, resource, ACCOUNT, (ROLE, SESSION), values)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(**elements: Any) -> dict[str, Any]:
    names = {"not_action": "NotAction", "not_resource": "NotResource", "not_principal": "NotPrincipal"}
    given = {names.get(name, name.capitalize()): value for name, value in elements.items()}
    if not {"Action", "NotAction"} & given.keys():
        given["Action"] = "*"
    return {"Effect": "Allow", **given}


def deny(**elements: Any) -> dict[str, Any]:
    return {**allow(**elements), "Effect": "Deny"}


EVERYTHING = allow(action="*", resource="*")


@pytest.mark.parametrize(
    ("statements", "question", "verdict"),
    [
        pytest.param([], ask(), "none", id="nothing said is nothing allowed"),
        pytest.param([EVERYTHING], ask(), "allow", id="star allows"),
        pytest.param([EVERYTHING, deny(action="s3:*", resource="*")], ask(), "deny", id="a deny wins over an allow"),
        pytest.param([deny(action="glue:*", resource="*"), EVERYTHING], ask(), "allow", id="a deny of something else"),
        pytest.param([allow(action="s3:getobject", resource="*")], ask(), "allow", id="actions ignore case"),
        pytest.param([allow(action="s3:Get*", resource="*")], ask(), "allow", id="action wildcard"),
        pytest.param([allow(action="s3:Get?bject", resource="*")], ask(), "allow", id="question mark is one character"),
        pytest.param([allow(action="s3:GetObj", resource="*")], ask(), "none", id="a prefix is no match"),
        pytest.param([allow(action=["s3:Put*", "s3:Get*"], resource="*")], ask(), "allow", id="list of actions"),
        pytest.param([allow(not_action="iam:*", resource="*")], ask(), "allow", id="not-action: others are allowed"),
        pytest.param([allow(not_action="s3:*", resource="*")], ask(), "none", id="not-action: these are not"),
        pytest.param([allow(resource="arn:aws:s3:::lake/*")], ask(), "allow", id="wildcard crosses slashes"),
        pytest.param([allow(resource="arn:aws:s3:::lake")], ask(), "none", id="the bucket is not its objects"),
        pytest.param([allow(resource="arn:aws:s3:::LAKE/*")], ask(), "none", id="resources keep their case"),
        pytest.param([allow(resource="arn:aws:s3:::lake/[s]ales/*")], ask(), "none", id="brackets are just characters"),
        pytest.param([allow(not_resource="arn:aws:s3:::lake/hr/*")], ask(), "allow", id="not-resource"),
        pytest.param([allow(not_resource="arn:aws:s3:::lake/*")], ask(), "none", id="not-resource covers it"),
        pytest.param(
            [allow(resource="arn:aws:s3:::lake/${aws:username}/*")],
            ask(aws__username="sales"),
            "allow",
            id="policy variable in the resource",
        ),
        pytest.param(
            [allow(resource="arn:aws:s3:::lake/${aws:username}/*")], ask(), "none", id="a variable without a value"
        ),
        pytest.param(
            [allow(resource="*"), deny(action="*", resource="*", condition={"Bool": {"aws:SecureTransport": "false"}})],
            ask(aws__securetransport="true"),
            "allow",
            id="TLS only, over TLS",
        ),
    ],
)
def test_identity_policies(statements: list[dict[str, Any]], question: Ask, verdict: str) -> None:
    assert evaluate([document(*statements)], question) == verdict


def test_a_deny_in_another_policy_of_the_same_identity_wins() -> None:
    assert evaluate([document(EVERYTHING), document(deny(resource="*"))], ask()) == "deny"


def test_a_lone_statement_need_not_be_a_list() -> None:
    assert evaluate([json.dumps({"Statement": EVERYTHING})], ask()) == "allow"


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        pytest.param([allow(principal="*", resource="*")], "allow", id="everybody"),
        pytest.param([allow(principal={"AWS": "*"}, resource="*")], "allow", id="everybody, written as AWS"),
        pytest.param([allow(principal={"AWS": ROLE}, resource="*")], "allow", id="the role"),
        pytest.param([allow(principal={"AWS": SESSION}, resource="*")], "allow", id="the session"),
        pytest.param([allow(principal={"AWS": ROLE + "2"}, resource="*")], "none", id="another role"),
        pytest.param([allow(principal={"AWS": ACCOUNT}, resource="*")], "delegated", id="the account leaves it to IAM"),
        pytest.param(
            [allow(principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, resource="*")],
            "delegated",
            id="the account's ARN",
        ),
        pytest.param([allow(principal={"AWS": "999999999999"}, resource="*")], "none", id="another account"),
        pytest.param([allow(principal={"Service": "athena.amazonaws.com"}, resource="*")], "none", id="a service"),
        pytest.param([deny(principal={"AWS": ACCOUNT}, resource="*")], "deny", id="a deny of the whole account"),
        pytest.param([deny(not_principal={"AWS": [ROLE]}, resource="*")], "none", id="a deny of all but the role"),
        pytest.param([deny(not_principal={"AWS": [ROLE + "2"]}, resource="*")], "deny", id="a deny of all but another"),
        pytest.param([allow(resource="*")], "none", id="a statement without a principal names nobody"),
        pytest.param(
            [
                allow(principal="*", resource="*"),
                deny(principal="*", resource="*", condition={"ArnNotLike": {"aws:PrincipalArn": [ROLE[:-3] + "*"]}}),
            ],
            "allow",
            id="closed to all but some, seen by one of them",
        ),
    ],
)
def test_policies_of_resources(statements: list[dict[str, Any]], verdict: str) -> None:
    assert evaluate_resource(document(*statements), ask(aws__principalarn=ROLE)) == verdict


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        pytest.param({"StringEquals": {"s3:prefix": "a"}}, {"s3__prefix": "a"}, True, id="equal"),
        pytest.param({"StringEquals": {"S3:Prefix": "a"}}, {"s3__prefix": "a"}, True, id="keys ignore case"),
        pytest.param({"StringEquals": {"s3:prefix": "A"}}, {"s3__prefix": "a"}, False, id="values keep case"),
        pytest.param(
            {"StringEquals": {"s3:prefix": ["b", "a"]}}, {"s3__prefix": "a"}, True, id="values are alternatives"
        ),
        pytest.param({"StringEquals": {"s3:prefix": "a*"}}, {"s3__prefix": "ab"}, False, id="no wildcards in equals"),
        pytest.param({"StringEquals": {"s3:prefix": "a"}}, {}, False, id="an absent key does not match"),
        pytest.param({"StringEqualsIfExists": {"s3:prefix": "a"}}, {}, True, id="if-exists and absent"),
        pytest.param({"StringEqualsIfExists": {"s3:prefix": "a"}}, {"s3__prefix": "b"}, False, id="if-exists, present"),
        pytest.param({"StringNotEquals": {"s3:prefix": "a"}}, {}, True, id="negated and absent"),
        pytest.param({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "b"}, False, id="neither of two"),
        pytest.param({"StringEqualsIgnoreCase": {"s3:prefix": "A"}}, {"s3__prefix": "a"}, True, id="ignoring case"),
        pytest.param({"StringLike": {"s3:prefix": ["sales/*"]}}, {"s3__prefix": "sales/2026/"}, True, id="like"),
        pytest.param({"StringNotLike": {"s3:prefix": "sales/*"}}, {"s3__prefix": "sales/x"}, False, id="not like"),
        pytest.param(
            {"StringLike": {"s3:prefix": "${aws:username}/*"}},
            {"s3__prefix": "ana/x", "aws__username": "ana"},
            True,
            id="variable in a condition",
        ),
        pytest.param({"Bool": {"aws:securetransport": False}}, {"aws__securetransport": "true"}, False, id="bool"),
        pytest.param({"Bool": {"aws:securetransport": True}}, {"aws__securetransport": "true"}, True, id="JSON's true"),
        pytest.param({"Null": {"s3:prefix": "true"}}, {}, True, id="null: absent"),
        pytest.param({"Null": {"s3:prefix": "false"}}, {"s3__prefix": ""}, True, id="null: present though empty"),
        pytest.param({"NumericLessThanEquals": {"s3:max-keys": 10}}, {"s3__max_keys": "10"}, True, id="number"),
        pytest.param({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3__max_keys": "9"}, True, id="9 is less than 10"),
        pytest.param({"NumericEquals": {"s3:max-keys": "10"}}, {"s3__max_keys": "ten"}, False, id="no number"),
        pytest.param(
            {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
            {"aws__currenttime": "2026-11-22T10:00:00+00:00"},
            True,
            id="date",
        ),
        pytest.param(
            {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01"}},
            {"aws__currenttime": "2026-11-22T10:00:00Z"},
            False,
            id="date alone",
        ),
        pytest.param(
            {"DateLessThan": {"aws:EpochTime": "1800000000"}}, {"aws__epochtime": "1795000000"}, True, id="epoch"
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {"aws__sourceip": "127.0.0.1"}, True, id="network"
        ),
        pytest.param(
            {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "127.0.0.1"}, True, id="not in"
        ),
        pytest.param({"IpAddress": {"aws:SourceIp": "10.1.2.3"}}, {"aws__sourceip": "127.0.0.1"}, False, id="address"),
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/an*"}}, {"aws__principalarn": ROLE}, True, id="arn"
        ),
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": "arn:*:role/analyst"}}, {"aws__principalarn": ROLE}, False, id="arn colons"
        ),
        pytest.param(
            {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"aws__tagkeys": ("x", "b")},
            True,
            id="any value",
        ),
        pytest.param({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {}, False, id="any value of none"),
        pytest.param(
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"aws__tagkeys": ("a", "x")},
            False,
            id="all values",
        ),
        pytest.param({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {}, True, id="all values of none"),
        pytest.param(
            {"StringEquals": {"s3:prefix": "a"}, "Bool": {"aws:securetransport": "true"}},
            {"s3__prefix": "a", "aws__securetransport": "false"},
            False,
            id="all conditions must hold",
        ),
    ],
)
def test_conditions(condition: dict[str, Any], context: dict[str, Any], holds: bool) -> None:
    found = evaluate([document(allow(resource="*", condition=condition))], ask(**context))
    assert found == ("allow" if holds else "none")


def test_an_operator_that_nobody_knows_is_refused_not_ignored() -> None:
    with pytest.raises(AwsError, match="StringSounds"):
        evaluate([document(allow(resource="*", condition={"StringSounds": {"s3:prefix": "a"}}))], ask())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Statement": [1]}', '{"Statement": [{"Action": "*"}]}'])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(AwsError) as caught:
        evaluate([text], ask())
    assert caught.value.code == "MalformedPolicyDocument"
