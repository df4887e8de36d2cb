"""LF-tags: the vocabulary (key and allowed values) and their assignments to databases, tables and columns.

Keys and values are lower-case. A resource holds one value a key; what it inherits is not stored (see decide.effective).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable

from mesh_core.localaws.aws_error import AwsError, invalid, not_found

MAX_TAGS, MAX_VALUES, MAX_VALUES_A_CALL, MAX_TAGS_ON_RESOURCE = 1000, 1000, 50, 50
MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 128, 256
UNKNOWN = "Tag or tag value does not exist."

_ALLOWED = re.compile(r"[\w\s.:/=+\-@%]*")


def folded(values: Iterable[str]) -> list[str]:
    """Lower-cased, without repetitions, in the order given."""
    return list(dict.fromkeys(value.lower() for value in values))


def check(key: str, values: list[str]) -> None:
    """AwsError InvalidInputException unless key and values are such that a tag can have them."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not _ALLOWED.fullmatch(key):
        raise invalid(f"{key!r} can't be an LF-tag's key: 1 to {MAX_KEY_LENGTH} letters, digits, spaces or _.:/=+-@%")
    if len(values) > MAX_VALUES_A_CALL:
        raise invalid(f"{len(values)} values for {key}; a call takes at most {MAX_VALUES_A_CALL}.")
    for value in values:
        if not 1 <= len(value) <= MAX_VALUE_LENGTH or not _ALLOWED.fullmatch(value):
            raise invalid(f"{value!r} can't be a value of {key}: 1 to {MAX_VALUE_LENGTH} letters, digits, _.:/=+-@%")


def create(db: sqlite3.Connection, key: str, values: list[str]) -> None:
    """AwsError InvalidInputException when the key exists, AWS's limit is reached, or a text is not allowed."""
    check(key, values)
    if not values:
        raise invalid(f"LF-tag {key} needs at least one value.")
    if db.execute("SELECT 1 FROM lf_tag WHERE key = ?", (key,)).fetchone():
        raise invalid(f"Tag key already exists: {key}. Use UpdateLFTag to change its values.")
    if db.execute("SELECT count(*) FROM lf_tag").fetchone()[0] >= MAX_TAGS:
        raise AwsError("ResourceNumberLimitExceededException", f"An account has at most {MAX_TAGS} LF-tags.")
    db.execute("INSERT INTO lf_tag VALUES (?, ?)", (key, json.dumps(values)))


def get(db: sqlite3.Connection, key: str) -> list[str]:
    """The allowed values, in the order they were added. AwsError EntityNotFoundException."""
    row = db.execute("SELECT tag_values FROM lf_tag WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise not_found(f"Tag key does not exist: {key}.")
    values: list[str] = json.loads(row[0])
    return values


def every(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The whole vocabulary, in key order."""
    return {row[0]: json.loads(row[1]) for row in db.execute("SELECT key, tag_values FROM lf_tag ORDER BY key")}


def update(db: sqlite3.Connection, key: str, added: list[str], deleted: list[str]) -> frozenset[str]:
    """The values that are gone.

    AwsError EntityNotFoundException, InvalidInputException ("Update not allowed" for a value in use).
    """
    check(key, added)
    check(key, deleted)
    values = get(db, key)
    for value in deleted:
        if value not in values:
            raise not_found(UNKNOWN)
        if db.execute("SELECT 1 FROM lf_assignment WHERE key = ? AND value = ?", (key, value)).fetchone():
            raise invalid(f"Update not allowed: {key}={value} is assigned to a resource. Remove it there first.")
    kept = folded([*(v for v in values if v not in deleted), *added])
    if not kept or len(kept) > MAX_VALUES:
        raise invalid(f"Update not allowed: {key} would have {len(kept)} values; an LF-tag has 1 to {MAX_VALUES}.")
    db.execute("UPDATE lf_tag SET tag_values = ? WHERE key = ?", (json.dumps(kept), key))
    gone = frozenset(deleted) - set(kept)
    for value in gone:
        db.execute("DELETE FROM lf_grant WHERE kind = 'tag' AND name = ? AND item = ?", (key, value))
    return gone


def delete(db: sqlite3.Connection, key: str) -> None:
    """Remove a tag with its assignments and the grants on it. AwsError EntityNotFoundException."""
    get(db, key)
    db.execute("DELETE FROM lf_assignment WHERE key = ?", (key,))
    db.execute("DELETE FROM lf_grant WHERE kind = 'tag' AND name = ?", (key,))
    db.execute("DELETE FROM lf_tag WHERE key = ?", (key,))


def require(db: sqlite3.Connection, key: str, values: Iterable[str]) -> None:
    """AwsError EntityNotFoundException unless the key and each value ("*" aside) is in the vocabulary."""
    row = db.execute("SELECT tag_values FROM lf_tag WHERE key = ?", (key,)).fetchone()
    if row is None or not set(values) - {"*"} <= set(json.loads(row[0])):
        raise not_found(UNKNOWN)


def assign(db: sqlite3.Connection, database: str, name: str, column: str, tag: tuple[str, str]) -> None:
    """Give a resource a (key, value); another value of that key is replaced. `name`, `column` "" for the levels above.

    AwsError EntityNotFoundException (unknown tag), InvalidInputException (too many tags).
    """
    key, value = tag
    require(db, key, [value])
    held = assigned(db, database, name, column)
    if key not in held and len(held) >= MAX_TAGS_ON_RESOURCE:
        raise invalid(f"A resource has at most {MAX_TAGS_ON_RESOURCE} LF-tags.")
    db.execute("INSERT OR REPLACE INTO lf_assignment VALUES (?, ?, ?, ?, ?)", (database, name, column, key, value))


def unassign(db: sqlite3.Connection, database: str, name: str, column: str, tag: tuple[str, str]) -> None:
    """Take a (key, value) from a resource. AwsError EntityNotFoundException when it is not assigned just there."""
    gone = db.execute(
        "DELETE FROM lf_assignment WHERE database = ? AND name = ? AND column_name = ? AND key = ? AND value = ?",
        (database, name, column, *tag),
    ).rowcount
    if not gone:
        raise not_found(UNKNOWN)


def assigned(db: sqlite3.Connection, database: str, name: str, column: str) -> dict[str, str]:
    """The tags assigned to just that resource, inherited ones not among them; in key order."""
    rows = db.execute(
        "SELECT key, value FROM lf_assignment WHERE database = ? AND name = ? AND column_name = ? ORDER BY key",
        (database, name, column),
    )
    return {row[0]: row[1] for row in rows}


def forget(db: sqlite3.Connection, database: str, name: str | None = None) -> None:
    """Drop the assignments of a table and its columns, or of a database with everything in it."""
    if name is None:
        db.execute("DELETE FROM lf_assignment WHERE database = ?", (database,))
    else:
        db.execute("DELETE FROM lf_assignment WHERE database = ? AND name = ?", (database, name))
