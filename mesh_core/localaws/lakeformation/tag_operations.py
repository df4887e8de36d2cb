"""Operations on the vocabulary: LF-tags and saved tag expressions."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import expressions, grants, pages, tags
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.grants import Giving
from mesh_core.localaws.lakeformation.targets import Target
from mesh_core.localaws.protocol import Handler

Params = dict[str, Any]
_ON_TAG = frozenset({"ALTER", "DROP", "ASSOCIATE", "DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"})
_ON_EXPRESSION = frozenset({"ALTER", "DROP", "DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"})
_SEEING = ("DESCRIBE", "ASSOCIATE", "GRANT_WITH_LF_TAG_EXPRESSION", "ALTER", "DROP")


def visible_values(rights: Delegation, key: str, values: list[str]) -> list[str]:
    """The values of a tag that a caller may know of: any permission on a value shows it."""
    if rights.sees_everything:
        return values
    return [value for value in values if any(rights.on_tag(key, value, permission) for permission in _SEEING)]


class KnownTags:
    """Tags as one caller may see them."""

    def __init__(self, rights: Delegation, vocabulary: dict[str, list[str]], account_id: str) -> None:
        self.sees_everything, self._account_id = rights.sees_everything, account_id
        self._known = {key: set(visible_values(rights, key, values)) for key, values in vocabulary.items()}

    def values(self, key: str) -> set[str]:
        """The values of a key that the caller may know of; none of one that does not exist."""
        return self._known.get(key, set())

    def pairs(self, found: Mapping[str, str]) -> list[Params]:
        """Tags of a resource as the API's LFTagPairs, those that the caller may know of."""
        return [
            {"CatalogId": self._account_id, "TagKey": key, "TagValues": [found[key]]}
            for key in sorted(found)
            if found[key] in self.values(key)
        ]

    def members(self, name: str, found: Mapping[str, str]) -> Params:
        """The pairs under a member's name; nothing when there are none."""
        pairs = self.pairs(found)
        return {name: pairs} if pairs else {}


class TagOperations:
    """CreateLFTag, CreateLFTagExpression and their kin, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._lake, self._account_id = ctx.lake, ctx.account_id

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "CreateLFTag": self.create,
            "GetLFTag": self.get,
            "ListLFTags": self.every,
            "UpdateLFTag": self.update,
            "DeleteLFTag": self.delete,
            "CreateLFTagExpression": self.create_expression,
            "GetLFTagExpression": self.get_expression,
            "ListLFTagExpressions": self.expressions,
            "UpdateLFTagExpression": self.update_expression,
            "DeleteLFTagExpression": self.delete_expression,
        }

    def create(self, caller: Caller, params: Params) -> None:
        """A new key with its values; the creator holds everything on it."""
        self._lake.require_catalog(caller, "CREATE_LF_TAG")
        key = params["TagKey"].lower()
        with self._lake.changes.write() as db:
            tags.create(db, key, tags.folded(params["TagValues"]))
            target = Target("tag", name=key, values=("*",))
            grants.put(db, Giving(caller.principal, target, _ON_TAG, _ON_TAG, implicit=True), self._lake.stamp(caller))

    def get(self, caller: Caller, params: Params) -> Params:
        """A key with the values that the caller may know of."""
        key = params["TagKey"].lower()
        with self._lake.changes.read() as db:
            return self._shown(key, self._visible(db, caller, key))

    def _visible(self, db: sqlite3.Connection, caller: Caller, key: str) -> list[str]:
        rights = Delegation(self._lake, db, caller)
        try:
            shown = visible_values(rights, key, tags.get(db, key))
        except AwsError:
            if rights.sees_everything:
                raise
            shown = []
        if not shown:
            raise denied(f"Insufficient Lake Formation permission(s): Required Describe on LF-tag {key}")
        return shown

    def every(self, caller: Caller, params: Params) -> Params:
        """The keys of which the caller may know a value, in pages."""
        with self._lake.changes.read() as db:
            rights = Delegation(self._lake, db, caller)
            found = {key: visible_values(rights, key, values) for key, values in tags.every(db).items()}
        shown = [self._shown(key, values) for key, values in found.items() if values]
        page, more = pages.cut(params, [] if params.get("ResourceShareType") == "FOREIGN" else shown)
        return {"LFTags": page, **more}

    def _shown(self, key: str, values: list[str]) -> Params:
        return {"CatalogId": self._account_id, "TagKey": key, "TagValues": values}

    def update(self, caller: Caller, params: Params) -> None:
        """Add and remove values; a value in use stays."""
        key = params["TagKey"].lower()
        added, deleted = (tags.folded(params.get(m, [])) for m in ("TagValuesToAdd", "TagValuesToDelete"))
        with self._lake.changes.write() as db:
            self._require(db, caller, Target("tag", name=key, values=("*",)), "ALTER")
            gone = tags.update(db, key, added, deleted)
            expressions.forget_values(db, key, gone)

    def delete(self, caller: Caller, params: Params) -> None:
        """Remove a key: from the resources that carry it, and with the grants by it."""
        key = params["TagKey"].lower()
        with self._lake.changes.write() as db:
            self._require(db, caller, Target("tag", name=key, values=("*",)), "DROP")
            tags.delete(db, key)
            expressions.forget_tag(db, key)

    def create_expression(self, caller: Caller, params: Params) -> None:
        """Save an expression over tags that the caller may grant by."""
        self._lake.require_catalog(caller, "CREATE_LF_TAG_EXPRESSION")
        name = params["Name"]
        with self._lake.changes.write() as db:
            body = self._body(db, caller, params)
            expressions.create(db, name, params.get("Description"), body)
            giving = Giving(
                caller.principal, Target("tag_expression", name=name), _ON_EXPRESSION, _ON_EXPRESSION, implicit=True
            )
            grants.put(db, giving, self._lake.stamp(caller))

    def _body(self, db: sqlite3.Connection, caller: Caller, params: Params) -> str:
        body = expressions.parse(params["Expression"])
        if not Delegation(self._lake, db, caller).uses_expression(body):
            raise denied("Insufficient Lake Formation permission(s): Required Grant With LF Tag Expression on its tags")
        expressions.require_known(db, body)
        return body

    def get_expression(self, caller: Caller, params: Params) -> Params:
        """One saved expression."""
        with self._lake.changes.read() as db:
            rights = Delegation(self._lake, db, caller)
            if not self._sees(rights, params["Name"]):
                raise denied(f"Insufficient Lake Formation permission(s): Required Describe on {params['Name']}")
            return {**expressions.get(db, params["Name"]), "CatalogId": self._account_id}

    def expressions(self, caller: Caller, params: Params) -> Params:
        """The saved expressions that the caller may know of, in pages."""
        with self._lake.changes.read() as db:
            rights = Delegation(self._lake, db, caller)
            found = [saved for saved in expressions.every(db) if self._sees(rights, saved["Name"])]
        page, more = pages.cut(params, [{**saved, "CatalogId": self._account_id} for saved in found])
        return {"LFTagExpressions": page, **more}

    def _sees(self, rights: Delegation, name: str) -> bool:
        target = Target("tag_expression", name=name)
        return rights.sees_everything or any(rights.holds(target, permission) for permission in _ON_EXPRESSION)

    def update_expression(self, caller: Caller, params: Params) -> None:
        """Change what a saved expression says, and with it every grant by its name."""
        with self._lake.changes.write() as db:
            self._require(db, caller, Target("tag_expression", name=params["Name"]), "ALTER")
            expressions.update(db, params["Name"], params.get("Description"), self._body(db, caller, params))

    def delete_expression(self, caller: Caller, params: Params) -> None:
        """Remove a saved expression and the grants by its name."""
        with self._lake.changes.write() as db:
            self._require(db, caller, Target("tag_expression", name=params["Name"]), "DROP")
            expressions.delete(db, params["Name"])

    def _require(self, db: sqlite3.Connection, caller: Caller, target: Target, permission: str) -> None:
        if not Delegation(self._lake, db, caller).holds(target, permission):
            raise denied(f"Insufficient Lake Formation permission(s): Required {permission.title()} on {target.name}")
