"""Who there is and what his policies say, written down beside IAM's log: every request asks, and none waits for moto.

moto and its replay of the log take longer to load than all the rest of the endpoint, and as much memory. They are
needed for IAM's own operations only; what decides about requests is read from here. Whatever changes IAM writes it
anew, in the transaction of its log; a log that grew without it (by an older endpoint) is noticed at the start.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mesh_core.localaws.iam.resources import tags_of
from mesh_core.localaws.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS iam_known (
    kind TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS iam_known_state (
    id INTEGER PRIMARY KEY CHECK (id = 1), changes INTEGER NOT NULL, log TEXT NOT NULL);
INSERT OR IGNORE INTO iam_known_state VALUES (1, 0, '0 of 0');
"""
NOTHING = '{"Version": "2012-10-17", "Statement": []}'  # the policy that allows nothing
_DEFAULT_ROLE_S = 3600
_Row = tuple[str, str, str]


@dataclass(frozen=True)
class Identity:
    """An IAM user or role: the texts of his policies (a user's groups' included) and of his boundary, and his tags.

    trust, longest_s: a role's trust policy and its MaxSessionDuration; "" and 0 for a user.
    """

    policies: tuple[str, ...]
    boundary: str | None
    unique_id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    trust: str = ""
    longest_s: int = 0


@dataclass(frozen=True)
class Key:
    """An active access key of a user."""

    user_arn: str
    secret: str


class Known:
    """Reads it, and writes it for `MotoIam`. Identities that were read are kept for as long as IAM does not change."""

    def __init__(self, store: Store) -> None:
        store.ensure(SCHEMA)
        self._store, self._lock = store, threading.Lock()
        self._kept: dict[str, Identity | None] = {}
        self._kept_at, self._issued = -1, 0

    def identity(self, arn: str) -> Identity | None:
        """The user or role of an ARN; None when there is none."""
        with self._store.read() as db:
            changes = _changes(db)
            with self._lock:
                if changes != self._kept_at:
                    self._kept, self._kept_at = {}, changes
                elif arn in self._kept:
                    return self._kept[arn]
            document = _document(db, "identity", arn)
        found = None if document is None else Identity(**{**document, "policies": tuple(document["policies"])})
        with self._lock:
            if changes == self._kept_at:
                self._kept[arn] = found
        return found

    def key(self, access_key_id: str) -> Key | None:
        """An access key; None when there is none, or when it is not active."""
        with self._store.read() as db:
            document = _document(db, "key", access_key_id)
        return None if document is None else Key(**document)

    def is_current(self) -> bool:
        """Whether it was written after the last change of IAM's log."""
        with self._store.read() as db:
            return bool(db.execute("SELECT log FROM iam_known_state").fetchone()[0] == _log(db))

    def write(self, db: sqlite3.Connection, backend: Any) -> None:
        """Write down what moto's backend holds, in the running transaction."""
        before = {(kind, name): text for kind, name, text in db.execute("SELECT * FROM iam_known")}
        rows = list(_rows(backend))
        gone = before.keys() - {(kind, name) for kind, name, _ in rows}
        db.executemany("DELETE FROM iam_known WHERE kind = ? AND name = ?", gone)
        new = [row for row in rows if before.get(row[:2]) != row[2]]
        db.executemany("INSERT OR REPLACE INTO iam_known VALUES (?, ?, ?)", new)
        # A number is never used twice, even when its transaction is undone
        self._issued = max(self._issued, _changes(db)) + 1
        db.execute("UPDATE iam_known_state SET changes = ?, log = ?", (self._issued, _log(db)))


def _changes(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT changes FROM iam_known_state").fetchone()[0])


def _log(db: sqlite3.Connection) -> str:
    """How long the log is, and has been."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'iam_change'").fetchone()
    return f"{db.execute('SELECT count(*) FROM iam_change').fetchone()[0]} of {row[0] if row else 0}"


def _document(db: sqlite3.Connection, kind: str, name: str) -> dict[str, Any] | None:
    row = db.execute("SELECT document FROM iam_known WHERE kind = ? AND name = ?", (kind, name)).fetchone()
    return None if row is None else json.loads(row[0])


def _rows(backend: Any) -> Iterator[_Row]:
    for role in backend.roles.values():
        trust, longest_s = role.assume_role_policy_document, int(role.max_session_duration or _DEFAULT_ROLE_S)
        yield _row("identity", role.arn, _identity(backend, role, (), trust, longest_s))
    for user in backend.users.values():
        yield _row("identity", user.arn, _identity(backend, user, backend.get_groups_for_user(user.name)))
    for key_id, key in backend.access_keys.items():
        user = backend.users.get(key.user_name)
        if user is not None and key.status == "Active":
            yield _row("key", key_id, Key(user.arn, key.secret_access_key))


def _row(kind: str, name: str, value: Identity | Key) -> _Row:
    return kind, name, json.dumps(asdict(value))


def _identity(backend: Any, holder: Any, groups: Any, trust: str = "", longest_s: int = 0) -> Identity:
    policies = tuple(text for owner in (holder, *groups) for text in _texts(owner))
    boundary_arn = getattr(holder, "permissions_boundary_arn", None)
    boundary = _boundary(backend, boundary_arn) if boundary_arn else None
    return Identity(policies, boundary, holder.id, holder.name, tags_of(holder), trust, longest_s)


def _texts(holder: Any) -> list[str]:
    managed = [default_text(policy) for policy in getattr(holder, "managed_policies", {}).values()]
    return [*getattr(holder, "policies", {}).values(), *managed]


def _boundary(backend: Any, arn: str) -> str:
    """A boundary's text; one whose policy was deleted lets nothing through."""
    policy = backend.managed_policies.get(arn)
    return default_text(policy) if policy is not None else NOTHING


def default_text(policy: Any) -> str:
    """The text of a managed policy's default version."""
    return str(next(v.document for v in policy.versions if v.version_id == policy.default_version_id))
