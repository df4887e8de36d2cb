"""Athena's named queries as SavedQueryStore: one role's credentials, one work group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mesh_core.errors import AwsError, NotFoundError, PermissionDeniedError
from mesh_core.gateways.aws_errors import translated
from mesh_core.services.ports_queries import SavedQuery

BATCH = 50  # BatchGetNamedQuery's limit
NO_DATABASE = "default"  # CreateNamedQuery asks for one; it is only where unqualified names are looked up


class NamedQueries:
    """`athena` gives a client that acts as the role; work_group is its own, "" for the account's default."""

    def __init__(self, athena: Callable[[], Any], work_group: str) -> None:
        self._athena = athena
        self._group = {"WorkGroup": work_group} if work_group else {}

    def saved(self) -> tuple[SavedQuery, ...]:
        """By name."""
        ids: list[str] = []
        token: dict[str, str] = {}
        with translated("the saved queries"):
            while True:
                page = self._athena().list_named_queries(**self._group, **token)
                ids += page.get("NamedQueryIds", [])
                if not page.get("NextToken"):
                    break
                token = {"NextToken": page["NextToken"]}
            found = [one for at in range(0, len(ids), BATCH) for one in self._read(ids[at : at + BATCH])]
        return tuple(sorted(found, key=lambda one: (one.name, one.id)))

    def _read(self, ids: list[str]) -> list[SavedQuery]:
        return [_saved(one) for one in self._athena().batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]]

    def save(self, query: SavedQuery) -> str:
        """Create or change; the id."""
        fields = {"Name": query.name, "QueryString": query.sql, "Description": query.description}
        if query.id:
            with self._there(query.id), translated(f"the saved query {query.name}"):
                self._athena().update_named_query(NamedQueryId=query.id, **fields)
            return query.id
        given = {name: text for name, text in fields.items() if text}
        database = query.database or NO_DATABASE
        with translated(f"the saved query {query.name}"):
            return str(self._athena().create_named_query(Database=database, **given, **self._group)["NamedQueryId"])

    def delete_saved(self, query_id: str) -> None:
        """Delete it."""
        with self._there(query_id), translated("the saved query"):
            self._athena().delete_named_query(NamedQueryId=query_id)

    @contextmanager
    def _there(self, query_id: str) -> Iterator[None]:
        """NotFoundError for a query that is gone: Athena refuses it as one that nobody may touch, or as unknown."""
        try:
            yield
        except (AwsError, PermissionDeniedError) as error:
            if all(one.id != query_id for one in self.saved()):
                words = "The saved query is gone: somebody deleted it. Nothing was changed. Save it as a new one."
                raise NotFoundError(words) from error
            raise


def _saved(one: dict[str, Any]) -> SavedQuery:
    database = one.get("Database", "")
    return SavedQuery(
        one["NamedQueryId"],
        one["Name"],
        one["QueryString"],
        "" if database == NO_DATABASE else database,
        one.get("Description", ""),
    )
