"""The log of IAM's changes: replayed it gives what was, whatever was done; and it stays short."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.iam.bridge import MotoIam
from mesh_core.localaws.migrations import DamagedStateError
from mesh_core.localaws.store import Store

ACCOUNT = "111122223333"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/managed"


def now() -> datetime:
    return datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def iam(store: Store) -> Iterator[MotoIam]:
    yield MotoIam(store, ACCOUNT, now)


def log_length(store: Store) -> int:
    with store.read() as db:
        return int(db.execute("SELECT count(*) FROM iam_change").fetchone()[0])


def picture(iam: MotoIam) -> Any:
    """All that IAM knows and that a client or a policy can see."""
    backend = iam.backend
    keys = [(k.access_key_id, k.secret_access_key, k.status, k.user_name) for k in backend.access_keys.values()]
    roles = [
        (r.arn, r.id, r.create_date, r.assume_role_policy_document, r.policies, list(r.managed_policies), r.tags)
        for r in backend.roles.values()
    ]
    users = [
        (
            u.arn,
            u.id,
            u.create_date,
            u.policies,
            list(u.managed_policies),
            u.tags,
            [k.access_key_id for k in u.access_keys],
        )
        for u in backend.users.values()
    ]
    groups = [(g.arn, g.id, [u.name for u in g.users], g.policies) for g in backend.groups.values()]
    profiles = [(p.arn, p.id, [r.name for r in p.roles]) for p in backend.instance_profiles.values()]
    policies = [
        (p.arn, p.id, p.attachment_count, [(v.version_id, v.document, v.is_default) for v in p.versions])
        for p in backend.managed_policies.values()
    ]
    return sorted(keys), sorted(roles, key=str), sorted(users, key=str), sorted(groups, key=str), profiles, policies


def form(action: str, **fields: str) -> dict[str, str]:
    return {"Action": action, "Version": "2010-05-08", **fields}


NAMES = st.sampled_from(["a", "b"])
CHANGES = st.one_of(
    st.builds(lambda n: form("CreateRole", RoleName=n, AssumeRolePolicyDocument=TRUST), NAMES),
    st.builds(lambda n: form("DeleteRole", RoleName=n), NAMES),
    st.builds(lambda n, p: form("PutRolePolicy", RoleName=n, PolicyName=p, PolicyDocument=ALLOW), NAMES, NAMES),
    st.builds(lambda n, p: form("DeleteRolePolicy", RoleName=n, PolicyName=p), NAMES, NAMES),
    st.builds(lambda n: form("UpdateAssumeRolePolicy", RoleName=n, PolicyDocument=TRUST), NAMES),
    st.builds(lambda n: form("AttachRolePolicy", RoleName=n, PolicyArn=MANAGED), NAMES),
    st.builds(lambda n: form("DetachRolePolicy", RoleName=n, PolicyArn=MANAGED), NAMES),
    st.just(form("CreatePolicy", PolicyName="managed", PolicyDocument=ALLOW)),
    st.just(form("DeletePolicy", PolicyArn=MANAGED)),
    st.just(form("CreateInstanceProfile", InstanceProfileName="ip")),
    st.builds(lambda n: form("AddRoleToInstanceProfile", InstanceProfileName="ip", RoleName=n), NAMES),
    st.builds(lambda n: form("RemoveRoleFromInstanceProfile", InstanceProfileName="ip", RoleName=n), NAMES),
    st.builds(lambda n: form("CreateUser", UserName=n), NAMES),
    st.builds(lambda n: form("DeleteUser", UserName=n), NAMES),
    st.builds(lambda n, m: form("UpdateUser", UserName=n, NewUserName=m), NAMES, NAMES),
    st.builds(lambda n, p: form("PutUserPolicy", UserName=n, PolicyName=p, PolicyDocument=ALLOW), NAMES, NAMES),
    st.builds(lambda n, p: form("DeleteUserPolicy", UserName=n, PolicyName=p), NAMES, NAMES),
    st.builds(lambda n: form("AttachUserPolicy", UserName=n, PolicyArn=MANAGED), NAMES),
    st.builds(lambda n: form("CreateAccessKey", UserName=n), NAMES),
    st.just(form("CreateGroup", GroupName="g")),
    st.builds(lambda n: form("AddUserToGroup", GroupName="g", UserName=n), NAMES),
    st.builds(lambda n: form("RemoveUserFromGroup", GroupName="g", UserName=n), NAMES),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(CHANGES, max_size=25))
def test_a_restart_after_any_changes_gives_the_same_iam(
    tmp_path_factory: pytest.TempPathFactory, changes: list[dict[str, str]]
) -> None:
    store = Store(tmp_path_factory.mktemp("log"))
    before = MotoIam(store, ACCOUNT, now)
    for change in changes:
        with suppress(AwsError):  # what moto stumbles over is no change either
            before.run(change)
    seen = picture(before)
    assert picture(MotoIam(store, ACCOUNT, now)) == seen


def test_a_change_that_moto_stumbles_over_is_a_named_failure_and_changes_nothing(iam: MotoIam, store: Store) -> None:
    iam.run(form("CreateInstanceProfile", InstanceProfileName="ip"))
    iam.run(form("CreateRole", RoleName="a", AssumeRolePolicyDocument=TRUST))
    seen = picture(iam)
    with pytest.raises(AwsError, match=r"failed on RemoveRoleFromInstanceProfile.* Nothing was changed"):
        iam.run(form("RemoveRoleFromInstanceProfile", InstanceProfileName="ip", RoleName="a"))
    assert picture(iam) == seen and log_length(store) == 2


def test_reads_and_refused_changes_are_not_logged(iam: MotoIam, store: Store) -> None:
    assert iam.run(form("ListRoles")).status == 200
    assert iam.run(form("DeleteRole", RoleName="nobody")).status == 404
    assert log_length(store) == 0


def test_roles_made_and_removed_again_and_again_leave_the_log_empty(iam: MotoIam, store: Store) -> None:
    for _ in range(3):
        iam.run(form("CreateRole", RoleName="a", AssumeRolePolicyDocument=TRUST))
        iam.run(form("PutRolePolicy", RoleName="a", PolicyName="p", PolicyDocument=ALLOW))
        iam.run(form("DeleteRolePolicy", RoleName="a", PolicyName="p"))
        assert iam.run(form("DeleteRole", RoleName="a")).status == 200
    assert log_length(store) == 0


def test_a_policy_put_many_times_is_one_line_of_the_log(iam: MotoIam, store: Store) -> None:
    iam.run(form("CreateRole", RoleName="a", AssumeRolePolicyDocument=TRUST))
    for _ in range(5):
        iam.run(form("PutRolePolicy", RoleName="a", PolicyName="p", PolicyDocument=ALLOW))
    assert log_length(store) == 2


def test_a_change_that_cannot_be_logged_has_not_happened(
    iam: MotoIam, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam.run(form("CreateRole", RoleName="a", AssumeRolePolicyDocument=TRUST))
    seen = picture(iam)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("mesh_core.localaws.iam.bridge.compacted", full)
    with pytest.raises(sqlite3.OperationalError):
        iam.run(form("CreateRole", RoleName="b", AssumeRolePolicyDocument=TRUST))
    assert picture(iam) == seen


def test_a_log_that_cannot_be_replayed_is_damage(store: Store, iam: MotoIam) -> None:
    iam.run(form("CreateUser", UserName="a"))
    with store.write() as db:
        db.execute("INSERT INTO iam_change (at_s, seed, action, form) SELECT at_s, seed, action, form FROM iam_change")
    with pytest.raises(DamagedStateError, match="can't be replayed"):
        MotoIam(store, ACCOUNT, now)


class WatchedLock:
    """The store's lock of writers, that tells when a thread comes for it."""

    def __init__(self, real: Any) -> None:
        self.real, self.wanted = real, threading.Event()

    def __enter__(self) -> None:
        self.wanted.set()
        self.real.__enter__()

    def __exit__(self, *error: Any) -> None:
        self.real.__exit__(*error)


def test_iam_can_be_asked_inside_a_change_while_somebody_changes_iam(
    iam: MotoIam, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = threading.Thread(target=iam.run, args=[form("CreateUser", UserName="a")], daemon=True)
    with store.write():
        watched = WatchedLock(store._write_lock)
        monkeypatch.setattr(store, "_write_lock", watched)
        change.start()
        assert watched.wanted.wait(20)
        asked = iam.lock.acquire(timeout=5)
        assert asked, "the change of IAM waits for this one, and this one for it"
        iam.lock.release()
    change.join(20)
    assert log_length(store) == 1
