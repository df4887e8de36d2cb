"""The log of IAM's changes, kept short: what later changes undo or overwrite leaves it.

Only changes that touch nothing but one role or user may leave (`_OWN`). Any other change that names it (an instance
profile that holds the role, a user that is renamed) pins all of them.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

SCHEMA = """
CREATE TABLE IF NOT EXISTS iam_change (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_s REAL NOT NULL, seed TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT, topic TEXT, form TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS iam_change_subject ON iam_change (subject);
"""
Form = dict[str, str]
_PINNED = "pinned"
_OWN = re.compile(
    r"(Create|Delete)(Role|User)|(Put|Delete|Attach|Detach)(Role|User)Policy|(Tag|Untag)(Role|User)"
    r"|UpdateRole|UpdateRoleDescription|UpdateAssumeRolePolicy|(Put|Delete)RolePermissionsBoundary"
    r"|(Create|Delete|Update)AccessKey|(Add|Remove)User(To|From)Group"
)
_INLINE = re.compile(r"(Put|Delete)(Role|User)Policy")


@dataclass(frozen=True)
class Entry:
    """What a change concerns: a role or user, and of it the part that a later change of the same topic overwrites."""

    subject: str | None
    topic: str | None


def compacted(db: sqlite3.Connection, form: Form) -> Entry | None:
    """Remove what this change makes superfluous; None when the change itself need not be logged either."""
    entry, action = _entry(form), form["Action"]
    if action in ("DeleteRole", "DeleteUser"):
        if _made_here_and_free(db, entry.subject, action.replace("Delete", "Create")):
            db.execute("DELETE FROM iam_change WHERE subject = ?", (entry.subject,))
            return None
        return Entry(entry.subject, _PINNED)
    if entry.topic in (None, _PINNED):
        return entry
    gone = db.execute("DELETE FROM iam_change WHERE subject = ? AND topic = ?", (entry.subject, entry.topic)).rowcount
    return None if gone and action.startswith("Delete") else entry


def _made_here_and_free(db: sqlite3.Connection, subject: str | None, creation: str) -> bool:
    rows = db.execute("SELECT action, topic FROM iam_change WHERE subject = ?", (subject,)).fetchall()
    return any(row["action"] == creation for row in rows) and all(row["topic"] != _PINNED for row in rows)


def _entry(form: Form) -> Entry:
    subject = f"role/{form['RoleName']}" if "RoleName" in form else None
    subject = f"user/{form['UserName']}" if subject is None and "UserName" in form else subject
    action = form["Action"]
    if subject is None:
        return Entry(None, None)
    if not _OWN.fullmatch(action):
        return Entry(subject, _PINNED)
    if _INLINE.fullmatch(action):
        return Entry(subject, f"policy/{form.get('PolicyName')}")
    return Entry(subject, action if action == "UpdateAssumeRolePolicy" else None)
