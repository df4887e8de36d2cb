"""Changes of IAM and STS: roles, policies, users, access keys, sessions that go on working."""

from __future__ import annotations

import json
from typing import Any

from tests.localaws.faults.requests import Change, Effect, Key, Person, Seen, gone, now, versus


def trust(person: Person) -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::{person.clients.endpoint.account_id}:root"}
    return _policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Sid": person.fresh("s")})


def document(person: Person) -> dict[str, Any]:
    resource = f"arn:aws:s3:::{person.fresh('b')}/*"
    return _policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource})


def _policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def create_role(person: Person) -> Change | None:
    if len(person.there("role")) >= 3:
        return None
    name, wanted = person.fresh("role"), trust(person)
    return Change(
        "CreateRole",
        lambda: person.clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(wanted)),
        {("role", name): now(lambda after: after["role"]["AssumeRolePolicyDocument"] == wanted)},
    )


def change_role(person: Person) -> Change | None:
    key = person.one("role")
    if key is None:
        return None
    wanted, tag = trust(person), {"Key": "note", "Value": person.fresh("tag")}
    iam, name = person.clients.iam, key[1]
    if person.dice.random() < 0.5:
        return Change(
            "TagRole",
            lambda: iam.tag_role(RoleName=name, Tags=[tag]),
            {key: now(lambda after: after["role"].get("Tags") == [tag])},
        )
    return Change(
        "UpdateAssumeRolePolicy",
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(wanted)),
        {key: now(lambda after: after["role"]["AssumeRolePolicyDocument"] == wanted)},
    )


def change_inline_policy(person: Person) -> Change | None:
    key = person.one("role")
    if key is None:
        return None
    iam, where, wanted = person.clients.iam, {"RoleName": key[1], "PolicyName": "inline"}, document(person)
    if "inline" in person.known[key]["inline"] and person.dice.random() < 0.4:
        return Change(
            "DeleteRolePolicy",
            lambda: iam.delete_role_policy(**where),
            {key: now(lambda after: not after["inline"])},
        )
    return Change(
        "PutRolePolicy",
        lambda: iam.put_role_policy(**where, PolicyDocument=json.dumps(wanted)),
        {key: now(lambda after: after["inline"] == {"inline": wanted})},
    )


def change_attachment(person: Person) -> Change | None:
    role, policy = person.one("role"), person.one("policy")
    if role is None or policy is None:
        return None
    iam, where = person.clients.iam, {"RoleName": role[1], "PolicyArn": policy[1]}
    attached = policy[1] in [one["PolicyArn"] for one in person.known[role]["attached"]]

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return (policy[1] in [one["PolicyArn"] for one in after["attached"]]) != attached

    send = iam.detach_role_policy if attached else iam.attach_role_policy
    return Change("DetachRolePolicy" if attached else "AttachRolePolicy", lambda: send(**where), {role: effect})


def delete_role(person: Person) -> Change | None:
    """Its sessions end with it."""
    bare = [key for key in person.there("role") if not (person.known[key]["inline"] or person.known[key]["attached"])]
    if not bare or person.dice.random() < 0.5:
        return None
    key = person.dice.choice(bare)
    sessions = [one for one in person.there("session") if f"/{key[1]}/" in person.known[one]]
    effects: dict[Key, Effect] = {key: gone} | dict.fromkeys(sessions, gone)
    return Change("DeleteRole", lambda: person.clients.iam.delete_role(RoleName=key[1]), effects)


def assume_role(person: Person) -> Change | None:
    key = person.one("role")
    if key is None or len(person.there("session")) >= 6:
        return None
    arn = person.clients.endpoint.role_arn(key[1])

    def learned(answer: Any) -> dict[Key, Effect]:
        got = answer["Credentials"]
        session: Key = ("session", got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
        return {session: now(lambda after: after == answer["AssumedRoleUser"]["Arn"])}

    return Change(
        "AssumeRole",
        lambda: person.clients.sts.assume_role(RoleArn=arn, RoleSessionName="fault"),
        {},
        learned=learned,
    )


def create_policy(person: Person) -> Change | None:
    if len(person.there("policy")) >= 2:
        return None
    name, wanted = person.fresh("policy"), document(person)
    arn = f"arn:aws:iam::{person.clients.endpoint.account_id}:policy/{name}"
    return Change(
        "CreatePolicy",
        lambda: person.clients.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(wanted)),
        {("policy", arn): now(lambda after: after["versions"]["v1"]["Document"] == wanted)},
    )


def change_policy(person: Person) -> Change | None:
    key = person.one("policy")
    if key is None:
        return None
    iam, versions, wanted = person.clients.iam, person.known[key]["versions"], document(person)
    if len(versions) >= 3:
        if any(key[1] in str(person.known[role]["attached"]) for role in person.there("role")):
            return None
        old = [name for name, version in versions.items() if not version["IsDefaultVersion"]][0]
        return Change(
            "DeletePolicyVersion",
            lambda: iam.delete_policy_version(PolicyArn=key[1], VersionId=old),
            {key: versus(lambda before, after: set(after["versions"]) == set(before["versions"]) - {old})},
        )

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        (new,) = set(after["versions"]) - set(before["versions"])
        return bool(after["versions"][new]["Document"] == wanted and after["policy"]["DefaultVersionId"] == new)

    return Change(
        "CreatePolicyVersion",
        lambda: iam.create_policy_version(PolicyArn=key[1], PolicyDocument=json.dumps(wanted), SetAsDefault=True),
        {key: effect},
    )


def create_user(person: Person) -> Change | None:
    if len(person.there("user")) >= 2:
        return None
    name = person.fresh("user")
    return Change(
        "CreateUser",
        lambda: person.clients.iam.create_user(UserName=name),
        {("user", name): now(lambda after: after is not None)},
    )


def create_access_key(person: Person) -> Change | None:
    key = person.one("user")
    if key is None or len(person.known[key]["keys"]) >= 2:
        return None
    arn = f"arn:aws:iam::{person.clients.endpoint.account_id}:user/{key[1]}"

    def learned(answer: Any) -> dict[Key, Effect]:
        made = answer["AccessKey"]
        return {("session", made["AccessKeyId"], made["SecretAccessKey"], ""): now(lambda after: after == arn)}

    return Change(
        "CreateAccessKey",
        lambda: person.clients.iam.create_access_key(UserName=key[1]),
        {key: versus(lambda before, after: len(after["keys"]) == len(before["keys"]) + 1)},
        learned=learned,
    )


def delete_access_key(person: Person) -> Change | None:
    key = person.one("user")
    if key is None or not person.known[key]["keys"]:
        return None
    doomed = person.dice.choice(person.known[key]["keys"])["AccessKeyId"]
    dead: dict[Key, Effect] = dict.fromkeys(person.there("session", doomed), gone)

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return doomed not in [one["AccessKeyId"] for one in after["keys"]]

    return Change(
        "DeleteAccessKey",
        lambda: person.clients.iam.delete_access_key(UserName=key[1], AccessKeyId=doomed),
        {key: effect, **dead},
    )


def delete_user(person: Person) -> Change | None:
    bare = [key for key in person.there("user") if not person.known[key]["keys"]]
    if not bare or person.dice.random() < 0.5:
        return None
    key = person.dice.choice(bare)
    return Change("DeleteUser", lambda: person.clients.iam.delete_user(UserName=key[1]), {key: gone})


CHANGES = (
    create_role,
    change_role,
    change_inline_policy,
    change_inline_policy,
    change_attachment,
    delete_role,
    assume_role,
    assume_role,
    create_policy,
    change_policy,
    create_user,
    create_access_key,
    delete_access_key,
    delete_user,
)
