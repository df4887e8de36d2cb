"""Named queries and prepared statements: SQL texts that a work group keeps."""

from __future__ import annotations

import re
import uuid
from typing import Any

from mesh_core.localaws.athena.paging import invalid_request, page
from mesh_core.localaws.athena.workgroups import PRIMARY, WorkGroups
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

SCHEMA = """
CREATE TABLE IF NOT EXISTS athena_named_queries (
    id TEXT PRIMARY KEY, work_group TEXT NOT NULL, name TEXT NOT NULL, description TEXT, database TEXT NOT NULL,
    query TEXT NOT NULL, token TEXT);
CREATE TABLE IF NOT EXISTS athena_prepared_statements (
    work_group TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, description TEXT, modified_s REAL NOT NULL,
    PRIMARY KEY (work_group, name));
"""


class NamedQueries:
    """The API's named queries."""

    def __init__(self, ctx: Context, groups: WorkGroups) -> None:
        self._store, self._groups = ctx.store, groups
        ctx.store.ensure(SCHEMA)

    def create(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """CreateNamedQuery; the same ClientRequestToken gives the same query."""
        group = self._groups.get(params.get("WorkGroup", PRIMARY)).name
        with self._store.write() as db:
            token = params.get("ClientRequestToken")
            known = token and db.execute("SELECT id FROM athena_named_queries WHERE token = ?", (token,)).fetchone()
            if known:
                return {"NamedQueryId": known["id"]}
            query_id = str(uuid.uuid4())
            db.execute(
                "INSERT INTO athena_named_queries VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    query_id,
                    group,
                    params["Name"],
                    params.get("Description"),
                    params["Database"],
                    params["QueryString"],
                    token,
                ),
            )
        return {"NamedQueryId": query_id}

    def work_group_of(self, query_id: str) -> str:
        """The work group that keeps a query (`primary` for one that is not there)."""
        found = self._find(query_id)
        return str(found["WorkGroup"]) if found else PRIMARY

    def get(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetNamedQuery."""
        return {"NamedQuery": self._require(params["NamedQueryId"])}

    def batch_get(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """BatchGetNamedQuery."""
        found = {query_id: self._find(query_id) for query_id in params["NamedQueryIds"]}
        missing = [
            {
                "NamedQueryId": query_id,
                "ErrorCode": "INTERNAL_FAILURE",
                "ErrorMessage": f"Named query {query_id} is unknown",
            }
            for query_id, document in found.items()
            if document is None
        ]
        return {"NamedQueries": [each for each in found.values() if each], "UnprocessedNamedQueryIds": missing}

    def update(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """UpdateNamedQuery."""
        with self._store.write() as db:
            known = self._require(params["NamedQueryId"])
            db.execute(
                "UPDATE athena_named_queries SET name = ?, description = ?, query = ? WHERE id = ?",
                (
                    params["Name"],
                    params.get("Description", known.get("Description")),
                    params["QueryString"],
                    params["NamedQueryId"],
                ),
            )
        return {}

    def delete(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """DeleteNamedQuery."""
        with self._store.write() as db:
            self._require(params["NamedQueryId"])
            db.execute("DELETE FROM athena_named_queries WHERE id = ?", (params["NamedQueryId"],))
        return {}

    def list(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListNamedQueries, oldest first."""
        group = self._groups.get(params.get("WorkGroup", PRIMARY)).name
        with self._store.read() as db:
            rows = db.execute(
                "SELECT id FROM athena_named_queries WHERE work_group = ? ORDER BY rowid", (group,)
            ).fetchall()
        found, following = page([row["id"] for row in rows], params)
        return {"NamedQueryIds": found, **following}

    def _find(self, query_id: str) -> dict[str, Any] | None:
        with self._store.read() as db:
            row = db.execute("SELECT * FROM athena_named_queries WHERE id = ?", (query_id,)).fetchone()
        if row is None:
            return None
        document = {
            "NamedQueryId": row["id"],
            "Name": row["name"],
            "Description": row["description"],
            "Database": row["database"],
            "QueryString": row["query"],
            "WorkGroup": row["work_group"],
        }
        return {key: value for key, value in document.items() if value is not None}

    def _require(self, query_id: str) -> dict[str, Any]:
        found = self._find(query_id)
        if found is None:
            raise invalid_request(f"NamedQuery {query_id} was not found.", "NAMED_QUERY_NOT_FOUND")
        return found


class PreparedStatements:
    """The API's prepared statements, which SQL's PREPARE and DEALLOCATE also make and drop."""

    def __init__(self, ctx: Context, groups: WorkGroups) -> None:
        self._store, self._groups, self._now = ctx.store, groups, ctx.now
        ctx.store.ensure(SCHEMA)

    def text(self, group: str, name: str) -> str | None:
        """A statement's SQL, None when there is none of that name."""
        found = self._find(group, name)
        return str(found["QueryStatement"]) if found else None

    def create(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """CreatePreparedStatement."""
        group, name = self._groups.get(params["WorkGroup"]).name, params["StatementName"]
        if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_@:]{0,255}", name):
            raise invalid_request(f"{name} is not a valid name of a prepared statement.")
        with self._store.write() as db:
            if self._find(group, name):
                raise invalid_request(f"Prepared statement {name} already exists in WorkGroup {group}")
            db.execute(
                "INSERT INTO athena_prepared_statements VALUES (?, ?, ?, ?, ?)",
                (group, name, params["QueryStatement"], params.get("Description"), self._now().timestamp()),
            )
        return {}

    def get(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetPreparedStatement."""
        return {"PreparedStatement": self._require(params)}

    def batch_get(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """BatchGetPreparedStatement."""
        found = {name: self._find(params["WorkGroup"], name) for name in params["PreparedStatementNames"]}
        missing = [
            {
                "StatementName": name,
                "ErrorCode": "STATEMENT_NOT_FOUND",
                "ErrorMessage": f"Prepared statement {name} was not found in WorkGroup {params['WorkGroup']}",
            }
            for name, document in found.items()
            if document is None
        ]
        return {
            "PreparedStatements": [each for each in found.values() if each],
            "UnprocessedPreparedStatementNames": missing,
        }

    def update(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """UpdatePreparedStatement."""
        with self._store.write() as db:
            known = self._require(params)
            db.execute(
                "UPDATE athena_prepared_statements SET query = ?, description = ?, modified_s = ? "
                "WHERE work_group = ? AND name = ?",
                (
                    params["QueryStatement"],
                    params.get("Description", known.get("Description")),
                    self._now().timestamp(),
                    params["WorkGroup"],
                    params["StatementName"],
                ),
            )
        return {}

    def delete(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """DeletePreparedStatement."""
        with self._store.write() as db:
            self._require(params)
            db.execute(
                "DELETE FROM athena_prepared_statements WHERE work_group = ? AND name = ?",
                (params["WorkGroup"], params["StatementName"]),
            )
        return {}

    def list(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListPreparedStatements, in name order."""
        group = self._groups.get(params["WorkGroup"]).name
        with self._store.read() as db:
            rows = db.execute(
                "SELECT name, modified_s FROM athena_prepared_statements WHERE work_group = ? ORDER BY name", (group,)
            ).fetchall()
        names = [{"StatementName": row["name"], "LastModifiedTime": row["modified_s"]} for row in rows]
        found, following = page(names, params)
        return {"PreparedStatements": found, **following}

    def _find(self, group: str, name: str) -> dict[str, Any] | None:
        with self._store.read() as db:
            row = db.execute(
                "SELECT * FROM athena_prepared_statements WHERE work_group = ? AND name = ?", (group, name)
            ).fetchone()
        if row is None:
            return None
        document = {
            "StatementName": row["name"],
            "QueryStatement": row["query"],
            "WorkGroupName": row["work_group"],
            "Description": row["description"],
            "LastModifiedTime": row["modified_s"],
        }
        return {key: value for key, value in document.items() if value is not None}

    def _require(self, params: dict[str, Any]) -> dict[str, Any]:
        found = self._find(params["WorkGroup"], params["StatementName"])
        if found is None:
            raise AwsError(
                "ResourceNotFoundException",
                f"Prepared statement {params['StatementName']} was not found in WorkGroup {params['WorkGroup']}",
                ResourceName=params["StatementName"],
            )
        return found
