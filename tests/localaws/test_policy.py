"""IAM's policy language: what each element, wildcard and condition operator allows and refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.policy import Ask, ResourceVerdict, Standing, evaluate, evaluate_resource, joined

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/analyst"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/ana"
OBJECT = "arn:aws:s3:::lake/sales/part-0.parquet"


def ask(action: str = "s3:GetObject", resource: str = OBJECT, **context: Any) -> Ask:
    """A question; in names of keys `__` is a colon and `_` a dash."""
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


ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        pytest.param([allow(principal="*", resource="*")], {"everybody"}, id="everybody"),
        pytest.param([allow(principal={"AWS": "*"}, resource="*")], {"everybody"}, id="everybody, written as AWS"),
        pytest.param([allow(principal={"AWS": ROLE}, resource="*")], {"principal"}, id="the role"),
        pytest.param([allow(principal={"AWS": SESSION}, resource="*")], {"session"}, id="the session"),
        pytest.param([allow(principal={"AWS": [ROLE, SESSION]}, resource="*")], {"principal", "session"}, id="both"),
        pytest.param([allow(principal={"AWS": ROLE + "2"}, resource="*")], set(), id="another role"),
        pytest.param([allow(principal={"AWS": ROLE[:-1] + "*"}, resource="*")], set(), id="no wildcards in principals"),
        pytest.param([allow(principal={"AWS": ACCOUNT}, resource="*")], {"account"}, id="the account leaves it to IAM"),
        pytest.param([allow(principal={"AWS": ROOT}, resource="*")], {"account"}, id="the account's ARN"),
        pytest.param([allow(principal={"AWS": "999999999999"}, resource="*")], set(), id="another account"),
        pytest.param([allow(principal={"Service": "athena.amazonaws.com"}, resource="*")], set(), id="a service"),
        pytest.param([allow(principal={"Federated": "*"}, resource="*")], set(), id="a web identity"),
        pytest.param([deny(principal={"AWS": ACCOUNT}, resource="*")], "deny", id="a deny of the whole account"),
        pytest.param([deny(principal={"AWS": ROLE}, resource="*")], "deny", id="a deny of the role hits its session"),
        pytest.param(
            [deny(not_principal={"AWS": [ROLE]}, resource="*")], "deny", id="all but the role: not its session"
        ),
        pytest.param(
            [deny(not_principal={"AWS": [ROLE, SESSION, ROOT]}, resource="*")],
            set(),
            id="all but role, session, account",
        ),
        pytest.param([deny(not_principal={"AWS": [ROLE + "2"]}, resource="*")], "deny", id="a deny of all but another"),
        pytest.param([deny(not_principal={"AWS": [ROOT]}, resource="*")], "deny", id="the account alone spares nobody"),
        pytest.param([allow(not_principal={"AWS": [ROLE]}, resource="*")], set(), id="an allow of all but the role"),
        pytest.param([allow(not_principal={"AWS": [ROOT]}, resource="*")], set(), id="an allow of all but the account"),
        pytest.param(
            [allow(not_principal={"AWS": ["999999999999"]}, resource="*")], {"everybody"}, id="all but others"
        ),
        pytest.param([allow(resource="*")], set(), id="a statement without a principal names nobody"),
        pytest.param(
            [
                allow(principal="*", resource="*"),
                deny(principal="*", resource="*", condition={"ArnNotLike": {"aws:PrincipalArn": [ROLE[:-3] + "*"]}}),
            ],
            {"everybody"},
            id="closed to all but some, seen by one of them",
        ),
    ],
)
def test_policies_of_resources(statements: list[dict[str, Any]], verdict: Any) -> None:
    found = evaluate_resource(document(*statements), ask(aws__principalarn=ROLE))
    assert ("deny" if found.denies else found.grants) == verdict


NOBODY, EVERYBODY = frozenset[Any](), frozenset[Any]({"everybody"})


@pytest.mark.parametrize(
    ("mine", "denies", "grants", "verdict"),
    [
        pytest.param(Standing("none"), False, NOBODY, "none", id="nothing said"),
        pytest.param(Standing("allow"), False, NOBODY, "allow", id="identity policy alone"),
        pytest.param(Standing("none"), False, EVERYBODY, "allow", id="resource's policy alone"),
        pytest.param(Standing("none"), False, frozenset({"account"}), "none", id="the account is not enough"),
        pytest.param(Standing("allow"), True, NOBODY, "deny", id="the resource denies"),
        pytest.param(Standing("deny"), False, EVERYBODY, "deny", id="the identity policy denies"),
        pytest.param(Standing("allow", ("none",)), False, NOBODY, "none", id="outside of the boundary"),
        pytest.param(Standing("allow", ("allow", "none")), False, NOBODY, "none", id="outside of the session policy"),
        pytest.param(Standing("allow", ("allow", "allow")), False, NOBODY, "allow", id="inside of both"),
        pytest.param(Standing("none", ("allow",)), False, NOBODY, "none", id="a boundary gives nothing"),
        pytest.param(
            Standing("none", ("none",)), False, frozenset({"principal"}), "allow", id="a user granted by name"
        ),
        pytest.param(
            Standing("none", ("none",), True), False, frozenset({"principal"}), "none", id="a role by name is limited"
        ),
        pytest.param(
            Standing("none", ("none",), True), False, EVERYBODY, "none", id="and so it is where all are named"
        ),
        pytest.param(
            Standing("none", ("allow",), True), False, frozenset({"principal"}), "allow", id="a role within its limits"
        ),
        pytest.param(
            Standing("none", ("none",), True), False, frozenset({"session"}), "allow", id="a session by name is not"
        ),
        pytest.param(
            Standing("allow", ("deny",), True), False, frozenset({"session"}), "deny", id="a deny in a limit is final"
        ),
    ],
)
def test_policies_of_both_sides_join_as_in_one_account(
    mine: Standing, denies: bool, grants: frozenset[Any], verdict: str
) -> None:
    assert joined(mine, ResourceVerdict(denies, grants)) == verdict


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
        pytest.param({"NumericEquals": {"s3:max-keys": "1.50"}}, {"s3__max_keys": "1.5"}, True, id="fraction"),
        pytest.param({"NumericGreaterThan": {"s3:max-keys": "-5"}}, {"s3__max_keys": "0"}, True, id="negative"),
        pytest.param({"NumericLessThan": {"s3:max-keys": "5"}}, {}, False, id="number of an absent key"),
        pytest.param(
            {"StringEquals": {"s3:prefix": ["${aws:username}", "x"]}},
            {"s3__prefix": "${aws:username}"},
            False,
            id="a variable without a value equals nothing",
        ),
        pytest.param(
            {"StringLike": {"s3:prefix": "${aws:username}"}},
            {"s3__prefix": "abc", "aws__username": "*"},
            False,
            id="a value's asterisk is plain",
        ),
        pytest.param({"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}}, {}, True, id="any value, if exists"),
        pytest.param(
            {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}},
            {"aws__tagkeys": ("a", "b")},
            True,
            id="any value that differs",
        ),
        pytest.param(
            {"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}},
            {"aws__tagkeys": ("a", "b")},
            False,
            id="all values differ",
        ),
        pytest.param(
            {"ForAllValues:StringLike": {"aws:TagKeys": "team-*"}},
            {"aws__tagkeys": ("team-a", "team-b")},
            True,
            id="all values alike",
        ),
        pytest.param(
            {"StringNotEquals": {"aws:TagKeys": "a"}},
            {"aws__tagkeys": ("a", "b")},
            False,
            id="negated without a quantifier: all must differ",
        ),
        pytest.param({"Null": {"aws:Weather": "true"}}, {}, False, id="null of a key that nobody fills"),
        pytest.param(
            {"DateGreaterThan": {"aws:CurrentTime": "2026"}},
            {"aws__currenttime": "2026-11-22T10:00:00Z"},
            True,
            id="year alone",
        ),
        pytest.param(
            {"DateGreaterThan": {"aws:CurrentTime": "2026-12"}},
            {"aws__currenttime": "2026-11-22T10:00:00Z"},
            False,
            id="month",
        ),
        pytest.param(
            {"DateLessThan": {"aws:CurrentTime": "2026-11-22T12:30:00+02:00"}},
            {"aws__currenttime": "2026-11-22T10:00:00Z"},
            True,
            id="date with a zone",
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": ["::1/128", "127.0.0.0/8"]}},
            {"aws__sourceip": "127.0.0.1"},
            True,
            id="one of two networks",
        ),
        pytest.param({"ArnLike": {"aws:PrincipalArn": "*"}}, {"aws__principalarn": ROLE}, False, id="no ARN at all"),
        pytest.param(
            {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x*"}},
            {"aws__principalarn": ROLE},
            True,
            id="another arn",
        ),
        pytest.param({"BinaryEquals": {"s3:prefix": "YQ=="}}, {"s3__prefix": "YQ=="}, True, id="binary"),
        pytest.param(
            {"StringEquals": {"s3:ExistingObjectTag/team": "a"}},
            {"s3__existingobjecttag/team": "a"},
            True,
            id="tag of an object",
        ),
        pytest.param(
            {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
            {"aws__resourcetag/team": "a", "aws__principaltag/team": "a"},
            True,
            id="tag equals tag",
        ),
        pytest.param(
            {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
            {"aws__resourcetag/team": "a"},
            False,
            id="tag equals no tag",
        ),
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


UNKNOWN = [
    pytest.param({"StringSounds": {"s3:prefix": "a"}}, id="an operator that nobody knows"),
    pytest.param({"Stringequals": {"s3:prefix": "a"}}, id="an operator in another case"),
    pytest.param({"ForSomeValues:StringEquals": {"s3:prefix": "a"}}, id="a quantifier that nobody knows"),
    pytest.param({"StringEquals": {"aws:Weather": "fine"}}, id="a key that nobody knows"),
    pytest.param({"StringEqualsIfExists": {"aws:Weather": "fine"}}, id="if exists: who could tell?"),
    pytest.param({"StringNotEquals": {"glue:VpcIds": "vpc-1"}}, id="a negated one"),
    pytest.param({"Null": {"aws:Weather": "true"}}, id="whether it is there"),
    pytest.param({"Null": {"s3:prefix": "maybe"}}, id="null of neither true nor false"),
    pytest.param({"ForAllValues:StringEquals": {"aws:Weather": "fine"}}, id="all values of it"),
    pytest.param({"StringLike": {"s3:prefix": "${aws:Weather}/*"}}, id="a variable that nobody knows"),
    pytest.param({"NumericLessThan": {"s3:max-keys": "many"}}, id="a policy's number that is none"),
    pytest.param({"NumericEquals": {"s3:max-keys": "1_0"}}, id="a number as Python writes it"),
    pytest.param({"NumericLessThan": {"s3:max-keys": "nan"}}, id="not a number"),
    pytest.param({"NumericNotEquals": {"s3:prefix": "10"}}, id="a request's number that is none"),
    pytest.param({"DateLessThan": {"aws:CurrentTime": "tomorrow"}}, id="a date that is none"),
    pytest.param({"IpAddress": {"aws:SourceIp": "here"}}, id="an address that is none"),
    pytest.param({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/99"}}, id="a network that is none"),
]


@pytest.mark.parametrize("condition", UNKNOWN)
def test_what_cannot_be_judged_allows_nothing_and_denies_what_it_would(condition: dict[str, Any]) -> None:
    question = ask(
        s3__prefix="a/b", s3__max_keys="10", aws__currenttime="2026-11-22T10:00:00Z", aws__sourceip="127.0.0.1"
    )
    hanging = allow(resource="*", condition=condition)
    assert evaluate([document(hanging)], question) == "none"
    assert evaluate([document(EVERYTHING, {**hanging, "Effect": "Deny"})], question) == "deny"
    elsewhere = {**hanging, "Effect": "Deny", "Action": "glue:*"}
    assert evaluate([document(EVERYTHING, elsewhere)], question) == "allow", "it is about something else"


def test_a_condition_that_fails_settles_it_whatever_nobody_knows() -> None:
    condition = {"StringEquals": {"aws:Weather": "fine", "s3:prefix": "x"}}
    denying = document(EVERYTHING, deny(resource="*", condition=condition))
    assert evaluate([denying], ask(s3__prefix="a")) == "allow"
    assert evaluate([denying], ask(s3__prefix="x")) == "deny"


@pytest.mark.parametrize(
    ("pattern", "context", "resource", "covers"),
    [
        pytest.param("${aws:username}", {"aws__username": "*"}, "sales/x", False, id="a value's asterisk is plain"),
        pytest.param("${aws:username}", {"aws__username": "*"}, "*", True, id="and equals itself"),
        pytest.param("${aws:username}", {"aws__username": "s?les"}, "sales", False, id="a value's question mark"),
        pytest.param("${aws:username}/*", {}, "${aws:username}/x", False, id="nobody's name is no name"),
        pytest.param("${aws:username}/*", {"aws__username": ("a", "b")}, "a/x", False, id="two values are none"),
        pytest.param("${aws:PrincipalTag/team, 'all'}/*", {}, "all/x", True, id="a default"),
        pytest.param(
            "${aws:PrincipalTag/team, 'all'}/*", {"aws__principaltag/team": "a"}, "a/x", True, id="not needed"
        ),
        pytest.param("${aws:PrincipalTag/team, 'a*'}/*", {}, "abc/x", False, id="a default is plain, too"),
        pytest.param("a${*}b", {}, "a*b", True, id="an asterisk that is one"),
        pytest.param("a${*}b", {}, "axb", False, id="and no wildcard"),
        pytest.param("a${?}b${$}", {}, "a?b$", True, id="a question mark and a dollar"),
        pytest.param("*/${aws:username}/*", {"aws__username": "a.b"}, "x/axb/y", False, id="a dot is a dot"),
        pytest.param("${aws:Weather}", {}, "fine", False, id="a key that nobody knows"),
        pytest.param("*a*a*a*a*a*a*a*a*a*a*a*b", {}, "a" * 1024, False, id="a pattern made to take for ever"),
        pytest.param("*?a?*?a?*?a?*?a?*?a?*b", {}, "a" * 1024, False, id="and another one"),
        pytest.param("*ab*ab", {}, "ab", False, id="the end is not the beginning"),
        pytest.param("*ab*ab", {}, "abab", True, id="leftmost first"),
        pytest.param("a*b*", {}, "a\nb", True, id="lines are no borders"),
        pytest.param("", {}, "x", False, id="nothing covers nothing"),
        pytest.param("**", {}, "", True, id="asterisks cover the empty key"),
    ],
)
def test_wildcards_and_variables(pattern: str, context: dict[str, Any], resource: str, covers: bool) -> None:
    question = ask(resource=f"arn:aws:s3:::lake/{resource}", **context)
    found = evaluate([document(allow(resource=f"arn:aws:s3:::lake/{pattern}"))], question)
    assert found == ("allow" if covers else "none")


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        pytest.param("arn:aws:glue:us-east-1:123456789012:table/sales/orders", True, id="whole"),
        pytest.param("arn:aws:glue:*:*:table/sales/*", True, id="parts"),
        pytest.param("arn:aws:glue:us-east-1:123456789012:*/orders", True, id="crosses slashes"),
        pytest.param("arn:aws:glue:*:table/sales/*", False, id="one asterisk for two parts"),
        pytest.param("arn:aws:*:orders", False, id="one asterisk for three parts"),
        pytest.param("arn:aws:glue:us-east-?:123456789012:table/sales/orders", True, id="question mark"),
        pytest.param("arn:aws:glue:*", True, id="an ARN that ends early"),
        pytest.param("*", True, id="everything"),
        pytest.param("arn:aws:glue:us-east-1:123456789012:table/Sales/*", False, id="case"),
    ],
)
def test_a_wildcard_stays_inside_its_part_of_an_arn(pattern: str, covers: bool) -> None:
    question = ask("glue:GetTable", "arn:aws:glue:us-east-1:123456789012:table/sales/orders")
    assert evaluate([document(allow(resource=pattern))], question) == ("allow" if covers else "none")


def test_the_old_version_of_the_language_has_no_variables() -> None:
    statement = allow(resource="arn:aws:s3:::lake/${aws:username}/*")
    for old in ({"Version": "2008-10-17"}, {}):
        text = json.dumps({**old, "Statement": [statement]})
        for resource, verdict in (("ana/x", "none"), ("${aws:username}/x", "allow")):
            question = ask(resource=f"arn:aws:s3:::lake/{resource}", aws__username="ana")
            assert evaluate([text], question) == verdict


def test_an_identity_policy_must_say_on_what() -> None:
    assert evaluate([document(allow(action="*"))], ask()) == "none"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"Statement": [1]}',
        '{"Statement": [{"Action": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(AwsError) as caught:
        evaluate([text], ask())
    assert caught.value.code == "MalformedPolicyDocument"
