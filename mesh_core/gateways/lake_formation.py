"""Lake Formation as GovernanceReader and GovernanceWriter.

Two of its habits are undone here: SELECT on a table is listed as TableWithColumns with a ColumnWildcard, and all tables
of a database as the table name `ALL_TABLES`; both become plain TableResource values again, merged to one grant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, assert_never

from mesh_core.domain.world import (
    CatalogResource,
    ColumnsResource,
    DatabaseResource,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    LocationResource,
    NamedExpressionResource,
    Resource,
    Table,
    TableResource,
    TagResource,
    Target,
)
from mesh_core.errors import AwsError, NameTakenError, NotFoundError
from mesh_core.gateways.aws_errors import translated

VALUES_PER_CALL = 50
AT_ONCE = 8  # GetResourceLFTags takes one table a call
ALL_TABLES = "ALL_TABLES"


class LakeFormation:
    """`client` gives a Lake Formation client that acts as the portal, a data lake administrator."""

    def __init__(self, client: Callable[[], Any], account_id: str) -> None:
        self._client, self._account_id = client, account_id

    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """The vocabulary."""
        with translated("the LF-tags"):
            pages = self._client().get_paginator("list_lf_tags").paginate()
            return {one["TagKey"]: tuple(one["TagValues"]) for page in pages for one in page.get("LFTags", [])}

    def assigned(self, tables: Sequence[Table], databases: Sequence[str]) -> Mapping[Target, Mapping[str, str]]:
        """What is assigned at each target itself."""
        found: dict[Target, dict[str, str]] = {}
        for database in databases:
            own = self._tags_of({"Database": {"Name": database}}).get("LFTagOnDatabase", [])
            _keep(found, Target(database), own)
        resources = [{"Table": {"DatabaseName": one.database, "Name": one.name}} for one in tables]
        if resources:
            with ThreadPoolExecutor(min(len(resources), AT_ONCE)) as pool:
                for table, got in zip(tables, pool.map(self._tags_of, resources), strict=True):
                    _keep_table(found, table, got)
        return found

    def _tags_of(self, resource: dict[str, Any]) -> dict[str, Any]:
        """GetResourceLFTags with ShowAssignedLFTags; {} for a resource that has just gone."""
        try:
            with translated("assigned LF-tags"):
                got: dict[str, Any] = self._client().get_resource_lf_tags(Resource=resource, ShowAssignedLFTags=True)
                return got
        except NotFoundError:
            return {}

    def grants(self) -> tuple[Grant, ...]:
        """One for each principal and resource."""
        merged: dict[tuple[str, Resource], tuple[set[str], set[str]]] = {}
        with translated("the grants"):
            for entry in self._pages("list_permissions", "PrincipalResourcePermissions"):
                resource = _resource_of(entry["Resource"])
                if resource is None:
                    continue
                held = merged.setdefault((entry["Principal"]["DataLakePrincipalIdentifier"], resource), (set(), set()))
                held[0].update(entry.get("Permissions", []))
                held[1].update(entry.get("PermissionsWithGrantOption", []))
        return tuple(Grant(who, what, tuple(sorted(p)), tuple(sorted(g))) for (who, what), (p, g) in merged.items())

    def _pages(self, operation: str, member: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = getattr(self._client(), operation)(**arguments, **token)
            yield from page.get(member, [])
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def filters(self) -> tuple[DataFilter, ...]:
        """All data cells filters."""
        with translated("the data cells filters"):
            return tuple(map(_filter_of, self._pages("list_data_cells_filter", "DataCellsFilters")))

    def expressions(self) -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        """All saved LF-tag expressions."""
        with translated("the LF-tag expressions"):
            found = self._pages("list_lf_tag_expressions", "LFTagExpressions")
            return {one["Name"]: tuple(sorted(_pairs(one["Expression"]))) for one in found}

    def settings(self) -> Mapping[str, Any]:
        """DataLakeSettings."""
        with translated("Lake Formation's settings"):
            settings: dict[str, Any] = self._client().get_data_lake_settings()["DataLakeSettings"]
            return settings

    def locations(self) -> tuple[str, ...]:
        """S3 URIs with a trailing slash."""
        with translated("the registered locations"):
            entries = self._pages("list_resources", "ResourceInfoList")
            return tuple(sorted(_uri(one["ResourceArn"]) for one in entries))

    def set_tag_values(self, key: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Create, change or delete; 50 values a call."""
        with translated(f"the LF-tag {key}"):
            if not after:
                self._delete_tag(key)
                return
            have = self.tags().get(key)
            if have is None:
                self._client().create_lf_tag(TagKey=key, TagValues=list(after[:VALUES_PER_CALL]))
                have = after[:VALUES_PER_CALL]
            add = [v for v in after if v not in have]
            drop = [v for v in have if v not in after]
            for start in range(0, max(len(add), len(drop)), VALUES_PER_CALL):
                self._update_tag(key, add[start : start + VALUES_PER_CALL], drop[start : start + VALUES_PER_CALL])

    def _delete_tag(self, key: str) -> None:
        if key in self.tags():
            self._client().delete_lf_tag(TagKey=key)

    def _update_tag(self, key: str, add: list[str], drop: list[str]) -> None:
        changes = {name: values for name, values in (("TagValuesToAdd", add), ("TagValuesToDelete", drop)) if values}
        self._client().update_lf_tag(TagKey=key, **changes)

    def assign(self, target: Target, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Make `after` the tags assigned at the target itself; a target that is gone has nothing to lose."""
        resource = _target_resource(target)
        add = [{"TagKey": key, "TagValues": [value]} for key, value in sorted(after.items())]
        drop = [{"TagKey": key, "TagValues": [value]} for key, value in sorted(before.items()) if key not in after]
        with translated(f"the LF-tags of {target}"):
            if add:
                _raise_failures(self._client().add_lf_tags_to_resource(Resource=resource, LFTags=add), str(target))
        if drop:
            self._remove(resource, drop, str(target))

    def _remove(self, resource: dict[str, Any], drop: list[dict[str, Any]], what: str) -> None:
        try:
            with translated(f"the LF-tags of {what}"):
                self._client().remove_lf_tags_from_resource(Resource=resource, LFTags=drop)
        except NotFoundError:
            return

    def grant(self, grant: Grant) -> None:
        """Grant permissions."""
        for resource, permissions, grantable in _calls(grant):
            with translated(f"the grant to {grant.principal}"):
                self._client().grant_permissions(
                    Principal={"DataLakePrincipalIdentifier": grant.principal},
                    Resource=resource,
                    Permissions=permissions,
                    PermissionsWithGrantOption=grantable,
                )

    def revoke(self, grant: Grant) -> None:
        """Revoke permissions; not granted, or the resource gone, is no error."""
        for resource, permissions, grantable in _calls(grant):
            try:
                with translated(f"the grant to {grant.principal}"):
                    self._client().revoke_permissions(
                        Principal={"DataLakePrincipalIdentifier": grant.principal},
                        Resource=resource,
                        Permissions=permissions,
                        PermissionsWithGrantOption=grantable,
                    )
            except NotFoundError:
                continue
            except AwsError as error:
                if "No permissions revoked" not in str(error):
                    raise

    def put_filter(self, before: DataFilter | None, after: DataFilter | None) -> None:
        """Create, change or delete; what is so already is no error."""
        one = after or before
        if one is None:
            return
        client, what = self._client(), f"the filter {one.name} on {one.database}.{one.table}"
        if after is None:
            self._delete_filter(client, one, what)
        elif before is None:
            self._create_filter(client, after, what)
        else:
            with translated(what):
                client.update_data_cells_filter(TableData=self._table_data(after))

    def _create_filter(self, client: Any, one: DataFilter, what: str) -> None:
        try:
            with translated(what):
                client.create_data_cells_filter(TableData=self._table_data(one))
        except NameTakenError:
            if one not in self.filters():
                raise

    def _delete_filter(self, client: Any, one: DataFilter, what: str) -> None:
        names = {"TableName": one.table, "DatabaseName": one.database, "Name": one.name}
        try:
            with translated(what):
                client.delete_data_cells_filter(TableCatalogId=self._account_id, **names)
        except NotFoundError:
            return

    def _table_data(self, one: DataFilter) -> dict[str, Any]:
        columns: dict[str, Any] = {"ColumnNames": list(one.columns)} if one.columns else _wildcard(one.excluded)
        rows: dict[str, Any] = {"FilterExpression": one.row_filter} if one.row_filter else {"AllRowsWildcard": {}}
        names = {"DatabaseName": one.database, "TableName": one.table, "Name": one.name}
        return {"TableCatalogId": self._account_id, **names, "RowFilter": rows, **columns}

    def put_expression(
        self, name: str, before: tuple[tuple[str, tuple[str, ...]], ...], after: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> None:
        """Create, change or delete; what is so already is no error."""
        pairs = [{"TagKey": key, "TagValues": list(values)} for key, values in after]
        client, what = self._client(), f"the LF-tag expression {name}"
        try:
            with translated(what):
                if not after:
                    client.delete_lf_tag_expression(Name=name)
                elif before:
                    client.update_lf_tag_expression(Name=name, Expression=pairs)
                else:
                    client.create_lf_tag_expression(Name=name, Expression=pairs)
        except NotFoundError:
            if after:
                raise
        except AwsError:  # one that exists is refused as an InvalidInputException
            if not after or self.expressions().get(name) != tuple(sorted(_pairs(pairs))):
                raise

    def put_settings(self, settings: Mapping[str, Any]) -> None:
        """Replace DataLakeSettings."""
        with translated("Lake Formation's settings"):
            self._client().put_data_lake_settings(DataLakeSettings=dict(settings))

    def register(self, uri: str, role_arn: str) -> None:
        """Register a location; there already is no error."""
        try:
            with translated(f"the location {uri}"):
                self._client().register_resource(ResourceArn=_arn(uri), RoleArn=role_arn)
        except NameTakenError:
            return

    def deregister(self, uri: str) -> None:
        """Deregister a location; gone already is no error."""
        try:
            with translated(f"the location {uri}"):
                self._client().deregister_resource(ResourceArn=_arn(uri))
        except NotFoundError:
            return


def _keep(found: dict[Target, dict[str, str]], target: Target, pairs: Iterable[Mapping[str, Any]]) -> None:
    own = {one["TagKey"]: one["TagValues"][0] for one in pairs if one.get("TagValues")}
    if own:
        found[target] = own


def _keep_table(found: dict[Target, dict[str, str]], table: Table, got: Mapping[str, Any]) -> None:
    _keep(found, Target(table.database, table.name), got.get("LFTagsOnTable", []))
    for column in got.get("LFTagsOnColumns", []):
        _keep(found, Target(table.database, table.name, column["Name"]), column.get("LFTags", []))


def _raise_failures(answer: Mapping[str, Any], what: str) -> None:
    """A partial failure is no exception of botocore's."""
    for failure in answer.get("Failures", []):
        error = failure.get("Error", {})
        raise AwsError(
            f"LF-tag {failure['LFTag']['TagKey']} could not be assigned to {what}: {error.get('ErrorMessage', '')}",
            "lakeformation",
            "AddLFTagsToResource",
            error.get("ErrorCode", ""),
        )


def _uri(arn: str) -> str:
    return f"s3://{arn.removeprefix('arn:aws:s3:::').rstrip('/')}/"


def _arn(uri: str) -> str:
    return f"arn:aws:s3:::{uri.removeprefix('s3://').rstrip('/')}"


def _target_resource(target: Target) -> dict[str, Any]:
    if target.table is None:
        return {"Database": {"Name": target.database}}
    table: dict[str, Any] = {"DatabaseName": target.database, "Name": target.table}
    if target.column is None:
        return {"Table": table}
    return {"TableWithColumns": {**table, "ColumnNames": [target.column]}}


def _calls(grant: Grant) -> Iterator[tuple[dict[str, Any], list[str], list[str]]]:
    """The resource as the API wants it. A grant is one call: permissions are not split over resources."""
    yield _api_resource(grant.resource), list(grant.permissions), list(grant.grantable)


def _api_resource(resource: Resource) -> dict[str, Any]:
    match resource:
        case CatalogResource():
            return {"Catalog": {}}
        case DatabaseResource(database):
            return {"Database": {"Name": database}}
        case TableResource(database, "*"):
            return {"Table": {"DatabaseName": database, "TableWildcard": {}}}
        case TableResource(database, table):
            return {"Table": {"DatabaseName": database, "Name": table}}
        case ColumnsResource(database, table, columns, excluded):
            which = {"ColumnNames": list(columns)} if columns else _wildcard(excluded)
            return {"TableWithColumns": {"DatabaseName": database, "Name": table, **which}}
        case FilterResource(database, table, name):
            return {"DataCellsFilter": {"DatabaseName": database, "TableName": table, "Name": name}}
        case ExpressionResource(resource_type, expression):
            pairs = [{"TagKey": key, "TagValues": list(values)} for key, values in expression]
            return {"LFTagPolicy": {"ResourceType": resource_type, "Expression": pairs}}
        case NamedExpressionResource(resource_type, name):
            return {"LFTagPolicy": {"ResourceType": resource_type, "ExpressionName": name}}
        case LocationResource(uri):
            return {"DataLocation": {"ResourceArn": _arn(uri)}}
        case TagResource(key, values):
            return {"LFTag": {"TagKey": key, "TagValues": list(values)}}
    assert_never(resource)


def _wildcard(excluded: tuple[str, ...]) -> dict[str, Any]:
    return {"ColumnWildcard": {"ExcludedColumnNames": list(excluded)} if excluded else {}}


def _resource_of(entry: Mapping[str, Any]) -> Resource | None:
    """None for kinds that the portal doesn't know: they are left alone."""
    if "Database" in entry:
        return DatabaseResource(entry["Database"]["Name"])
    if "TableWithColumns" in entry:
        return _columns_of(entry["TableWithColumns"])
    if "Table" in entry:
        one = entry["Table"]
        return TableResource(one["DatabaseName"], "*" if "TableWildcard" in one else _name(one["Name"]))
    if "DataCellsFilter" in entry:
        one = entry["DataCellsFilter"]
        return FilterResource(one["DatabaseName"], one["TableName"], one["Name"])
    if "LFTagPolicy" in entry:
        return _policy_of(entry["LFTagPolicy"])
    if "DataLocation" in entry:
        return LocationResource(_uri(entry["DataLocation"]["ResourceArn"]))
    if "LFTag" in entry:
        return TagResource(entry["LFTag"]["TagKey"], tuple(entry["LFTag"]["TagValues"]))
    return CatalogResource() if "Catalog" in entry else None


def _policy_of(one: Mapping[str, Any]) -> Resource | None:
    if one.get("ExpressionName"):
        return NamedExpressionResource(one["ResourceType"], one["ExpressionName"])
    return ExpressionResource(one["ResourceType"], _pairs(one["Expression"])) if one.get("Expression") else None


def _pairs(pairs: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((pair["TagKey"], tuple(pair["TagValues"])) for pair in pairs)


def _columns_of(one: Mapping[str, Any]) -> Resource:
    database, name = one["DatabaseName"], _name(one["Name"])
    if one.get("ColumnNames"):
        return ColumnsResource(database, name, tuple(sorted(one["ColumnNames"])))
    excluded = tuple(sorted(one.get("ColumnWildcard", {}).get("ExcludedColumnNames") or ()))
    return ColumnsResource(database, name, (), excluded) if excluded else TableResource(database, name)


def _name(name: str) -> str:
    return "*" if name == ALL_TABLES else name


def _filter_of(one: Mapping[str, Any]) -> DataFilter:
    row = one.get("RowFilter", {}).get("FilterExpression") or ""
    excluded = one.get("ColumnWildcard", {}).get("ExcludedColumnNames") or ()
    columns = tuple(one.get("ColumnNames") or ())
    return DataFilter(one["DatabaseName"], one["TableName"], one["Name"], columns, tuple(excluded), row)
