"""Temporary credentials in SQLite: they are valid until they expire, restarts included."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.store import Store
from mesh_core.localaws.wsgi import Credential

SCHEMA = """
CREATE TABLE IF NOT EXISTS iam_session (
    access_key_id TEXT PRIMARY KEY, secret TEXT NOT NULL, token TEXT NOT NULL, expires_at_s REAL NOT NULL,
    account_id TEXT NOT NULL, arn TEXT NOT NULL, principal TEXT NOT NULL, policy TEXT);
"""
_KEY_LETTERS = string.ascii_uppercase + "234567"
KEPT_AFTER_EXPIRY = timedelta(days=1)  # so that an old key is answered with ExpiredToken, not with "unknown"


@dataclass(frozen=True)
class Session:
    """Newly issued temporary credentials."""

    access_key_id: str
    secret: str
    token: str
    expires_at: datetime


class Sessions:
    """Issues temporary credentials and finds them again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.ensure(SCHEMA)

    def issue(self, caller: Caller, expires_at: datetime, policy: str | None) -> Session:
        """New credentials for a caller (his access key is not used); `policy` is a session policy that narrows them."""
        key_id = "ASIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
        session = Session(key_id, secrets.token_urlsafe(30), secrets.token_urlsafe(180), expires_at)
        with self._store.write() as db:
            horizon = (expires_at - KEPT_AFTER_EXPIRY - timedelta(hours=36)).timestamp()
            db.execute("DELETE FROM iam_session WHERE expires_at_s < ?", (horizon,))
            db.execute(
                "INSERT INTO iam_session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(key_id, session.secret, session.token, expires_at.timestamp()),
                    *(caller.account_id, caller.arn, caller.principal, policy),
                ),
            )
        return session

    def credential(self, access_key_id: str) -> Credential | None:
        """The credential of a temporary key; None when it was never issued, or expired long ago."""
        with self._store.read() as db:
            row = db.execute("SELECT * FROM iam_session WHERE access_key_id = ?", (access_key_id,)).fetchone()
        if row is None:
            return None
        caller = Caller(row["account_id"], row["arn"], row["principal"], access_key_id)
        return Credential(row["secret"], caller, row["token"], datetime.fromtimestamp(row["expires_at_s"], UTC))

    def policy(self, access_key_id: str) -> str | None:
        """The session policy of a temporary key."""
        with self._store.read() as db:
            row = db.execute("SELECT policy FROM iam_session WHERE access_key_id = ?", (access_key_id,)).fetchone()
        return row["policy"] if row else None
