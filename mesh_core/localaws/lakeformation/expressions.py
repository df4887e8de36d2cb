"""Tag expressions: their canonical text, the check of what they name, and those saved under a name.

A tag policy's `item` in lf_grant is either `[["domain",["sales"]],...]` (keys and values sorted, so that equal
expressions are equal texts) or `name:` and the name of a saved expression, which is looked up at every decision.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from mesh_core.localaws.aws_error import AwsError, invalid, not_found
from mesh_core.localaws.lakeformation import tags
from mesh_core.localaws.lakeformation.decide import Expression

MAX_INLINE_BYTES = 900
MAX_SAVED = 1000
MAX_SAVED_A_PRINCIPAL = 50
SAVED = "name:"


def parse(pairs: list[dict[str, Any]]) -> str:
    """[{TagKey, TagValues}] as canonical text. AwsError InvalidInputException."""
    if not pairs:
        raise invalid("The expression is empty. Give at least one tag key with a value.")
    keys = [pair["TagKey"].lower() for pair in pairs]
    if len(set(keys)) < len(keys):
        raise invalid("Provided list of tags contains duplicate tag key")
    found = sorted((key, sorted(tags.folded(pair["TagValues"]))) for key, pair in zip(keys, pairs, strict=True))
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def require_known(db: sqlite3.Connection, text: str) -> None:
    """AwsError EntityNotFoundException unless every key and value of a canonical expression is in the vocabulary."""
    for key, values in json.loads(text):
        tags.require(db, key, values)


def check_inline(text: str) -> None:
    """AwsError InvalidInputException for an expression that AWS takes only under a name."""
    if len(text.encode()) > MAX_INLINE_BYTES:
        raise invalid(f"The expression has more than {MAX_INLINE_BYTES} bytes. Save it under a name and use the name.")


def pairs(text: str) -> list[dict[str, Any]]:
    """Canonical text as the API gives it."""
    return [{"TagKey": key, "TagValues": values} for key, values in json.loads(text)]


def compiled(text: str) -> Expression:
    """Canonical text as the decision takes it."""
    return tuple((key, frozenset(values)) for key, values in json.loads(text))


def body(db: sqlite3.Connection, item: str) -> str | None:
    """The canonical text behind a policy's item; None when the saved expression is gone."""
    if not item.startswith(SAVED):
        return item
    row = db.execute("SELECT body FROM lf_expression WHERE name = ?", (item.removeprefix(SAVED),)).fetchone()
    return row[0] if row else None


def create(db: sqlite3.Connection, name: str, description: str | None, text: str) -> None:
    """Save under a name. AwsError InvalidInputException when it is taken, ResourceNumberLimitExceededException."""
    if db.execute("SELECT 1 FROM lf_expression WHERE name = ?", (name,)).fetchone():
        raise invalid(f"LF-tag expression {name} already exists. Use UpdateLFTagExpression to change it.")
    if db.execute("SELECT count(*) FROM lf_expression").fetchone()[0] >= MAX_SAVED:
        raise AwsError("ResourceNumberLimitExceededException", f"An account has at most {MAX_SAVED} saved expressions.")
    db.execute("INSERT INTO lf_expression VALUES (?, ?, ?)", (name, description, text))


def update(db: sqlite3.Connection, name: str, description: str | None, text: str) -> None:
    """Replace body (and description, if given); every grant by that name changes with it."""
    get(db, name)
    db.execute("UPDATE lf_expression SET body = ? WHERE name = ?", (text, name))
    if description is not None:
        db.execute("UPDATE lf_expression SET description = ? WHERE name = ?", (description, name))


def get(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """{Name, Description, Expression}. AwsError EntityNotFoundException."""
    row = db.execute("SELECT name, description, body FROM lf_expression WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise not_found(f"LF-tag expression {name} does not exist.")
    return _document(row)


def every(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """All saved expressions, in name order."""
    return [_document(row) for row in db.execute("SELECT name, description, body FROM lf_expression ORDER BY name")]


def delete(db: sqlite3.Connection, name: str) -> None:
    """Remove one with the grants that use it and those on it. AwsError EntityNotFoundException."""
    get(db, name)
    db.execute("DELETE FROM lf_expression WHERE name = ?", (name,))
    db.execute("DELETE FROM lf_grant WHERE kind = 'tag_expression' AND name = ?", (name,))
    db.execute("DELETE FROM lf_grant WHERE kind = 'tag_policy' AND item = ?", (SAVED + name,))


def forget_tag(db: sqlite3.Connection, key: str) -> None:
    """Remove the policies whose own expression names a deleted tag: a later tag of that name must not revive them."""
    rows = db.execute("SELECT DISTINCT item FROM lf_grant WHERE kind = 'tag_policy'").fetchall()
    for (item,) in rows:
        if not item.startswith(SAVED) and any(key == named for named, _ in json.loads(item)):
            db.execute("DELETE FROM lf_grant WHERE kind = 'tag_policy' AND item = ?", (item,))


def forget_values(db: sqlite3.Connection, key: str, values: frozenset[str]) -> None:
    """Take deleted values out of the policies' own expressions: a later value of that name must not revive them."""
    rows = db.execute("SELECT DISTINCT item FROM lf_grant WHERE kind = 'tag_policy'").fetchall()
    for (item,) in rows:
        if not item.startswith(SAVED) and any(key == named and values & set(of) for named, of in json.loads(item)):
            _narrow(db, item, key, values)


def _narrow(db: sqlite3.Connection, item: str, key: str, values: frozenset[str]) -> None:
    """A policy without some values of a key; one that has no others matches nothing, and is removed."""
    left = [[name, [v for v in of if name != key or v not in values]] for name, of in json.loads(item)]
    if all(of for _, of in left):
        db.execute(
            "INSERT INTO lf_grant SELECT principal, kind, database, name, ?, permission, implicit, grantable,"
            " updated_s, updated_by FROM lf_grant WHERE kind = 'tag_policy' AND item = ?"
            " ON CONFLICT DO UPDATE SET grantable = max(grantable, excluded.grantable)",
            (json.dumps(left, separators=(",", ":"), ensure_ascii=False), item),
        )
    db.execute("DELETE FROM lf_grant WHERE kind = 'tag_policy' AND item = ?", (item,))


def require_room(db: sqlite3.Connection, principal: str, item: str) -> None:
    """AwsError ResourceNumberLimitExceededException before a principal has grants by too many saved expressions."""
    rows = db.execute(
        "SELECT DISTINCT item FROM lf_grant WHERE principal = ? AND kind = 'tag_policy' AND item LIKE ? AND item != ?",
        (principal, f"{SAVED}%", item),
    )
    if item.startswith(SAVED) and len(rows.fetchall()) >= MAX_SAVED_A_PRINCIPAL:
        raise AwsError(
            "ResourceNumberLimitExceededException",
            f"A principal has grants by at most {MAX_SAVED_A_PRINCIPAL} saved expressions.",
        )


def _document(row: sqlite3.Row) -> dict[str, Any]:
    described = {"Description": row["description"]} if row["description"] is not None else {}
    return {"Name": row["name"], **described, "Expression": pairs(row["body"])}
