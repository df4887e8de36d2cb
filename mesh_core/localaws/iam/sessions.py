"""Temporary credentials in SQLite: they are valid until they expire, restarts included."""

from __future__ import annotations

import secrets
import sqlite3
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.store import Store
from mesh_core.localaws.wsgi import Credential

SCHEMA = """
CREATE TABLE IF NOT EXISTS iam_session (
    access_key_id TEXT PRIMARY KEY, secret TEXT NOT NULL, token TEXT NOT NULL, expires_at_s REAL NOT NULL,
    account_id TEXT NOT NULL, arn TEXT NOT NULL, principal TEXT NOT NULL, principal_id TEXT NOT NULL, policy TEXT,
    issued_at_s REAL NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS iam_session_expiry ON iam_session (expires_at_s);
CREATE TABLE IF NOT EXISTS iam_session_tag (
    access_key_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (access_key_id, key));
"""
VENDED = "vended"  # principal_id of what Lake Formation hands out: its policy is all that it may, no role stands behind
_KEY_LETTERS = string.ascii_uppercase + "234567"
LONGEST = timedelta(hours=36)
NO_TAGS: Mapping[str, str] = MappingProxyType({})
KEPT_AFTER_EXPIRY = timedelta(days=1)  # so that an old key is answered with ExpiredToken, not with "unknown"


@dataclass(frozen=True)
class Session:
    """Newly issued temporary credentials."""

    access_key_id: str
    secret: str
    token: str
    expires_at: datetime


class Sessions:
    """Issues temporary credentials and finds them again. Rows never change, so what was read once is kept."""

    def __init__(self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store, self._now = store, now
        store.ensure(SCHEMA)
        self._row = lru_cache(maxsize=1024)(self._read)
        self._tags = lru_cache(maxsize=1024)(self._read_tags)

    def issue(
        self,
        caller: Caller,
        principal_id: str,
        expires_at: datetime,
        policy: str | None = None,
        tags: Mapping[str, str] = NO_TAGS,
    ) -> Session:
        """New credentials for a caller (his access key is not used).

        `principal_id` is the user's or role's unique id, or VENDED; `policy` a session policy that narrows the
        credentials; `tags` the session's own tags.
        """
        key_id = "ASIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
        session = Session(key_id, secrets.token_urlsafe(30), secrets.token_urlsafe(180), expires_at)
        row = (
            *(key_id, session.secret, session.token, expires_at.timestamp()),
            *(caller.account_id, caller.arn, caller.principal, principal_id, policy, self._now().timestamp()),
        )
        with self._store.write() as db:
            horizon = (expires_at - LONGEST - KEPT_AFTER_EXPIRY).timestamp()
            db.execute(
                "DELETE FROM iam_session_tag WHERE access_key_id IN"
                " (SELECT access_key_id FROM iam_session WHERE expires_at_s < ?)",
                (horizon,),
            )
            db.execute("DELETE FROM iam_session WHERE expires_at_s < ?", (horizon,))
            db.execute("INSERT INTO iam_session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.executemany("INSERT INTO iam_session_tag VALUES (?, ?, ?)", [(key_id, *tag) for tag in tags.items()])
        return session

    def credential(self, access_key_id: str) -> Credential | None:
        """The credential of a temporary key; None when it was never issued, or expired long ago."""
        row = self._row(access_key_id)
        if row is None:
            return None
        caller = Caller(row["account_id"], row["arn"], row["principal"], access_key_id)
        return Credential(row["secret"], caller, row["token"], datetime.fromtimestamp(row["expires_at_s"], UTC))

    def principal_id(self, access_key_id: str) -> str:
        """The unique id of the user or role at the time of issue: one made again under the name has another."""
        row = self._row(access_key_id)
        return str(row["principal_id"]) if row else ""

    def issued_at(self, access_key_id: str) -> datetime | None:
        """When a temporary key was issued."""
        row = self._row(access_key_id)
        return datetime.fromtimestamp(row["issued_at_s"], UTC) if row else None

    def policy(self, access_key_id: str) -> str | None:
        """The session policy of a temporary key."""
        row = self._row(access_key_id)
        return row["policy"] if row else None

    def tags(self, access_key_id: str) -> Mapping[str, str]:
        """The tags that the session was given when its role was assumed."""
        return self._tags(access_key_id)

    def is_vended(self, access_key_id: str) -> bool:
        """Whether Lake Formation handed the key out."""
        return self.principal_id(access_key_id) == VENDED

    def _read_tags(self, access_key_id: str) -> Mapping[str, str]:
        with self._store.read() as db:
            rows = db.execute("SELECT key, value FROM iam_session_tag WHERE access_key_id = ?", (access_key_id,))
            return {row["key"]: row["value"] for row in rows}

    def _read(self, access_key_id: str) -> sqlite3.Row | None:
        with self._store.read() as db:
            found: sqlite3.Row | None = db.execute(
                "SELECT * FROM iam_session WHERE access_key_id = ?", (access_key_id,)
            ).fetchone()
        return found
