"""Grants and LF-tags by short names, and the other way round: which grant lets a principal read this column?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from mesh_core.errors import InvalidInputError

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
_READING = {"SELECT", "ALL"}


class Grants:
    """Lake Formation as its administrator. `client` gives boto3 clients by service."""

    def __init__(self, client: Callable[[str], Any], account_id: str) -> None:
        self._client, self._account_id = client, account_id
        self._numbers = count(1)

    def give(
        self,
        principal: str,
        on: str,
        permissions: Sequence[str],
        *,
        columns: Sequence[str] = (),
        without: Sequence[str] = (),
        rows: str = "",
    ) -> None:
        """GrantPermissions; with `rows` a data cells filter is made for it."""
        database, table, column = split(on)
        columns = [column] if column else list(columns)
        if not table and (columns or without or rows):
            raise InvalidInputError(f"{on} is no table, so it has no columns or rows. Nothing was granted.")
        if rows:
            resource = {"DataCellsFilter": self._filter(database, table, _columns(columns, without), rows)}
        elif columns or without:
            scope = {"DatabaseName": database, "Name": table, **_columns(columns, without)}
            resource = {"TableWithColumns": scope}
        elif table == "*":
            resource = {"Table": {"DatabaseName": database, "TableWildcard": {}}}
        elif table:
            resource = {"Table": {"DatabaseName": database, "Name": table}}
        else:
            resource = {"Database": {"Name": database}}
        self._grant(principal, resource, permissions)

    def give_by_tags(self, principal: str, permissions: Sequence[str], tags: Mapping[str, str | Sequence[str]]) -> None:
        """GrantPermissions on the tables whose LF-tags fit."""
        expression = [
            {"TagKey": key, "TagValues": [values] if isinstance(values, str) else list(values)}
            for key, values in tags.items()
        ]
        policy = {"ResourceType": "TABLE", "Expression": expression}
        self._grant(principal, {"LFTagPolicy": policy}, permissions)

    def tag(self, on: str, tags: Mapping[str, str]) -> None:
        """AddLFTagsToResource; keys and values that are not there are made."""
        lake = self._client("lakeformation")
        for key, value in tags.items():
            try:
                lake.create_lf_tag(TagKey=key, TagValues=[value])
            except lake.exceptions.AlreadyExistsException:
                if value not in lake.get_lf_tag(TagKey=key)["TagValues"]:
                    lake.update_lf_tag(TagKey=key, TagValuesToAdd=[value])
        database, table, column = split(on)
        resource: dict[str, Any] = {"Database": {"Name": database}}
        if column:
            resource = {"TableWithColumns": {"DatabaseName": database, "Name": table, "ColumnNames": [column]}}
        elif table:
            resource = {"Table": {"DatabaseName": database, "Name": table}}
        pairs = [{"TagKey": key, "TagValues": [value]} for key, value in tags.items()]
        answer = lake.add_lf_tags_to_resource(Resource=resource, LFTags=pairs)
        if answer.get("Failures"):
            raise InvalidInputError(f"Not every tag could be put on {on}: {answer['Failures'][0]['Error']}.")

    def that_let(self, principal: str, database: str, table: str, column: str = "") -> list[str]:
        """Sentences: the grants by which a principal may read the table (or the column), from ListPermissions."""
        effective = self._tags(database, table, column)
        holders = (principal, EVERYBODY, f"{self._account_id}:IAMPrincipals")
        return [
            _sentence(entry)
            for entry in self._all()
            if entry["Principal"]["DataLakePrincipalIdentifier"] in holders
            and _READING & set(entry["Permissions"])
            and _covers(entry["Resource"], database, table, column, effective)
        ]

    def _grant(self, principal: str, resource: dict[str, Any], permissions: Sequence[str]) -> None:
        self._client("lakeformation").grant_permissions(
            Principal={"DataLakePrincipalIdentifier": principal}, Resource=resource, Permissions=list(permissions)
        )

    def _filter(self, database: str, table: str, columns: dict[str, Any], rows: str) -> dict[str, Any]:
        key = {"TableCatalogId": self._account_id, "DatabaseName": database, "TableName": table}
        key["Name"] = f"rows-{next(self._numbers)}"
        scope = columns or {"ColumnWildcard": {}}
        data = {**key, **scope, "RowFilter": {"FilterExpression": rows}}
        self._client("lakeformation").create_data_cells_filter(TableData=data)
        return key

    def _all(self) -> Iterator[dict[str, Any]]:
        """Every grant: narrowed to a principal, ListPermissions wants a resource too."""
        lake = self._client("lakeformation")
        arguments: dict[str, str] = {}
        while True:
            page = lake.list_permissions(**arguments)
            yield from page["PrincipalResourcePermissions"]
            if not page.get("NextToken"):
                return
            arguments = {"NextToken": page["NextToken"]}

    def _tags(self, database: str, table: str, column: str) -> dict[str, list[str]]:
        where = {"Table": {"DatabaseName": database, "Name": table}}
        found = self._client("lakeformation").get_resource_lf_tags(Resource=where)
        tags = [*found.get("LFTagOnDatabase", []), *found.get("LFTagsOnTable", [])]
        tags += [tag for each in found.get("LFTagsOnColumns", []) if each["Name"] == column for tag in each["LFTags"]]
        return {tag["TagKey"]: tag["TagValues"] for tag in tags}


def split(name: str) -> tuple[str, str, str]:
    """`database.table.column` in lower case; the latter two "" where they are left out."""
    database, _, rest = name.lower().partition(".")
    table, _, column = rest.partition(".")
    if not database:
        raise InvalidInputError(f"'{name}' names nothing: write database, database.table or database.table.column.")
    return database, table, column


def _columns(columns: Sequence[str], without: Sequence[str]) -> dict[str, Any]:
    if columns and without:
        raise InvalidInputError("Either columns or without can be given, not both. Nothing was granted.")
    if without:
        return {"ColumnWildcard": {"ExcludedColumnNames": list(without)}}
    return {"ColumnNames": list(columns)} if columns else {}


def _covers(resource: dict[str, Any], database: str, table: str, column: str, tags: dict[str, list[str]]) -> bool:
    (kind, one), *_ = resource.items()
    if kind == "LFTagPolicy":
        return one["ResourceType"] == "TABLE" and all(
            set(each["TagValues"]) & set(tags.get(each["TagKey"], [])) for each in one.get("Expression", [])
        )
    if kind not in ("Table", "TableWithColumns", "DataCellsFilter") or one["DatabaseName"].lower() != database:
        return False
    named = one.get("Name", "ALL_TABLES") if kind != "DataCellsFilter" else one["TableName"]
    if named.lower() not in (table, "all_tables"):
        return False
    listed, excluded = one.get("ColumnNames"), one.get("ColumnWildcard", {}).get("ExcludedColumnNames", [])
    return not column or (column in listed if listed else column not in excluded)


def _sentence(entry: dict[str, Any]) -> str:
    (kind, one), *_ = entry["Resource"].items()
    holder = entry["Principal"]["DataLakePrincipalIdentifier"]
    if kind == "LFTagPolicy":
        pairs = [f"{each['TagKey']}={'|'.join(each['TagValues'])}" for each in one.get("Expression", [])]
        what = f"everything with the LF-tags {', '.join(pairs)}"
    elif kind == "DataCellsFilter":
        what = f"the data cells filter {one['Name']} of {one['DatabaseName']}.{one['TableName']}"
    else:
        what = f"{one['DatabaseName']}.{one.get('Name', '*')}"
    if one.get("ColumnNames"):
        what += f", columns {', '.join(one['ColumnNames'])}"
    if excluded := one.get("ColumnWildcard", {}).get("ExcludedColumnNames"):
        what += f", all columns but {', '.join(excluded)}"
    ends = " (so Lake Formation leaves it to IAM policies)" if holder == EVERYBODY else ""
    return f"{', '.join(entry['Permissions'])} on {what}, granted to {holder}{ends}"
